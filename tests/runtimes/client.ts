/** The official client, connected in the ways that it knows, and closed without a trace. */
import { Agent } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import { Manager, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

/** A way to connect. */
export interface Way {
  /** Its name, as in the names of the tests. */
  readonly name: string;
  /** The transports that the client tries, in this order. */
  readonly transports: ("polling" | "websocket")[];
}

/** Stays with polling. */
export const POLLING: Way = { name: "over polling", transports: ["polling"] };
/** Starts with a WebSocket. */
export const WEBSOCKET: Way = { name: "over WebSocket", transports: ["websocket"] };
/** Starts with polling and moves to a WebSocket. */
export const UPGRADE: Way = { name: "after an upgrade", transports: ["polling", "websocket"] };
/** All of them. */
export const WAYS: readonly Way[] = [POLLING, WEBSOCKET, UPGRADE];

/** Options of a connection and of its first socket. */
export type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/** How long a test waits for anything, in milliseconds. */
const PATIENCE = 30_000;

/** The clients of one test. */
export class Clients {
  readonly #url: string;
  readonly #version: typeof Manager;
  readonly #managers: Manager[] = [];
  readonly #connections = new TrackingAgent();

  /** @param version the manager of the official client, of whichever version */
  constructor(url: string, version: typeof Manager = Manager) {
    this.#url = url;
    this.#version = version;
  }

  /** Makes a client that does not connect before it is told to. */
  create(way: Way, nsp = "/", options: ClientOptions = {}): Socket {
    const manager = new this.#version(this.#url, {
      transports: way.transports,
      reconnection: false,
      autoConnect: false,
      agent: this.#connections as never,
      ...options,
    });
    this.#managers.push(manager);
    return manager.socket(nsp, options);
  }

  /** Makes a client and waits until it is connected, and has upgraded if that is its way. */
  async connect(way: Way, nsp = "/", options: ClientOptions = {}): Promise<Socket> {
    const socket = this.create(way, nsp, options);
    const upgraded = way === UPGRADE ? upgrade(socket) : undefined;
    await connected(socket);
    await upgraded;
    return socket;
  }

  /** Breaks the connections off, as a network does. */
  cut(): void {
    this.#connections.cut();
  }

  /** How they are, for a test that takes too long. */
  get state(): string {
    const each = this.#managers.map((it) => stateOf(it as unknown as Stateful));
    return `${this.#connections.open.size} requests or WebSockets open, ${each.join(", ")}`;
  }

  /** Closes the connections, and waits until nothing of them is left. */
  async close(): Promise<void> {
    for (const manager of this.#managers) manager._close();
    await this.#connections.idle();
  }
}

/** Knows the connections of a client. One per request, since a kept one would outlive the test. */
export class TrackingAgent extends Agent {
  /** Those that are open. */
  readonly open = new Set<TcpSocket>();

  constructor() {
    super({ keepAlive: false });
  }

  override createConnection(...args: Parameters<Agent["createConnection"]>): TcpSocket {
    const socket = super.createConnection(...args) as TcpSocket;
    this.open.add(socket);
    socket.once("close", () => this.open.delete(socket));
    return socket;
  }

  /** Breaks all off, as a network does. */
  cut(): void {
    for (const connection of this.open) connection.destroy();
  }

  /** Waits until none is left, and nothing of their requests. */
  async idle(): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (this.open.size > 0) {
      if (Date.now() > deadline) this.cut();
      await turn();
    }
    // A request tells of its end in a timer, and of a refusal in another one from there.
    for (let i = 0; i < 3; i++) await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** Connects a socket. */
export async function connected(socket: Socket): Promise<void> {
  const outcome = event(socket, "connect", "connect_error");
  socket.connect();
  await outcome;
}

/** Connects a socket that the server refuses. */
export async function refusal(socket: Socket): Promise<Error & { data?: unknown }> {
  const outcome = event(socket, "connect_error");
  socket.connect();
  const [error] = await outcome;
  return error as Error & { data?: unknown };
}

/** Waits until the connection of a socket that is about to connect has moved to a WebSocket. */
export async function upgrade(socket: Socket): Promise<void> {
  await event(socket.io, "open");
  const { engine } = socket.io;
  if (engine.transport.name !== "websocket") await event(engine, "upgrade");
}

/** What sockets, managers and connections tell of themselves. */
interface Stateful {
  readonly io?: Stateful;
  readonly engine?: Stateful;
  readonly connected?: boolean;
  readonly _readyState?: string;
  readonly readyState?: string;
  readonly transport?: { readonly name: string; readonly readyState: string };
}

/** How it is, for whom waits in vain. */
function stateOf({ io, engine, connected, _readyState, readyState, transport }: Stateful): string {
  const below = io ?? engine;
  const own = JSON.stringify({ connected, _readyState, readyState, of: transport?.name });
  return `${own} ${transport?.readyState ?? ""}${below === undefined ? "" : stateOf(below)}`;
}

interface EventSource {
  on(event: never, listener: (...args: unknown[]) => void): unknown;
  off(event: never, listener: (...args: unknown[]) => void): unknown;
}

/**
 * Waits for an event, and gives its arguments.
 *
 * @param failure an event that ends the wait with the error that it brings
 * @throws {Error} if that takes too long
 */
export async function event(
  source: EventSource,
  name: string,
  failure?: string,
): Promise<unknown[]> {
  const [args] = await events(source, name, 1, failure);
  return args!;
}

/** Waits until an event has come some times, and gives the arguments of each. */
export async function events(
  source: EventSource,
  name: string,
  count: number,
  failure?: string,
): Promise<unknown[][]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const seen: unknown[][] = [];
  const listener = (...args: unknown[]): void => {
    if (seen.push(args) === count) resolve();
  };
  const timer = setTimeout(() => {
    const state = stateOf(source as Stateful);
    reject(new Error(`"${name}" came ${seen.length} times, not ${count}: ${state}`));
  }, PATIENCE);
  source.on(name as never, listener);
  if (failure !== undefined) source.on(failure as never, reject);
  try {
    await promise;
    return seen;
  } finally {
    clearTimeout(timer);
    source.off(name as never, listener);
    if (failure !== undefined) source.off(failure as never, reject);
  }
}

/** Notes the arguments of each event of a name, from now on. */
export function collect(source: EventSource, name: string): unknown[][] {
  const seen: unknown[][] = [];
  source.on(name as never, (...args: unknown[]) => seen.push(args));
  return seen;
}
