/** The official clients of Socket.IO 1 and 2, closed without a trace. */
import { webSocketsClosed } from "./web_sockets.ts";
import connect1 from "socket.io-client-1";
import connect2 from "socket.io-client-2";
import { event, TrackingAgent, type Way } from "../runtimes/client.ts";

/** What tests use of an old client's socket. */
export interface OldSocket {
  readonly id: string;
  readonly connected: boolean;
  readonly io: {
    readonly engine?: OldEngine;
    on(event: never, listener: (...args: unknown[]) => void): unknown;
    off(event: never, listener: (...args: unknown[]) => void): unknown;
  };
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  close(): unknown;
}

interface OldEngine {
  readonly transport: { readonly name: string };
  on(event: never, listener: (...args: unknown[]) => void): unknown;
  off(event: never, listener: (...args: unknown[]) => void): unknown;
}

type Connect = (url: string, options: Record<string, unknown>) => OldSocket;

/** An old client. */
export interface OldVersion {
  /** Its name, as in the names of the tests. */
  readonly name: string;
  /** Makes a socket. */
  readonly connect: Connect;
}

/** The last versions of each. */
export const VERSIONS: readonly OldVersion[] = [
  { name: "socket.io-client 2.5.0", connect: connect2 },
  { name: "socket.io-client 1.7.4", connect: connect1 },
];

/** The old clients of one test. */
export class OldClients {
  readonly #url: string;
  readonly #version: OldVersion;
  readonly #way: Way;
  readonly #sockets: OldSocket[] = [];
  readonly #connections = new TrackingAgent();

  constructor(url: string, version: OldVersion, way: Way) {
    this.#url = url;
    this.#version = version;
    this.#way = way;
  }

  /**
   * Makes a socket, which connects.
   *
   * @param path its namespace and query
   */
  create(path = "/", options: Record<string, unknown> = {}): OldSocket {
    const socket = this.#version.connect(this.#url + path, {
      transports: this.#way.transports,
      reconnection: false,
      forceNew: true,
      agent: this.#connections,
      ...options,
    });
    this.#sockets.push(socket);
    return socket;
  }

  /** Makes a socket, and waits until it is connected, and has upgraded if that is its way. */
  async connect(path?: string, options?: Record<string, unknown>): Promise<OldSocket> {
    const socket = this.create(path, options);
    const open = this.#way.transports.length > 1 ? event(socket.io, "open") : undefined;
    const connected = event(socket, "connect", "connect_error");
    await open;
    const { engine } = socket.io;
    if (open !== undefined && engine?.transport.name === "polling") await event(engine, "upgrade");
    await connected;
    return socket;
  }

  /** Breaks the requests off, as a network does. */
  cut(): void {
    this.#connections.cut();
  }

  /** Closes the sockets, and waits until nothing of them is left. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await webSocketsClosed();
    await this.#connections.idle();
  }
}

/** Emits an event, and waits for its acknowledgement. */
export async function ask(socket: OldSocket, name: string, ...args: unknown[]): Promise<unknown[]> {
  const answer = Promise.withResolvers<unknown[]>();
  const gone = (): void => answer.reject(new Error("disconnected before the acknowledgement"));
  socket.on("disconnect", gone);
  socket.emit(name, ...args, (...values: unknown[]) => answer.resolve(values));
  try {
    return await answer.promise;
  } finally {
    socket.off("disconnect", gone);
  }
}
