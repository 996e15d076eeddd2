/**
 * Servers in memory and their clients: requests are calls, and time is the test's.
 *
 * @module
 */
import { assertEquals, assertExists } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Server, type ServerOptions, type Socket } from "../../mod.ts";
import {
  type CloseDetails,
  type CloseReason,
  type ConnectionError,
  Server as EngineServer,
  type ServerOptions as EngineOptions,
  type Socket as EngineSocket,
} from "../../src/engine/mod.ts";
import { MemoryRuntime, type MemorySocket } from "../../src/runtimes/memory.ts";

/** What answers requests. */
export interface Fetcher {
  fetch(request: Request, context?: unknown): Promise<Response>;
}

/** What the server's first packet says. */
export interface OpenPacket {
  sid: string;
  upgrades: string[];
  pingInterval: number;
  pingTimeout: number;
  maxPayload: number;
}

/** An Engine.IO client over HTTP long-polling. */
export class PollingClient {
  /** What the server said first. */
  readonly open: OpenPacket;
  /** Where the session is. */
  readonly url: string;
  readonly #server: Fetcher;
  readonly #runtime: MemoryRuntime;

  private constructor(server: Fetcher, runtime: MemoryRuntime, base: string, open: OpenPacket) {
    this.open = open;
    this.url = `${base}?EIO=4&transport=polling&sid=${open.sid}`;
    this.#server = server;
    this.#runtime = runtime;
  }

  /** Opens a session. */
  static async open(
    server: Fetcher,
    runtime: MemoryRuntime,
    base: string,
    query = "",
  ): Promise<PollingClient> {
    const url = `${base}?EIO=4&transport=polling${query}`;
    const response = await server.fetch(new Request(url), runtime);
    assertEquals(response.status, 200);
    const [first = ""] = (await response.text()).split("\x1e");
    assertEquals(first[0], "0");
    return new PollingClient(server, runtime, base, JSON.parse(first.slice(1)));
  }

  /** Sends a GET. */
  get(): Promise<Response> {
    return this.#server.fetch(new Request(this.url), this.#runtime);
  }

  /** Sends a GET, and reads its whole answer. */
  async poll(): Promise<string> {
    return await (await this.get()).text();
  }

  /** Sends a POST. */
  post(body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
    const request = new Request(this.url, { method: "POST", body, headers });
    return this.#server.fetch(request, this.#runtime);
  }

  /** Opens a WebSocket to move the session to. */
  candidate(): Promise<MemorySocket> {
    const url = this.url.replace("transport=polling", "transport=websocket");
    return this.#runtime.connect(this.#server, url);
  }
}

/** The frames that came and were not taken yet. */
export function take(socket: MemorySocket): (string | Uint8Array)[] {
  return socket.received.splice(0);
}

/** An Engine.IO server with all that it tells, under time that stands still. */
export class EngineRig {
  /** Where it answers. */
  readonly base = "http://localhost/engine.io/";
  readonly engine: EngineServer;
  readonly time: FakeTime;
  readonly runtime = new MemoryRuntime();
  /** Each connection. */
  readonly conns: EngineSocket[] = [];
  /** The end of each connection. */
  readonly closes: [reason: CloseReason, details: CloseDetails | undefined][] = [];
  /** Each refused request. */
  readonly refused: ConnectionError[] = [];
  /** What hooks and listeners failed with. A test that expects some takes them out. */
  readonly faults: unknown[] = [];

  constructor(options: EngineOptions, time: FakeTime) {
    this.time = time;
    this.engine = new EngineServer(options);
    this.engine.on("connection", (conn) => {
      this.conns.push(conn);
      conn.on("close", (reason, details) => this.closes.push([reason, details]));
    });
    this.engine.on("connection_error", (error) => this.refused.push(error));
    this.engine.on("error", (error) => this.faults.push(error));
  }

  /** The last connection. */
  get conn(): EngineSocket {
    const conn = this.conns.at(-1);
    assertExists(conn);
    return conn;
  }

  /** The reason of the last close. */
  get reason(): CloseReason | undefined {
    return this.closes.at(-1)?.[0];
  }

  /** Sends a request. */
  request(query: string, init: RequestInit = {}): Promise<Response> {
    return this.engine.fetch(new Request(this.base + query, init), this.runtime);
  }

  /** Opens a session over polling. */
  poller(query?: string): Promise<PollingClient> {
    return PollingClient.open(this.engine, this.runtime, this.base, query);
  }

  /** Opens a session over a WebSocket. */
  socket(query = "", headers?: Record<string, string>): Promise<MemorySocket> {
    const url = `${this.base}?EIO=4&transport=websocket${query}`;
    return this.runtime.connect(this.engine, url, headers);
  }

