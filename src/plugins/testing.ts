/**
 * Clients for the tests of an application: without a port, without waiting.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Server } from "@fetchio/server";
 * import { connect } from "@fetchio/server/testing";
 *
 * const io = new Server();
 * io.on("connection", (socket) => {
 *   socket.on("hello", (name, ack) => ack(`hi ${name}`));
 * });
 *
 * await using client = await connect(io, { auth: { token: "secret" } });
 * assertEquals(await client.emitWithAck("hello", "Ada"), "hi Ada");
 * io.emit("news", 1, 2);
 * assertEquals(client.take("news"), [[1, 2]]);
 * ```
 *
 * @module
 */

import {
  type AllButLast,
  type AnyFunction,
  Decoder,
  DisconnectedError,
  Encoder,
  type EventNames,
  type EventNamesWithAck,
  type EventParams,
  type EventsMap,
  type FirstNonErrorArg,
  type Last,
  type Packet,
  type PacketDecoder,
  type PacketEncoder,
  PacketType,
  type Parser,
  type Server,
  type Socket,
  type Untyped,
} from "../../mod.ts";
import { MemoryRuntime, type MemorySocket } from "../runtimes/memory.ts";

/** How a {@link TestClient} connects. */
export interface ConnectOptions {
  /**
   * The namespace.
   *
   * @default "/"
   */
  nsp?: string;
  /** What the client sends as `auth`. */
  auth?: Record<string, unknown>;
  /** Headers of its request, such as cookies. */
  headers?: Record<string, string>;
  /** Parameters in the URL of its request. */
  query?: Record<string, string>;
  /**
   * The address it comes from.
   *
   * @default "127.0.0.1"
   */
  address?: string;
  /** How packets are written and read, if the server has a parser of its own. */
  parser?: Parser;
}

/** Why a client was refused: the error of a middleware, with its `data`. */
export class ConnectError extends Error {
  /** Its name. */
  override readonly name = "ConnectError";
  /** What the server sent with it. */
  readonly data: unknown;

  /**
   * Made when a middleware refuses a client.
   *
   * @param message the message of the server's error
   * @param data what it sent with it
   */
  constructor(message: string, data: unknown) {
    super(message);
    this.data = data;
  }
}

/**
 * Connects a client in memory. What it sends has been handled when the call returns, as far as the handlers need no
 * time; what it is sent is there at once. Timers are the real ones, or those that the test has put in their place.
 *
 * @param io the server
 * @param options namespace, `auth` and what else comes with the client
 * @throws {ConnectError} if a middleware refuses it
 * @throws {TypeError} if the server refuses the connection; the cause is its response
 */
export async function connect<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
>(
  io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  options: ConnectOptions = {},
): Promise<
  TestClient<
    EmitEvents,
    ListenEvents,
    Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >
> {
  const runtime = new MemoryRuntime();
  if (options.address !== undefined) runtime.address = options.address;
  const query = new URLSearchParams({ ...options.query, EIO: "4", transport: "websocket" });
  const url = `http://localhost${io.path()}/?${query}`;
  const ws = await runtime.connect(io, url, options.headers);
  const { nsp = "/", auth, parser = { Encoder, Decoder } } = options;
  return await new Promise((resolve, reject) => {
    const client = new TestClient<
      EmitEvents,
      ListenEvents,
      Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
    >(
      ws,
      nsp,
      parser,
      { resolve: () => resolve(client), reject },
      (sid) => io.namespaces.get(nsp)?.sockets.get(sid),
    );
    client.write({ type: PacketType.CONNECT, nsp, ...(auth === undefined ? {} : { data: auth }) });
  });
}

/** Is told how a connection turns out. */
interface Outcome {
  /** It is there. */
  resolve(): void;
  /** It is not. */
  reject(error: Error): void;
}

type Listener = (...args: Untyped[]) => void;

