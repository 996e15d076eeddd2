import { fire } from "../base/emitter.ts";
import type { DefaultEventsMap, EventsMap, Untyped } from "../base/events.ts";
import { log } from "../base/log.ts";
import type { Server } from "../server.ts";
import type { Frame } from "../wire/frame.ts";
import type { PacketEncoder } from "../wire/parser.ts";
import type { Packet } from "../wire/socket_packet.ts";
import type { Adapter, PrivateSessionId, Session, SocketId } from "./adapter.ts";
import { type Connection, LEFT } from "./connection.ts";
import { encodeForMany } from "./encode_packet.ts";
import type { Auth } from "./handshake.ts";
import { type Middleware, refusalOf, runMiddlewares, withMiddleware } from "./middleware.ts";
import { NO_PARAMS } from "./path_pattern.ts";
import { Broadcaster, RESERVED_SERVER_EVENTS, setSource } from "./broadcaster.ts";
import { type AnySender, openSender, pidOf, resumeSender } from "./sender.ts";
import { abandonSocket, type AnySocket, keepSocket, loseSocket, Socket } from "./socket.ts";
import type { SocketState } from "./recovery/socket_state.ts";
import { missedBy } from "./recovery/missed_frames.ts";
import { Takeovers } from "./recovery/takeovers.ts";

/** A namespace, whatever its events. */
export type AnyNamespace = Namespace<Untyped, Untyped, Untyped, Untyped>;

/** The events of a namespace beside those of other servers. */
export interface NamespaceReservedEventsMap<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> {
  /** A client has connected. */
  connect: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void;
  /** A client has connected. */
  connection: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void;
}

/** What a namespace needs of its server. */
export interface NamespaceHost {
  /** Writes packets. */
  readonly encoder: PacketEncoder;
  /** Makes the adapter of a namespace. */
  createAdapter(nsp: AnyNamespace): Adapter;
  /** A handler has failed. */
  report(error: unknown, socket: AnySocket | undefined, event: string | symbol): void;
  /** How long an acknowledgement is waited for without `timeout()`, in milliseconds; without end if it is not said. */
  ackLimit(): number | undefined;
  /** The last socket has left, and none is on its way in. */
  emptied?(nsp: AnyNamespace): void;
  /** It was deleted. */
  deleted?(nsp: AnyNamespace): void;
}

/** What a socket needs of its namespace. */
export interface SocketHost {
  /** Writes packets. */
  readonly encoder: PacketEncoder;
  /** Whether what a handler returns is the acknowledgement. */
  readonly ackReturnValues: boolean;
  /** Draws the id of an acknowledgement. */
  nextAckId(): number;
  /** How long an acknowledgement is waited for without `timeout()`. */
  ackLimit(): number | undefined;
  /** The socket is disconnected. */
  removed(socket: AnySocket): void;
  /** The state of the socket is being kept for its client's return, until `done`, which is not rejected. */
  keeping(done: Promise<void>): void;
  /** A handler of the socket has failed. */
  report(error: unknown, sender: AnySender, event: string | symbol): void;
}

/** Draws the id of an acknowledgement, from the counter that all sockets of a namespace share. */
export let nextAckId: (nsp: AnyNamespace) => number;
/** Writes a packet that goes to many. */
export let encodeShared: (nsp: AnyNamespace, packet: Packet, compress: boolean) => Frame;
/** Lets a client in, if the middlewares do. */
export let join: (
  nsp: AnyNamespace,
  connection: Connection,
  auth: Auth | undefined,
) => void;
/** Goes on with a client of an earlier life of the server. */
export let resumeClient: (
  nsp: AnyNamespace,
  connection: Connection,
  auth: Auth | undefined,
  session: SocketState,
) => AnySocket;
/** Tells the listeners that a client is connected. */
export let announce: (nsp: AnyNamespace, socket: AnySocket) => void;
/** The middlewares of a namespace. */
export let middlewaresOf: (nsp: AnyNamespace) => readonly Middleware<AnySocket>[];
/** Hands an event of another server to the listeners of a namespace. */
export let receiveServerSideEvent: (nsp: AnyNamespace, event: readonly unknown[]) => void;
/** Tells the server that something of a namespace has failed. */
export let reportFault: (nsp: AnyNamespace, error: unknown, event: string) => void;
/** Replaces the adapter of a namespace; its sockets stay in their rooms. */
export let replaceAdapter: (nsp: AnyNamespace) => void;
/** Gives a namespace whose adapter was closed a new one. */
export let reopenAdapter: (nsp: AnyNamespace) => void;
/** Closes the adapter of a namespace, when it has kept the sockets that are gone. */
export let closeAdapter: (nsp: AnyNamespace) => Promise<void>;
/** Disconnects the clients of a namespace that nobody can find any more, and lets nobody in. */
export let closeNamespace: (nsp: AnyNamespace) => Promise<void>;
/** Whether nobody is in a namespace, or on the way in. */
export let isIdle: (nsp: AnyNamespace) => boolean;

