import type { DefaultEventsMap, EventsMap, Untyped } from "../base/events.ts";
import type { Packet } from "../wire/socket_packet.ts";
import { Adapter, type BroadcastOptions, type Room, type SocketId } from "./adapter.ts";
import { type AnyNamespace, middlewaresOf, Namespace, type NamespaceHost } from "./namespace.ts";
import type { PathPattern } from "./path_pattern.ts";

/** A parent namespace, whatever its events. */
export type AnyParentNamespace = ParentNamespace<Untyped, Untyped, Untyped, Untyped>;

/** What a parent namespace needs of its server. */
export interface ParentNamespaceHost extends NamespaceHost {
  /** Whether children without sockets are removed. */
  readonly cleanup: boolean;
  /** A child was made. */
  added(child: AnyNamespace): void;
  /** A child is not used any more. */
  removed(child: AnyNamespace): void;
}

/**
 * What `io.of()` gives for a regular expression or a function: it has no sockets itself, but a child for each name that
 * clients ask for and that it accepts. Its middlewares and its listeners of `connection` are those of each child made
 * after them; what it sends goes to all children.
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 *
 * const io = new Server();
 * const workspaces = io.of(/^\/workspace-\d+$/);
 * workspaces.use((socket, next) => next(socket.handshake.auth.token ? undefined : new Error("who?")));
 * workspaces.on("connection", (socket) => socket.emit("hello", socket.nsp.name));
 * workspaces.emit("news", "to the clients of all workspaces");
 * ```
 */
export class ParentNamespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  readonly #host: ParentNamespaceHost;
  readonly #childHost: NamespaceHost;
  readonly #pattern: PathPattern | undefined;
  readonly #children = new Set<
    Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >();

  /** Parent namespaces are made by {@link Server.of}. */
  constructor(
    host: ParentNamespaceHost,
    server: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>["server"],
    name: string,
    pattern?: PathPattern,
  ) {
    super(
      { ...host, createAdapter: (nsp) => new ParentAdapter(nsp as AnyParentNamespace) },
      server,
      name,
    );
    this.#host = host;
    this.#pattern = pattern;
    const deleted = (child: AnyNamespace) => void this.#children.delete(child);
    const emptied = (child: AnyNamespace) => {
      this.#children.delete(child);
      host.removed(child);
    };
    this.#childHost = host.cleanup ? { ...host, deleted, emptied } : { ...host, deleted };
  }

  /** The namespaces it has made. */
  get children(): ReadonlySet<
    Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  > {
    return this.#children;
  }

  /** Makes a child, whether or not the name is one that clients may ask for. */
  createChild(
    name: string,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const child = new Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>(
      this.#childHost,
      this.server,
      name,
      this.#pattern?.params(name),
    );
    for (const middleware of middlewaresOf(this)) child.use(middleware);
    for (const event of ["connect", "connection"] as const) {
      for (const listener of this.listeners(event)) child.on(event, listener);
    }
    this.#children.add(child);
    this.#host.added(child);
    return child;
  }

  /**
   * Not possible: other servers may have other children.
   *
   * @throws {Error} always
   */
  override fetchSockets(): never {
    throw noSnapshot();
  }
}

function noSnapshot(): Error {
  return new Error("fetchSockets() is not supported on parent namespaces");
}

/** Does to the children what it is asked to do. */
class ParentAdapter extends Adapter {
  readonly #parent: AnyParentNamespace;

  constructor(nsp: AnyParentNamespace) {
    super(nsp);
    this.#parent = nsp;
  }

  override async serverCount(): Promise<number> {
    const counts = await Promise.all(this.#adapters.map((it) => it.serverCount()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  override broadcast(packet: Packet, opts: BroadcastOptions): void {
    for (const adapter of this.#adapters) adapter.broadcast(addressed(packet, adapter), opts);
  }

  override broadcastWithAck(
    packet: Packet,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: (response: unknown, id?: SocketId) => void,
    lost?: () => void,
  ): () => void {
    const stops = this.#adapters.map((it) =>
      it.broadcastWithAck(addressed(packet, it), opts, clientCountCallback, ack, lost)
    );
    return () => {
      for (const stop of stops) stop?.();
    };
  }

  override async sockets(rooms: Set<Room>): Promise<Set<SocketId>> {
    const ids = await Promise.all(this.#adapters.map((it) => it.sockets(rooms)));
    return new Set(ids.flatMap((it) => [...it]));
  }

  override fetchSockets(): Promise<never> {
    return Promise.reject(noSnapshot());
  }

  override addSockets(opts: BroadcastOptions, rooms: Room[]): void {
    for (const adapter of this.#adapters) adapter.addSockets(opts, rooms);
  }

  override delSockets(opts: BroadcastOptions, rooms: Room[]): void {
    for (const adapter of this.#adapters) adapter.delSockets(opts, rooms);
  }

  override disconnectSockets(opts: BroadcastOptions, close: boolean): void {
    for (const adapter of this.#adapters) adapter.disconnectSockets(opts, close);
  }

  get #adapters(): Adapter[] {
    return [...this.#parent.children].map((it) => it.adapter);
  }
}

function addressed(packet: Packet, { nsp }: Adapter): Packet {
  return { ...packet, nsp: nsp.name };
}
