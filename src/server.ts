import { type AnyEmitter, fire, shareListeners } from "./base/emitter.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "./base/events.ts";
import { logFault } from "./base/log.ts";
import type { Listener } from "./engine/channel.ts";
import { consumeSessions, Engine } from "./engine/engine.ts";
import { type Handler, handlerOf } from "./engine/handler.ts";
import { pathOf } from "./engine/handshake.ts";
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from "./options.ts";
import { bunWebSocket } from "./runtimes/bun.ts";
import { runtimeOf } from "./runtimes/detect.ts";
import type { BunWebSocketHandler } from "./runtimes/types.ts";
import { Adapter, type AdapterConstructor } from "./socket/adapter.ts";
import { clientFile } from "./socket/client_files.ts";
import { Connection, type ConnectionHost } from "./socket/connection.ts";
import type { Middleware } from "./socket/middleware.ts";
import {
  type AnyNamespace,
  join,
  Namespace,
  type NamespaceHost,
  type NamespaceReservedEventsMap,
} from "./socket/namespace.ts";
import { SessionAwareAdapter } from "./socket/session_aware_adapter.ts";
import { Broadcaster, setSource } from "./socket/broadcaster.ts";
import { type AnySocket, closeSocket, type Socket } from "./socket/socket.ts";
import { Decoder, Encoder, type PacketEncoder } from "./wire/parser.ts";

/** The events of a server beside those of other servers. */
export interface ServerReservedEventsMap<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  /** A namespace was made. */
  new_namespace: (
    nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ) => void;
  /**
   * A handler, a listener or a hook threw, or its promise was rejected; `socket` is set if it was about one. Nothing
   * else happens, and without a listener for this the error goes to `console.error`.
   */
  error: (
    error: unknown,
    socket?: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ) => void;
}