/** A client in memory; see {@link connect}. */
export class TestClient<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSocket,
> {
  readonly #ws: MemorySocket;
  readonly #nsp: string;
  readonly #encoder: PacketEncoder;
  readonly #decoder: PacketDecoder;
  readonly #connected: Outcome;
  readonly #find: (id: string) => ServerSocket | undefined;
  readonly #listeners = new Map<unknown, Listener[]>();
  /** What came and was not taken. */
  readonly #events: unknown[][] = [];
  readonly #acks: Listener[] = [];
  #id = "";
  #open = true;
  #reason = "";

  /** Made by {@link connect}. */
  constructor(
    ws: MemorySocket,
    nsp: string,
    { Encoder, Decoder }: Parser,
    connected: Outcome,
    find: (id: string) => ServerSocket | undefined,
  ) {
    this.#ws = ws;
    this.#nsp = nsp;
    this.#encoder = new Encoder();
    this.#decoder = new Decoder();
    this.#connected = connected;
    this.#find = find;
    this.#decoder.on("decoded", (packet) => this.#receive(packet));
    ws.forward((frame) => this.#read(frame), () => this.#ended("transport close"));
  }

  /** Its id, the same as that of the server's socket. */
  get id(): string {
    return this.#id;
  }

  /** Whether it is connected. */
  get connected(): boolean {
    return this.#open;
  }

  /** The server's socket for it; `undefined` when it has gone. */
  get socket(): ServerSocket | undefined {
    return this.#find(this.#id);
  }

  /** Sends an event; a function as the last argument receives the acknowledgement. */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): this {
    const data: unknown[] = [ev, ...args];
    const packet: Packet = { type: PacketType.EVENT, nsp: this.#nsp, data };
    if (typeof data.at(-1) === "function") packet.id = this.#acks.push(data.pop() as Listener) - 1;
    this.write(packet);
    return this;
  }

  /**
   * Sends an event and waits for its acknowledgement.
   *
   * @throws {DisconnectedError} if the client is disconnected first
   */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    return new Promise((resolve, reject) => {
      const lost = (reason: string) => reject(new DisconnectedError(reason));
      if (!this.#open) return lost(this.#reason);
      const answered = (answer: FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>) => {
        this.off("disconnect", lost);
        resolve(answer);
      };
      this.on("disconnect", lost);
      this.emit(ev, ...[...args, answered] as EventParams<EmitEvents, Ev>);
    });
  }

  /** Calls a listener with the arguments of each event of a name; `disconnect` comes with the reason. */
  on<Ev extends EventNames<ListenEvents>>(ev: Ev, listener: ListenEvents[Ev]): this;
  /** Calls a listener when the client is disconnected, with the reason. */
  on(ev: "disconnect", listener: (reason: string) => void): this;
  on(ev: EventNames<ListenEvents> | "disconnect", listener: Listener): this {
    this.#listeners.set(ev, [...this.#listeners.get(ev) ?? [], listener]);
    return this;
  }

  /** Removes a listener. */
  off(ev: EventNames<ListenEvents> | "disconnect", listener: AnyFunction): this {
    this.#listeners.set(ev, (this.#listeners.get(ev) ?? []).filter((it) => it !== listener));
    return this;
  }

  /** Takes the arguments of all events of a name that came and no listener heard. */
  take<Ev extends EventNames<ListenEvents>>(ev: Ev): EventParams<ListenEvents, Ev>[] {
    const taken = this.#events.filter(([name]) => name === ev);
    const left = this.#events.filter(([name]) => name !== ev);
    this.#events.splice(0, Infinity, ...left);
    return taken.map(([, ...args]) => args) as EventParams<ListenEvents, Ev>[];
  }

  /** Takes the arguments of the next event of a name: one that came and no listener heard, or waits for it. */
  next<Ev extends EventNames<ListenEvents>>(ev: Ev): Promise<EventParams<ListenEvents, Ev>> {
    const index = this.#events.findIndex(([name]) => name === ev);
    if (index >= 0) {
      const [[, ...args] = []] = this.#events.splice(index, 1);
      return Promise.resolve(args as EventParams<ListenEvents, Ev>);
    }
    if (!this.#open) return Promise.reject(new Error("The client is disconnected"));
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.off(ev, heard).off("disconnect", lost);
        act();
      };
      const heard = (...args: Untyped[]) =>
        settle(() => resolve(args as EventParams<ListenEvents, Ev>));
      const lost = (reason: string) => settle(() => reject(new Error(`disconnected: ${reason}`)));
      this.on(ev, heard as ListenEvents[Ev]).on("disconnect", lost);
    });
  }

  /** Sends any packet, also one that breaks the protocol. */
  write(packet: Packet): void {
    for (const part of this.#encoder.encode(packet)) {
      if (part instanceof Blob) throw new TypeError("A test client sends no Blob");
      this.#ws.send(
        typeof part === "string"
          ? `4${part}`
          : ArrayBuffer.isView(part)
          ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
          : new Uint8Array(part),
      );
    }
  }

  /** Leaves the namespace, and closes the connection. */
  disconnect(): this {
    if (!this.#open) return this;
    this.write({ type: PacketType.DISCONNECT, nsp: this.#nsp });
    this.#ended("io client disconnect");
    this.#ws.close();
    return this;
  }

  /** Breaks the connection off, as a network does. */
  cut(): this {
    this.#ws.close(1006);
    return this;
  }

  /** Disconnects at the end of a block: `await using client = await connect(io)`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.disconnect();
    return Promise.resolve();
  }

  #read(frame: string | Uint8Array): void {
    if (typeof frame !== "string") this.#decoder.add(frame);
    else if (frame.startsWith("4")) this.#decoder.add(frame.slice(1));
    else if (frame === "2") this.#ws.send("3");
  }

  #receive({ type, data, id }: Packet): void {
    switch (type) {
      case PacketType.CONNECT:
        this.#id = (data as { sid: string }).sid;
        return this.#connected.resolve();
      case PacketType.CONNECT_ERROR: {
        const { message, data: more } = data as { message: string; data?: unknown };
        this.#open = false;
        this.#connected.reject(new ConnectError(message, more));
        return this.#ws.close();
      }
      case PacketType.EVENT:
      case PacketType.BINARY_EVENT:
        return this.#hear(data as unknown[], id);
      case PacketType.ACK:
      case PacketType.BINARY_ACK:
        return this.#call(this.#acks[id!], data as unknown[]);
      case PacketType.DISCONNECT:
        return this.#ended("io server disconnect");
    }
  }

  #hear(data: unknown[], id: number | undefined): void {
    const [name, ...args] = data;
    if (id !== undefined) {
      args.push((...answer: unknown[]) =>
        this.write({ type: PacketType.ACK, nsp: this.#nsp, id, data: answer })
      );
    }
    const listeners = this.#listeners.get(name) ?? [];
    if (listeners.length === 0) this.#events.push([name, ...args]);
    for (const it of listeners) this.#call(it, args);
  }

  #ended(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#reason = reason;
    this.#connected.reject(new Error(`disconnected: ${reason}`));
    for (const it of this.#listeners.get("disconnect") ?? []) this.#call(it, [reason]);
  }

  // The server's own call ends here: what the test throws is not the server's.
  #call(listener: Listener | undefined, args: unknown[]): void {
    try {
      listener?.(...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
