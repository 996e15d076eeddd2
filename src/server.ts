import { duration, flag, shown } from "./base/checks.ts";
import { type AnyEmitter, fire, shareListeners } from "./base/emitter.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "./base/events.ts";
import type { DrainOptions } from "./engine/drain.ts";
import { consumeSessions, forsakeSessions, reopen } from "./engine/engine.ts";
import { Server as Engine } from "./engine/mod.ts";
import type { EngineSocket } from "./engine/engine_socket.ts";
import { Session } from "./engine/session.ts";
import { DurableObjects } from "./durable_objects.ts";
import { isPlace, type Place } from "./listen.ts";
import { Mountable, setObjects, takeListeners } from "./mountable.ts";
import {
  checkAdapter,
  type ResolvedServerOptions,
  resolveServerOptions,
  type ServerOptions,
  type ServerSettings,
} from "./options.ts";
import type { BunWebSocketHandler } from "./runtimes/types.ts";
import type { ServerReservedEventsMap } from "./server_events.ts";
import { Adapter, type AdapterConstructor } from "./socket/adapter.ts";
import { createAdapter } from "./socket/official_adapter.ts";
import { addOfficialNames } from "./socket/official_names.ts";
import { Connection, type ConnectionHost } from "./socket/connection.ts";
import { Hibernation } from "./socket/hibernation.ts";
import type { Middleware } from "./socket/middleware.ts";
import {
  type AnyNamespace,
  closeAdapter,
  join,
  type Namespace,
  reopenAdapter,
  replaceAdapter,
} from "./socket/namespace.ts";
import { Namespaces, type ParentNspNameMatchFn } from "./socket/namespaces.ts";
import type { ParentNamespace } from "./socket/parent_namespace.ts";
import type { PathParams } from "./socket/path_pattern.ts";
import { reportFailure } from "./socket/report_failure.ts";
import { RateLimiter } from "./socket/limits/rate_limiter.ts";
import { SessionAwareAdapter } from "./socket/recovery/session_aware_adapter.ts";
import { setSource } from "./socket/broadcaster.ts";
import { type AnySocket, closeSocket, type Socket } from "./socket/socket.ts";
import { Decoder, Encoder, type PacketEncoder, type Parser } from "./wire/parser.ts";

export type {
  HibernatingObject,
  HibernatingObjectClass,
} from "./runtimes/workerd/hibernating_object.ts";
export type {
  DurableObject,
  DurableObjectClass,
  DurableObjectOptions,
} from "./runtimes/workerd/durable_object.ts";

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
> extends Mountable<
  EmitEvents,
  ServerSideEvents,
  SocketData,
  ServerReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