/**
 * A Socket.IO server as a fetch handler.
 *
 * @typeParam ListenEvents the events that clients send
 * @typeParam EmitEvents the events that the server sends
 * @typeParam ServerSideEvents the events between servers
 * @typeParam SocketData the type of `socket.data`
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 *
 * const io = new Server();
 * io.on("connection", (socket) => {
 *   socket.on("hello", (name, ack) => ack(`hi ${name}`));
 * });
 * export default io;
 * ```
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends Broadcaster<
  EmitEvents,
  ServerSideEvents,
  SocketData,
  ServerReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
> {
  /** The main namespace, `/`. The server's own listeners are its listeners. */
  readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** The Engine.IO server under it. */
  readonly engine: Engine;
  /** The options in force; those of the engine are at `engine.opts`. */
  readonly opts: ResolvedServerOptions;
  /** The WebSocket handlers for `Bun.serve`. Other runtimes have no need of them. */
  readonly websocket: BunWebSocketHandler;

  readonly #namespaces = new Map<string, AnyNamespace>();
  readonly #host: NamespaceHost;
  #listener: Listener | undefined;

  /**
   * Makes a server to be mounted: it listens to nothing by itself.
   *
   * @param options the options
   * @throws {TypeError} if an option is of the wrong kind
   * @throws {RangeError} if an option is out of range
   */
  constructor(options?: ServerOptions);
  /**
   * Makes a server and listens.
   *
   * @param port a port to listen on; see {@link Server.listen}
   * @param options the options
   * @throws {TypeError} if an option is of the wrong kind, or the port cannot be
   * @throws {RangeError} if an option is out of range
   */
  constructor(port: number | string, options?: ServerOptions);
  constructor(first: number | string | ServerOptions = {}, second: ServerOptions = {}) {
    super();
    const options = typeof first === "object" ? first : second;
    this.opts = resolveServerOptions(options);
    this.engine = new Engine({ ...options, path: options.path ?? "/socket.io" }, runtimeOf);
    this.websocket = bunWebSocket(this.engine.opts);
    const { Encoder: ParserEncoder, Decoder: ParserDecoder } = options.parser ??
      { Encoder, Decoder };
    const encoder: PacketEncoder = new ParserEncoder();
    this.#host = {
      encoder,
      createAdapter: (nsp) => createAdapter(options.adapter ?? this.#defaultAdapter(), nsp),
      report: (error, socket, event) => this.#report(error, socket, event),
    };
    this.sockets = this.#addNamespace("/");
    shareListeners(this, this.sockets);
    setSource(this, this.sockets);

    const host: ConnectionHost = {
      connectTimeout: this.opts.connectTimeout,
      createDecoder: () => new ParserDecoder(),
      namespace: (name) => this.#namespaces.get(name),
      join: (nsp, connection, auth) => join(nsp, connection, auth),
      encoder,
    };
    consumeSessions(this.engine, (session) => new Connection(host, session));
    this.engine.on("error", (error) => this.#report(error, undefined, "engine"));
    if (typeof first !== "object") this.listen(first);
  }

  /**
   * Answers requests of this server's path, and all others with 404. It is bound, so it can be handed around.
   *
   * @param request the request as it came from the runtime; a copy of it cannot become a WebSocket
   * @param context what the runtime gave beside it: Deno's `info`, Bun's `server`, Hono's `c.env`
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * const response = await io.fetch(new Request("http://localhost/elsewhere"));
   * assertEquals(response.status, 404);
   * ```
   */
  readonly fetch = (request: Request, context?: unknown): Promise<Response> =>
    this.handles(request)
      ? this.#answer(request, context)
      : Promise.resolve(new Response("Not Found", { status: 404 }));

  /** Whether a request's path is this server's. */
  handles(request: Request): boolean {
    return this.engine.handles(request);
  }

  /**
   * Makes a fetch handler that answers this server's requests, and leaves the others to another one.
   *
   * @param next answers the other requests; without it, they are answered with 404
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * const handler = io.handler(() => new Response("home"));
   * const response = await handler(new Request("http://localhost/"));
   * assertEquals(await response.text(), "home");
   * ```
   */
  handler(next?: Handler): (request: Request, ...context: Untyped[]) => Promise<Response> {
    return handlerOf(this, next);
  }

  /**
   * Listens on a port with the server of the runtime, Deno's or Bun's. `close()` ends it.
   *
   * @param port the port, 0 for any that is free; see {@link Server.httpServer}
   * @param hostname the interface; by default all of them
   * @throws {TypeError} if the runtime has no server, or the server listens already
   */
  listen(port: number | string, hostname?: string): this {
    const number = Number(port);
    if (!Number.isInteger(number) || number < 0 || number > 65535 || port === "") {
      throw new TypeError(`listen() needs a port from 0 to 65535, got ${String(port)}`);
    }
    if (this.#listener !== undefined) throw new TypeError("The server listens already");
    this.#listener = runtimeOf(undefined).listen(this, number, hostname);
    return this;
  }

  /** Same as {@link Server.listen}. */
  attach(port: number | string, hostname?: string): this {
    return this.listen(port, hostname);
  }

  /** Where {@link Server.listen} listens. */
  get httpServer(): Listener | undefined {
    return this.#listener;
  }

  /**
   * Finds a namespace, or makes it.
   *
   * @param name its name; a slash is put in front if there is none
   * @param fn a listener for its connections
   */
  of(
    name: string,
    fn?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const path = name.startsWith("/") ? name : `/${name}`;
    let nsp: AnyNamespace | undefined = this.#namespaces.get(path);
    if (nsp === undefined) {
      nsp = this.#addNamespace(path);
      this.#fire("new_namespace", [nsp]);
    }
    if (fn !== undefined) nsp.on("connect", fn);
    return nsp;
  }

  /** Adds a middleware to the main namespace; see {@link Namespace.use}. */
  use(fn: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.sockets.use(fn);
    return this;
  }

  /**
   * Disconnects all clients, closes the adapters, and stops listening if {@link Server.listen} was called; a server that
   * it is mounted in goes on.
   *
   * @param fn called when that is done
   */
  async close(fn?: (error?: Error) => void): Promise<void> {
    const namespaces = [...this.#namespaces.values()];
    for (const nsp of namespaces) {
      for (const socket of [...nsp.sockets.values()]) {
        closeSocket(socket, "server shutting down", undefined);
      }
    }
    this.engine.close();
    await Promise.allSettled(namespaces.map(async (nsp) => await nsp.adapter.close()));
    await this.#listener?.close();
    this.#listener = undefined;
    fn?.();
  }

  #answer(request: Request, context: unknown): Promise<Response> {
    if (this.opts.serveClient) {
      const file = clientFile(pathOf(request).slice(this.engine.opts.path.length + 1), request);
      if (file !== undefined) return this.engine.share(request, file);
    }
    return this.engine.handleRequest(request, context);
  }

  #addNamespace(
    name: string,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const nsp = new Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>(
      this.#host,
      this,
      name,
    );
    this.#namespaces.set(name, nsp);
    return nsp;
  }

  #defaultAdapter(): AdapterConstructor {
    return this.opts.connectionStateRecovery === undefined ? Adapter : SessionAwareAdapter;
  }

  #report(error: unknown, socket: AnySocket | undefined, event: string | symbol): void {
    const failed = (_: unknown, error: unknown) =>
      logFault('A listener of the server\'s "error" failed:', error);
    const heard = fire<AnyEmitter>(this, "error", [error, socket], failed);
    if (heard) return;
    const where = socket === undefined ? "" : ` of socket ${socket.id}`;
    logFault(`Uncaught error in a handler of "${String(event)}"${where}:`, error);
  }

  #fire(event: string, args: unknown[]): void {
    fire<AnyEmitter>(this, event, args, (_, error) => {
      this.#report(error, undefined, event);
    });
  }
}

function createAdapter(adapter: AdapterConstructor, nsp: AnyNamespace): Adapter {
  const isClass = adapter === Adapter || adapter.prototype instanceof Adapter;
  return isClass
    ? new (adapter as new (nsp: AnyNamespace) => Adapter)(nsp)
    : (adapter as (nsp: AnyNamespace) => Adapter)(nsp);
}