  /** Moves a session to a WebSocket, and takes what was sent until then. */
  async upgrade(client: PollingClient): Promise<MemorySocket> {
    const socket = await client.candidate();
    socket.send("2probe");
    socket.send("5");
    take(socket);
    return socket;
  }

  /** Lets everything that is already decided happen. */
  settle(): Promise<void> {
    return this.time.runMicrotasks();
  }
}

/** Runs a test of an Engine.IO server; fails it if anything is left afterwards. */
export async function withEngine(
  options: EngineOptions,
  test: (rig: EngineRig) => void | Promise<void>,
): Promise<void> {
  using time = new FakeTime();
  const rig = new EngineRig(options, time);
  try {
    await test(rig);
  } finally {
    rig.engine.close();
  }
  await assertNothingLeft(time, rig.engine);
  assertEquals(rig.faults, []);
}

/** A Socket.IO client over a WebSocket in memory: packets are their text, or bytes. */
export class TextClient {
  readonly ws: MemorySocket;

  constructor(ws: MemorySocket) {
    this.ws = ws;
  }

  /** Sends Socket.IO packets, which the server has handled when the call returns. */
  send(...packets: (string | Uint8Array)[]): void {
    for (const it of packets) this.ws.send(typeof it === "string" ? "4" + it : it);
  }

  /** Takes the Socket.IO packets that came. */
  take(): (string | Uint8Array)[] {
    const messages = take(this.ws).filter((it) => typeof it !== "string" || it.startsWith("4"));
    return messages.map((it) => typeof it === "string" ? it.slice(1) : it);
  }
}

/** A Socket.IO client in a namespace, and the server's socket for it. */
export class JoinedClient extends TextClient {
  readonly socket: Socket;

  constructor(ws: MemorySocket, socket: Socket) {
    super(ws);
    this.socket = socket;
  }
}

/** A Socket.IO server under time that stands still. Tests take it apart: its functions are bound. */
export class ServerRig {
  /** Where it answers. */
  readonly base = "http://localhost/socket.io/";
  readonly io: Server;
  readonly time: FakeTime;
  readonly runtime = new MemoryRuntime();
  /** What was reported. A test that expects some takes them out. */
  readonly faults: [error: unknown, socket: Socket | undefined][] = [];

  constructor(options: ServerOptions, time: FakeTime) {
    this.time = time;
    this.io = new Server(options);
    this.io.on("error", (error, socket) => this.faults.push([error, socket]));
  }

  /** Opens a connection that is in no namespace yet. */
  readonly client = async (
    query = "",
    headers?: Record<string, string>,
  ): Promise<TextClient> => {
    const url = `${this.base}?EIO=4&transport=websocket${query}`;
    return new TextClient(await this.runtime.connect(this.io, url, headers));
  };

  /** Opens a connection over polling that is in no namespace yet. */
  readonly poller = (query?: string): Promise<PollingClient> =>
    PollingClient.open(this.io, this.runtime, this.base, query);

  /** Joins a namespace over a connection of its own, or over the one of `through`. */
  readonly connect = async (
    nsp = "/",
    auth?: unknown,
    through?: TextClient,
  ): Promise<JoinedClient> => {
    const client = through ?? await this.client();
    client.take();
    const prefix = nsp === "/" ? "0" : `0${nsp},`;
    client.send(auth === undefined ? prefix : prefix + JSON.stringify(auth));
    const socket = [...this.io.of(nsp).sockets.values()].at(-1);
    assertExists(socket);
    assertEquals(client.take(), [prefix + JSON.stringify({ sid: socket.id })]);
    return new JoinedClient(client.ws, socket);
  };

  /** Lets everything that is already decided happen. */
  readonly settle = (): Promise<void> => this.time.runMicrotasks();
}

/** Runs a test of a Socket.IO server; fails it if anything is left afterwards. */
export async function withServer(
  options: ServerOptions,
  test: (rig: ServerRig) => void | Promise<void>,
): Promise<void> {
  using time = new FakeTime();
  const rig = new ServerRig(options, time);
  try {
    await test(rig);
  } finally {
    await rig.io.close();
  }
  await assertNothingLeft(time, rig.io.engine);
  assertEquals(rig.faults, []);
}

async function assertNothingLeft(
  time: FakeTime,
  engine: { readonly clientsCount: number },
): Promise<void> {
  await time.runMicrotasks();
  // The sweep over waiting polls goes round twice before it finds nothing to do.
  time.tick(200);
  assertEquals(engine.clientsCount, 0, "a session is left");
  assertEquals(time.next(), false, "a timer is left");
}
