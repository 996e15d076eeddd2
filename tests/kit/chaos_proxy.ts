/** A bad network on the loopback interface. */
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Random } from "./random.ts";

/** How much goes wrong; the probabilities are for each chunk that passes. */
export interface Chaos {
  /** How long a chunk may be held up, in milliseconds; connections overtake each other by it. */
  readonly delay: number;
  /** How probable it is that a connection ends, as if one side had closed it. */
  readonly cut: number;
  /** How probable it is that a connection is reset. */
  readonly reset: number;
}

const CALM: Chaos = { delay: 0, cut: 0, reset: 0 };

/** Stands between clients and a server, and harms the connections that it forwards. */
export class ChaosProxy {
  /** Connections that it has ended. */
  harmed = 0;
  readonly #server: Server;
  readonly #target: number;
  readonly #random: Random;
  readonly #links = new Set<Link>();
  readonly #lanes = new Set<Promise<void>>();
  #chaos: Chaos;

  private constructor(target: number, random: Random, chaos: Chaos) {
    this.#target = target;
    this.#random = random;
    this.#chaos = chaos;
    this.#server = createServer({ allowHalfOpen: false }, (client) => this.#forward(client));
  }

  /** Listens on a free port, and forwards to another one. */
  static async start(target: number, random: Random, chaos: Chaos): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(target, random, chaos);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Where it listens. */
  get url(): string {
    const { port } = this.#server.address() as { port: number };
    return `http://127.0.0.1:${port}`;
  }

  /** Harms nobody from now on. */
  calm(): void {
    this.#chaos = CALM;
  }

  /** Ends every connection, and listens no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#links) link.end(true);
    await new Promise((resolve) => this.#server.close(resolve));
    await Promise.all(this.#lanes);
  }

  #forward(client: Socket): void {
    const server = connect(this.#target, "127.0.0.1");
    const link = new Link(client, server, () => this.#links.delete(link));
    this.#links.add(link);
    for (const [from, to] of [[client, server], [server, client]] as const) {
      const lane = this.#carry(from, to, link);
      this.#lanes.add(lane);
      lane.then(() => this.#lanes.delete(lane));
    }
  }

  async #carry(from: Socket, to: Socket, link: Link): Promise<void> {
    try {
      for await (const chunk of from) {
        const { delay, cut, reset } = this.#chaos;
        const luck = this.#random.next();
        if (luck < cut + reset) {
          this.harmed++;
          return link.end(luck < reset);
        }
        await new Promise((resolve) => setTimeout(resolve, this.#random.below(delay + 1)));
        to.write(chunk);
      }
      to.end();
    } catch {
      link.end(true);
    }
  }
}

/** Two connections that are one for the client and the server. */
class Link {
  readonly #sockets: readonly Socket[];
  #open: number;

  constructor(client: Socket, server: Socket, closed: () => void) {
    this.#sockets = [client, server];
    this.#open = this.#sockets.length;
    for (const socket of this.#sockets) {
      // What follows is a close.
      socket.on("error", () => {});
      socket.on("close", (failed) => {
        if (failed) this.end(true);
        if (--this.#open === 0) closed();
      });
    }
  }

  /** Ends both. */
  end(reset: boolean): void {
    for (const socket of this.#sockets) {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}
