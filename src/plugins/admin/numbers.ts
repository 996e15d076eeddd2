import type { EngineSocket, Server, Untyped } from "../../../mod.ts";
import { Tally } from "./tally.ts";

const UTF8 = new TextEncoder();

/** Counts the connections of a server, and what goes over them. */
export class Numbers {
  readonly #io: Server<Untyped, Untyped, Untyped, Untyped>;
  // Workers have neither randomness nor time before the first request.
  #serverId: string | undefined;
  #started = 0;
  readonly #tally = new Tally();

  /** @param serverId a random one by default */
  constructor(io: Server<Untyped, Untyped, Untyped, Untyped>, serverId: string | undefined) {
    this.#io = io;
    this.#serverId = serverId;
    for (const conn of io.engine.clients.values()) this.#follow(conn);
    io.engine.on("connection", this.#opened);
  }

  /** How many there are now, and what was counted since this was asked last; the time since the first of them. */
  take(): object {
    const { engine, namespaces } = this.#io;
    let polling = 0;
    for (const { transport } of engine.clients.values()) {
      if (transport.name === "polling") polling++;
    }
    // It may have no connections: another server's front end asks, too.
    this.#started ||= Date.now();
    const serverId = this.#serverId ??= crypto.randomUUID().slice(0, 8);
    return {
      serverId,
      hostname: serverId,
      uptime: (Date.now() - this.#started) / 1000,
      clientsCount: engine.clientsCount,
      pollingClientsCount: polling,
      aggregatedEvents: this.#tally.take(),
      namespaces: Array.from(namespaces, ([name, { sockets }]) => ({
        name,
        socketsCount: sockets.size,
      })),
    };
  }

  /** Counts no more. */
  stop(): void {
    this.#io.engine.off("connection", this.#opened);
    for (const conn of this.#io.engine.clients.values()) {
      conn.off("packet", this.#received);
      conn.off("packetCreate", this.#sent);
      conn.off("close", this.#closed);
    }
  }

  #follow(conn: EngineSocket): void {
    conn.on("packet", this.#received);
    conn.on("packetCreate", this.#sent);
    conn.on("close", this.#closed);
  }

  readonly #opened = (conn: EngineSocket): void => {
    this.#started ||= Date.now();
    this.#tally.add("rawConnection");
    this.#follow(conn);
  };

  readonly #closed = (reason: string): void => this.#tally.add("rawDisconnection", 1, reason);

  readonly #received = (packet: { data?: string | Uint8Array }): void => this.#pass("In", packet);

  readonly #sent = (packet: { data?: string | Uint8Array }): void => this.#pass("Out", packet);

  #pass(way: "In" | "Out", { data }: { data?: string | Uint8Array }): void {
    if (data === undefined) return;
    const { length } = typeof data === "string" ? UTF8.encode(data) : data;
    this.#tally.add(`packets${way}`);
    this.#tally.add(`bytes${way}`, length);
  }
}