/**
 * A part of the application with its own sockets, middlewares and rooms. Clients reach several over one connection.
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 *
 * const io = new Server();
 * const admin = io.of("/admin");
 * admin.use((socket, next) => {
 *   next(socket.handshake.auth.token === "secret" ? undefined : new Error("not for you"));
 * });
 * admin.on("connection", (socket) => socket.emit("welcome"));
 * ```
 */
export class Namespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends Broadcaster<
  EmitEvents,
  ServerSideEvents,
  SocketData,
  NamespaceReservedEventsMap<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
> {
  /** Its name, such as `/admin`. */
  readonly name: string;
  /** What its name has in the place of the `:names` of the path that it was made for; see {@link Server.of}. */
  readonly params: Readonly<Record<string, string>>;
  /** Its server. */
  readonly server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** The connected sockets of this server by their id. */
  readonly sockets: Map<
    SocketId,
    Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  > = new Map();

  readonly #host: NamespaceHost;
  readonly #socketHost: SocketHost;
  #adapter!: Adapter;
  #middlewares: readonly Middleware<
    Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >[] = [];
  #acks = 0;
  /** How many sockets are in the middlewares. */
  #joining = 0;
  /** What the adapter is busy to keep. */
  readonly #keeping = new Set<Promise<void>>();
  /** The connected sockets by what their clients come back with, if clients may. */
  readonly #present = new Map<PrivateSessionId, AnySocket>();
  #takeovers: Takeovers | undefined;
  #deleted = false;

  /** Namespaces are made by {@link Server.of}. */
  constructor(
    host: NamespaceHost,
    server: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    name: string,
    params: Readonly<Record<string, string>> = NO_PARAMS,
  ) {
    super();
    this.name = name;
    this.params = params;
    this.server = server;
    this.#host = host;
    this.#socketHost = {
      encoder: host.encoder,
      ackReturnValues: server.opts.ackReturnValues,
      nextAckId: () => this.#acks++,
      ackLimit: () => host.ackLimit(),
      removed: (socket) => this.#removed(socket),
      keeping: (done) => {
        this.#keeping.add(done);
        done.then(() => this.#keeping.delete(done));
      },
      report: (error, sender, event) =>
        host.report(error, sender instanceof Socket ? sender : undefined, event),
    };
    setSource(this, this);
    this.#createAdapter();
  }

  /** The adapter, which knows the rooms. */
  get adapter(): Adapter {
    return this.#adapter;
  }

  /**
   * Adds a middleware that each client passes before it is connected. An error refuses the client, which receives the
   * error's `message` and `data` as `connect_error`.
   *
   * @param fn goes on by `next()`, or, with one parameter, by returning or resolving
   * @throws {TypeError} if it is not a function
   */
  use(fn: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.#middlewares = withMiddleware(this.#middlewares, fn);
    return this;
  }

  get #isIdle(): boolean {
    return this.sockets.size === 0 && this.#joining === 0;
  }

  #createAdapter(): void {
    this.#adapter = this.#host.createAdapter(this);
    const init = async () => await this.#adapter.init();
    init().catch((error) => this.#host.report(error, undefined, "init"));
  }

  #replaceAdapter(): void {
    const report = (error: unknown) => this.#host.report(error, undefined, "adapter");
    // Not those of `sockets`: who is in the middlewares has rooms, too.
    const sids = [...this.#adapter.sids].map(([id, rooms]) => [id, new Set(rooms)] as const);
    // Before the next one begins: both may have the same connection to a broker, and unsubscribe there.
    this.#closeAdapter().catch(report);
    this.#createAdapter();
    const move = async () =>
      await Promise.all(sids.map(([id, rooms]) => this.#adapter.addAll(id, rooms)));
    move().catch(report);
  }

  async #closeAdapter(): Promise<void> {
    const adapter = this.#adapter;
    if (this.#keeping.size > 0) await Promise.all(this.#keeping);
    await adapter.close();
  }

  #join(connection: Connection, auth: Auth | undefined): void {
    this.#joining++;
    if (this.server.opts.connectionStateRecovery === undefined || typeof auth?.pid !== "string") {
      return this.#admit(connection, auth, null);
    }
    const { pid, offset } = auth;
    // It may be back before the loss of its connection is noticed.
    const previous = this.#present.get(pid);
    if (previous !== undefined) {
      const { pingInterval, pingTimeout } = this.server.engine.opts;
      // By then, the heartbeat has noticed any loss.
      this.#takeovers ??= new Takeovers(pingInterval + pingTimeout);
      if (!this.#takeovers.allow(pid)) return this.#admit(connection, auth, null);
      loseSocket(previous, "the client is back over another connection");
    }
    const restore = async () =>
      await this.#adapter.restoreSession(pid, typeof offset === "string" ? offset : "");
    restore()
      .catch((error) => {
        this.#host.report(error, undefined, "restoreSession");
        return null;
      })
      .then((session) => this.#admit(connection, auth, session));
  }

  #admit(
    connection: Connection,
    auth: Auth | undefined,
    session: Session | null,
  ): void {
    const { connectionStateRecovery: recovery } = this.server.opts;
    const socket = this.#createSocket(connection, auth, session);
    const skip = session !== null && recovery?.skipMiddlewares;
    let over = false;
    const done = (error?: unknown) => {
      if (over) return;
      over = true;
      this.#joining--;
      const left = error === LEFT || connection.conn.readyState !== "open";
      if (!left && !error && !this.#deleted) return this.#connect(socket, connection, session);
      // It may try once more, perhaps with better credentials.
      if (session !== null) keepSocket(socket);
      abandonSocket(socket);
      if (left) log("socket.io:namespace", "the client left before it was let in");
      else this.#refuse(socket, connection, error || new Error("Invalid namespace"));
    };
    // It may leave while a middleware waits, perhaps for ever.
    connection.admitting(this.name, done);
    runMiddlewares(skip ? [] : this.#middlewares, socket, done);
  }

  #createSocket(
    connection: Connection,
    auth: Auth | undefined,
    session: SocketState | null,
  ): Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return new Socket(this.#socketHost, this, connection, auth, session);
  }

  #removed(socket: AnySocket): void {
    this.sockets.delete(socket.id);
    const pid = pidOf(socket);
    if (pid !== undefined && this.#present.get(pid) === socket) this.#present.delete(pid);
    if (this.#isIdle) this.#host.emptied?.(this);
  }

  #receiveServerSideEvent([name, ...args]: readonly unknown[]): void {
    // What only this server may fire, no other one can.
    if (typeof name !== "string" || RESERVED_SERVER_EVENTS.has(name)) return;
    fire<AnyNamespace>(this, name, args, (nsp, error) => {
      nsp.#host.report(error, undefined, name);
    });
  }

  #refuse(socket: AnySocket, connection: Connection, error: unknown): void {
    const given = refusalOf(error);
    try {
      connection.refuse(this.name, given);
    } catch (unsendable) {
      // The error's data, with a cycle perhaps: the client is refused all the same.
      this.#host.report(unsendable, socket, "connect_error");
      connection.refuse(this.name, new Error(given.message));
    }
  }

  #connect(
    socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    connection: Connection,
    session: Session | null,
  ): void {
    const missed = session === null ? [] : missedBy(session);
    this.#enter(socket, connection);
    // Before the listeners, which may send or disconnect.
    openSender(socket, missed);
    // What it has missed may have been too much for it.
    if (socket.connected) this.#announce(socket);
  }

  #resume(connection: Connection, auth: Auth | undefined, session: SocketState): AnySocket {
    // Answers to what was asked in an earlier life must not be taken for those to what is asked now.
    this.#acks = Math.max(this.#acks, Date.now());
    const socket = this.#createSocket(connection, auth, session);
    this.#enter(socket, connection);
    resumeSender(socket);
    return socket;
  }

  #enter(
    socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    connection: Connection,
  ): void {
    this.sockets.set(socket.id, socket);
    const pid = pidOf(socket);
    if (pid !== undefined) this.#present.set(pid, socket);
    connection.joined(socket);
  }

  #announce(socket: AnySocket): void {
    for (const event of ["connect", "connection"]) {
      fire<AnyNamespace>(this, event, [socket], (nsp, error) => {
        nsp.#host.report(error, socket, event);
      });
    }
  }

  async #close(): Promise<void> {
    this.#deleted = true;
    for (const socket of [...this.sockets.values()]) socket.disconnect();
    this.#host.deleted?.(this);
    try {
      await this.#closeAdapter();
    } catch (error) {
      this.#host.report(error, undefined, "close");
    }
  }

  static {
    nextAckId = (nsp) => nsp.#acks++;
    encodeShared = (nsp, packet, compress) => encodeForMany(nsp.#host.encoder, packet, compress);
    join = (nsp, connection, auth) => nsp.#join(connection, auth);
    middlewaresOf = (nsp) => nsp.#middlewares;
    receiveServerSideEvent = (nsp, event) => nsp.#receiveServerSideEvent(event);
    reportFault = (nsp, error, event) => nsp.#host.report(error, undefined, event);
    replaceAdapter = (nsp) => nsp.#replaceAdapter();
    reopenAdapter = (nsp) => nsp.#createAdapter();
    closeAdapter = (nsp) => nsp.#closeAdapter();
    closeNamespace = (nsp) => nsp.#close();
    isIdle = (nsp) => nsp.#isIdle;
    resumeClient = (nsp, connection, auth, session) => nsp.#resume(connection, auth, session);
    announce = (nsp, socket) => nsp.#announce(socket);
  }
}
