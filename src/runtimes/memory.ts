import type { Channel, Listener, Peer, Receiver, Runtime } from "../engine/channel.ts";

/** The client's end of a WebSocket in memory. */
export interface MemorySocket {
  /** The frames that came from the server and were not taken yet. */
  readonly received: (string | Uint8Array)[];
  /** How it was closed, once it is. */
  readonly closed: { code: number; reason: string } | undefined;
  /** Sends a frame to the server, which has handled it when the call returns. */
  send(data: string | Uint8Array): void;
  /** Closes. */
  close(code?: number, reason?: string): void;
  /** Hands each frame on instead of keeping it, those first that came before; then tells of the end. */
  forward(frame: (data: string | Uint8Array) => void, end: () => void): void;
}

/**
 * A runtime without a network: requests are calls, WebSockets are linked objects. It is given to `fetch` as the context.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Server } from "@fetchio/server/engine";
 * import { MemoryRuntime } from "./memory.ts";
 *
 * const engine = new Server();
 * engine.on("connection", (conn) => conn.on("message", (data) => conn.send(data)));
 * const runtime = new MemoryRuntime();
 * const client = await runtime.connect(engine, "http://localhost/engine.io/?EIO=4&transport=websocket");
 * client.send("4hello");
 * assertEquals(client.received.at(-1), "4hello");
 * client.close();
 * ```
 */
export class MemoryRuntime implements Runtime {
  readonly checksLength = false;
  readonly noticesLoss = true;
  /** The address that clients have. */
  address = "127.0.0.1";
  /** Bytes that the network does not take, as if the clients read slowly. */
  buffered = 0;
  #opened: MemoryChannel | undefined;

  peer(): Peer {
    return { address: this.address };
  }

  hold(): void {}

  upgrade(
    _request: Request,
    _context: unknown,
    receiver: Receiver,
    headers = new Headers(),
  ): Response {
    this.#opened = new MemoryChannel(this, receiver);
    // A status of 101 is not for users to make.
    return new Response(null, { headers });
  }

  listen(): Listener {
    throw new TypeError("There are no ports in memory: call fetch");
  }

  /**
   * Opens a WebSocket.
   *
   * @throws {TypeError} with the response as its cause, if the server refuses
   */
  async connect(
    server: { fetch(request: Request, context: unknown): Promise<Response> },
    url: string,
    headers: Record<string, string> = {},
  ): Promise<MemorySocket> {
    this.#opened = undefined;
    const response = await server.fetch(
      new Request(url, {
        headers: {
          "connection": "Upgrade",
          "upgrade": "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
          ...headers,
        },
      }),
      this,
    );
    const channel = this.#opened as MemoryChannel | undefined;
    if (channel === undefined) throw new TypeError("The server refused", { cause: response });
    channel.open();
    return channel.client;
  }
}

class MemoryChannel implements Channel {
  readonly #runtime: MemoryRuntime;
  readonly #receiver: Receiver;
  readonly #received: (string | Uint8Array)[] = [];
  #closed: { code: number; reason: string } | undefined;
  #frame: (data: string | Uint8Array) => void = (data) => this.#received.push(data);
  #end: () => void = () => {};

  constructor(runtime: MemoryRuntime, receiver: Receiver) {
    this.#runtime = runtime;
    this.#receiver = receiver;
  }

  get buffered(): number {
    return this.#runtime.buffered;
  }

  get client(): MemorySocket {
    // deno-lint-ignore no-this-alias -- the client's end has members of the same names
    const channel = this;
    return {
      received: this.#received,
      get closed() {
        return channel.#closed;
      },
      send: (data) => {
        if (this.#closed === undefined) this.#receiver.message(data);
      },
      close: (code = 1005, reason = "") => this.close(code, reason),
      forward: (frame, end) => {
        this.#frame = frame;
        this.#end = end;
        for (const data of this.#received.splice(0)) frame(data);
      },
    };
  }

  open(): void {
    this.#receiver.open(this);
  }

  send(data: string | Uint8Array): void {
    if (this.#closed === undefined) this.#frame(data);
  }

  close(code = 1005, reason = ""): void {
    if (this.#closed !== undefined) return;
    this.#closed = { code, reason };
    this.#receiver.close(code, reason);
    this.#end();
  }
}
