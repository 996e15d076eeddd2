/** A load balancer without sticky sessions: each connection goes to the next of several ports. */
export class RoundRobin implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #ports: readonly number[];
  readonly #open = new Set<Deno.TcpConn>();
  readonly #ended: Promise<unknown>;
  #next = 0;

  /** @param ports where the connections go, in turns */
  constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#ended = this.#listen();
  }

  /** Where it answers, without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const it of this.#open) close(it);
    await this.#ended;
  }

  async #listen(): Promise<void> {
    const all: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) all.push(this.#carry(client));
    } catch {
      // Closed while it waited for the next connection.
    }
    await Promise.all(all);
  }

  async #carry(client: Deno.TcpConn): Promise<void> {
    const port = this.#ports[this.#next++ % this.#ports.length]!;
    this.#open.add(client);
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    this.#open.add(server);
    const end = () => {
      for (const it of [client, server]) {
        this.#open.delete(it);
        close(it);
      }
    };
    const pipe = (from: Deno.TcpConn, to: Deno.TcpConn) =>
      from.readable.pipeTo(to.writable, { preventClose: true }).catch(() => {}).then(end);
    await Promise.all([pipe(client, server), pipe(server, client)]);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It has closed itself, when both directions had ended.
  }
}