> {
  /** The main namespace, `/`. The server's own listeners are its listeners. */
  readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** The options in force; those of the engine are at `engine.opts`. */
  readonly opts: ResolvedServerOptions;
  /** The WebSocket handlers for `Bun.serve`. Other runtimes have no need of them. */
  readonly websocket: BunWebSocketHandler;

  readonly #parser: Parser;
  readonly #encoder: PacketEncoder;
  readonly #namespaces: Namespaces;
  readonly #connectionHost: ConnectionHost;
  /** The same object as `opts`. */
  readonly #settings: ServerSettings;
  #engine: Engine;
  #adapter: AdapterConstructor;
  #hibernation: Hibernation | undefined;

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
   * @param place where to listen, see {@link Mountable.listen}; without one, the server is to be mounted
   * @param options the options
   * @throws {TypeError} if an option is of the wrong kind, or there is nothing to listen on
   * @throws {RangeError} if an option is out of range
   */
  constructor(place: Place | undefined, options?: ServerOptions);
  constructor(first?: Place | ServerOptions, second: ServerOptions = {}) {
    super();
    const place = isPlace(first) ? first : undefined;
    const options: ServerOptions = isPlace(first) ? second : first ?? second;
    this.opts = this.#settings = resolveServerOptions(options);
    this.#adapter = options.adapter ??
      (this.opts.connectionStateRecovery === undefined ? Adapter : SessionAwareAdapter);
    this.#engine = new Engine({ ...options, path: options.path ?? "/socket.io" });
    this.websocket = this.#engine.websocket;
    this.#parser = options.parser ?? { Encoder, Decoder };
    const encoder = this.#encoder = new this.#parser.Encoder();
    const namespaceHost = {
      encoder,
      cleanup: this.opts.cleanupEmptyChildNamespaces,
      // What waits is lost with the memory, and a timer keeps that.
      ackLimit: () => this.#hibernation && this.opts.ackTimeout,
      createAdapter: (nsp: AnyNamespace) =>
        createAdapter(this.#adapter, nsp, (error) => {
          this.#report(error, undefined, "adapter");
        }),
      report: (error: unknown, socket: AnySocket | undefined, event: string | symbol) =>
        this.#report(error, socket, event),
    };
    this.#namespaces = new Namespaces(this, this.opts.maxChildNamespaces, namespaceHost, (nsp) => {
      if (nsp.name !== "/") this.#fire("new_namespace", [nsp]);
    });
    this.sockets = this.#namespaces.of("/");
    shareListeners(this, this.sockets);
    setSource(this, this.sockets);

    const { rateLimit, maxAttachments, maxAttachmentBytes, maxDepth } = this.opts;
    const decoding = { maxAttachments, maxAttachmentBytes, maxDepth };
    this.#connectionHost = {
      options: this.opts,
      rateLimiter: rateLimit &&
        new RateLimiter(rateLimit, (error, socket) => this.#report(error, socket, "rateLimit")),
      createDecoder: () =>
        options.parser === undefined ? new Decoder(decoding) : new options.parser.Decoder(),
      decoding: options.parser === undefined ? decoding : undefined,
      find: (name, auth, isWanted, found) => this.#namespaces.find(name, auth, isWanted, found),
      join: (nsp, connection, auth) => join(nsp, connection, auth),
      moved: (connection) => this.#hibernation?.changed(connection),
      encoder,
    };
    const objects = new DurableObjects({
      service: this,
      begin: () => this.#begin(),
      sleeperOf: (service) => service instanceof Server ? service.#hibernate() : undefined,
      path: () => this.path(),
      report: (error) => this.#report(error, undefined, "durableObject"),
    });
    setObjects(this, objects);
    this.bind(this.#engine);
    if (place !== undefined) this.listen(place);
  }

  /** The Engine.IO server under it. */
  get engine(): Engine {
    return this.#engine;
  }

  /**
   * Takes the connections of another Engine.IO server, which is mounted in the place of this server's own.
   *
   * @param engine one of `@fetchio/server/engine`
   */
  bind(engine: Engine): this {
    this.#engine = engine;
    consumeSessions(engine, (session) => new Connection(this.#connectionHost, session));
    engine.on("error", (error) => this.#report(error, undefined, "engine"));
    return this;
  }

  /**
   * Takes one connection of an Engine.IO server.
   *
   * @throws {TypeError} if it is none of `@fetchio/server/engine`
   */
  onconnection(conn: EngineSocket): this {
    if (!(conn instanceof Session)) {
      throw new TypeError("onconnection() needs a connection of @fetchio/server/engine");
    }
    const connection = new Connection(this.#connectionHost, conn);
    conn.consumer = connection;
    connection.open();
    return this;
  }

  /** Whether the bundles of the official client are served. */
  serveClient(): boolean;
  /** Sets whether the bundles of the official client are served. */
  serveClient(serve: boolean): this;
  serveClient(serve?: boolean): boolean | this {
    if (serve === undefined) return this.opts.serveClient;
    this.#settings.serveClient = flag("serveClient", serve);
    return this;
  }

  /** How long a client may stay without joining a namespace, in milliseconds. */
  connectTimeout(): number;
  /** Sets how long a client may stay without joining a namespace, in milliseconds. */
  connectTimeout(timeout: number): this;
  connectTimeout(timeout?: number): number | this {
    if (timeout === undefined) return this.opts.connectTimeout;
    this.#settings.connectTimeout = duration("connectTimeout", timeout);
    return this;
  }

  /** What makes the adapters of namespaces. */
  adapter(): AdapterConstructor;
  /**
   * Sets what makes the adapters of namespaces, and gives a new one to each that there is. Clients stay connected, and in
   * their rooms; the former adapters are closed, and what they kept by `connectionStateRecovery` is gone with them, as
   * are those who listen to their events.
   *
   * @throws {TypeError} if it is neither a class nor a function
   */
  adapter(adapter: AdapterConstructor): this;
  adapter(adapter?: AdapterConstructor): AdapterConstructor | this {
    if (adapter === undefined) return this.#adapter;
    this.#adapter = checkAdapter(adapter);
    for (const nsp of this.namespaces.values()) {
      replaceAdapter(nsp);
      this.#hibernation?.watch(nsp);
    }
    return this;
  }

  /**
   * Makes namespaces when clients ask for them.
   *
   * @param names which ones: those that match a regular expression, or that a function accepts
   * @param fn called with each client that connects to one of them
   * @throws {TypeError} if they are neither a regular expression nor a function
   * @throws {Error} if a regular expression has the flag `g` or `y`
   *
   * @example
   * ```ts
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * io.of(/^\/room-\d+$/, (socket) => console.log(socket.nsp.name));
   * io.of(async (name, auth) => name === "/staff" && (await isStaff(auth.token)));
   *
   * const isStaff = (token: unknown) => Promise.resolve(token === "secret");
   * ```
   */
  of(
    names: RegExp | ParentNspNameMatchFn,
    fn?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ): ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /**
   * Makes a namespace for each path of a form, when clients ask for them.
   *
   * @param path the form: a segment that starts with a colon stands for any one; what was there is in `nsp.params`
   * @param fn called with each client that connects to one of them
   * @throws {TypeError} if a parameter has no name, or the name of another one
   *
   * @example
   * ```ts
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * io.of("/org/:id", (socket) => console.log(socket.nsp.params.id));
   * ```
   */
  of<const Path extends `${string}/:${string}`>(
    path: Path,
    fn?: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData> & {
        readonly nsp: { readonly params: PathParams<Path> };
      },
    ) => void,
  ): ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /**
   * Finds a namespace, or makes it.
   *
   * @param name its name; a slash is put in front if there is none
   * @param fn a listener for its connections
   */
  of(
    name: string,
    fn?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  of(
    name: string | RegExp | ParentNspNameMatchFn,
    fn?: (socket: Untyped) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const nsp: AnyNamespace = typeof name === "string"
      ? this.#namespaces.of(name.startsWith("/") ? name : `/${name}`)
      : this.#namespaces.parent(name);
    if (fn !== undefined) nsp.on("connect", fn);
    return nsp;
  }

  /** The namespaces by their names, those included that clients had made. */
  get namespaces(): ReadonlyMap<
    string,
    Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  > {
    return this.#namespaces.named;
  }

  /**
   * Deletes a namespace: its clients are disconnected from it, its adapter is closed. It comes again by
   * {@link Server.of}, or by a client if a parent stands for its name.
   *
   * @param name its name
   * @returns whether there was one
   * @throws {TypeError} if it is the main namespace, or no name
   */
  async deleteNamespace(name: string): Promise<boolean> {
    if (typeof name !== "string") {
      throw new TypeError(`deleteNamespace() needs a name, got ${shown(name)}`);
    }
    const path = name.startsWith("/") ? name : `/${name}`;
    if (path === "/") throw new TypeError("The main namespace cannot be deleted");
    return await this.#namespaces.delete(path);
  }

  /**
   * Adds a middleware to the main namespace; see {@link Namespace.use}.
   *
   * @throws {TypeError} if it is not a function
   */
  use(fn: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.sockets.use(fn);
    return this;
  }

  /**
   * Listens, see {@link Mountable.listen}; a server that was closed serves again.
   *
   * @throws {TypeError} if the place is none, or the runtime has no server
   */
  override listen(place: Place, hostname?: string): this {
    super.listen(place, hostname);
    if (reopen(this.engine)) this.namespaces.forEach(reopenAdapter);
    return this;
  }

  /**
   * Disconnects all clients, closes the adapters, and ends what {@link Mountable.listen} was given or has begun; a server
   * that it is mounted in otherwise goes on.
   *
   * @param fn called when that is done
   */
  async close(fn?: (error?: Error) => void): Promise<void> {
    const namespaces = [...this.namespaces.values()];
    for (const nsp of namespaces) {
      for (const socket of [...nsp.sockets.values()]) {
        closeSocket(socket, "server shutting down", undefined);
      }
    }
    this.engine.close();
    this.#connectionHost.rateLimiter?.clear();
    // Now: it may listen anew before all that is closed.
    const listeners = takeListeners(this);
    await Promise.allSettled(namespaces.map(closeAdapter));
    await Promise.all(listeners.map((it) => it.close()));
    fn?.();
  }

  /**
   * Closes gently, for a restart: refuses new connections with status 503, and disconnects the clients one after the
   * other over a period, those with acknowledgements under way last. They come back by themselves, to another server
   * behind the same address, which can restore them if its adapter shares what is kept by `connectionStateRecovery`.
   * Then it does what {@link Server.close} does.
   *
   * @returns resolved when that is done: shortly after the end of the period at the latest; rejected with a `TypeError`
   * if the options are no object, with a `RangeError` if the period is out of range: then nothing has changed
   *
   * @example
   * ```ts ignore
   * process.once("SIGTERM", async () => {
   *   await io.drain({ within: 8_000 });
   *   process.exit();
   * });
   * ```
   */
  async drain(options?: DrainOptions): Promise<void> {
    await this.engine.drain(options);
    await this.close();
  }

  /** Closes the server at the end of a block: `await using io = new Server()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // For a Durable Object, which has lived before, perhaps.
  #begin(): void {
    forsakeSessions(this.engine);
    this.#connectionHost.rateLimiter?.clear();
  }

  #hibernate(): Hibernation {
    return this.#hibernation ??= new Hibernation({
      server: this,
      begin: () => this.#begin(),
      find: this.#connectionHost.find,
      report: (error, socket) => this.#report(error, socket, "hibernation"),
    });
  }

  #report(error: unknown, socket: AnySocket | undefined, event: string | symbol): void {
    reportFailure(this, error, socket, event);
  }

  #fire(event: string, args: unknown[]): void {
    fire<AnyEmitter>(this, event, args, (_, error) => {
      this.#report(error, undefined, event);
    });
  }

  static {
    addOfficialNames<Server>(this.prototype, {
      get _nsps(): unknown {
        return this.#namespaces.named;
      },
      get _opts(): unknown {
        return this.opts;
      },
      get _parser(): unknown {
        return this.#parser;
      },
      get encoder(): unknown {
        return this.#encoder;
      },
    });
  }
}
