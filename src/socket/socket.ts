import { fire, fireEvent } from "../base/emitter.ts";
import type { AnyListener, DefaultEventsMap, EventsMap, Untyped } from "../base/events.ts";
import { randomId } from "../base/ids.ts";
import { log } from "../base/log.ts";
import type { CloseDetails } from "../engine/transport.ts";
import type { EngineSocket } from "../engine/engine_socket.ts";
import { type Packet, PacketType } from "../wire/socket_packet.ts";
import type { Room } from "./adapter.ts";
import { callAll, incomingListeners } from "./catch_all.ts";
import type { Client, Connection } from "./connection.ts";
import { type Auth, describeHandshake, type Handshake } from "./handshake.ts";
import { newSocketId } from "./legacy.ts";
import { EventFilter } from "./event_filter.ts";
import type { Middleware } from "./middleware.ts";
import type { Namespace, SocketHost } from "./namespace.ts";
import { checkRooms } from "./limits/room_limit.ts";
import { isRecoverable } from "./recovery/recovery.ts";
import {
  awaitsAcks,
  connectionOf,
  endSender,
  hasEnded,
  hostOf,
  isStaying,
  onFault,
  pidOf,
  Sender,
  sendPacket,
  settleAck,
  startLeaving,
} from "./sender.ts";
import type { DisconnectReason, Event } from "./socket_events.ts";
import type { SocketState } from "./recovery/socket_state.ts";

/** A socket, whatever its events. */
export type AnySocket = Socket<Untyped, Untyped, Untyped, Untyped>;

/** What is to be known of a socket to go on with it. */
export let stateOf: (socket: AnySocket) => SocketState;
/** Hands a packet of the client's to its socket. */
export let dispatch: (socket: AnySocket, packet: Packet) => void;
/** Hands an event of the client's to its socket: its name, and the arguments. */
export let dispatchEvent: (socket: AnySocket, event: unknown[], id: number | undefined) => void;
/** Tells a socket that it is disconnected. */
export let closeSocket: (
  socket: AnySocket,
  reason: DisconnectReason,
  details: CloseDetails | undefined,
) => void;
/** Gives up a socket that never was connected. */
export let abandonSocket: (socket: AnySocket) => void;
/** Keeps the state of a socket for its client's return. */
export let keepSocket: (socket: AnySocket) => void;
/** Tells the listeners of a socket about an error on its connection. */
export let failSocket: (socket: AnySocket, error: unknown) => void;
/** Ends the connection of a socket, as if its client had gone. */
export let loseSocket: (socket: AnySocket, description: string) => void;
/** Whether acknowledgements are under way, or events in middlewares. */
export let isBusy: (socket: AnySocket) => boolean;

// Not a field: few sockets have listeners that ask.
const lastRooms = new WeakMap<AnySocket, Set<Room>>();

/**
 * One client in one namespace.
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 *
 * const io = new Server();
 * io.on("connection", (socket) => {
 *   socket.join("lobby");
 *   socket.to("lobby").emit("joined", socket.id);
 *   socket.on("hello", (name, ack) => ack(`hi ${name}`));
 *   socket.on("disconnect", (reason) => console.log(reason));
 * });
 * ```
 */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = Untyped,
> extends Sender<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  #filter: EventFilter<Event> | undefined;
  /** Whether its state was restored after a loss of the connection. */
  readonly recovered: boolean;
  /** Whatever the application wants to keep; other servers see it through `fetchSockets()`. */
  data: SocketData;

  readonly #auth: Auth | undefined;
  readonly #issued: number;
  #handshake: Handshake | undefined;
  /** How many acknowledgements the client waits for. */
  #owed = 0;

  /** Sockets are made when clients connect. */
  constructor(
    host: SocketHost,
    nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    connection: Connection,
    auth: Auth | undefined,
    session: SocketState | null = null,
  ) {
    const pid = nsp.server.opts.connectionStateRecovery && (session?.pid ?? randomId());
    super(host, nsp, connection, session?.sid ?? newSocketId(connection.conn, nsp.name), pid);
    this.#auth = auth;
    this.#issued = session?.issued ?? Date.now();
    this.recovered = session !== null;
    this.data = (session?.data ?? {}) as SocketData;
    // Not by join(): the limit may be lower by now, and middlewares may fill it before the own room.
    if (session !== null) void this.adapter.addAll(this.id, new Set(session.rooms));
  }

  /** How it came to be. */
  get handshake(): Handshake {
    return this.#handshake ??= describeHandshake(
      connectionOf(this).conn.handshake,
      this.#auth,
      this.#issued,
    );
  }

  /** The rooms it is in; in its listeners of `disconnect`, those it was in. */
  get rooms(): Set<Room> {
    return this.adapter.socketRooms(this.id) ?? lastRooms.get(this) ?? new Set();
  }

  /** The connection, shared by the sockets of several namespaces. */
  get client(): Client {
    return connectionOf(this);
  }

  /** The Engine.IO connection under it. */
  get conn(): EngineSocket {
    return connectionOf(this).conn;
  }

  /** The first request of the connection. */
  get request(): Request {
    return this.conn.request;
  }

  /**
   * Adds the socket to rooms.
   *
   * @returns a promise if the adapter needs time
   * @throws {RangeError} if these would be more than `maxRooms`
   */
  join(room: Room | Room[]): Promise<void> | void {
    if (hasEnded(this)) return;
    const rooms = new Set([room].flat());
    checkRooms(this.adapter.socketRooms(this.id), rooms, this.nsp.server.opts.maxRooms);
    return this.adapter.addAll(this.id, rooms);
  }

  /**
   * Takes the socket out of a room.
   *
   * @returns a promise if the adapter needs time
   */
  leave(room: Room): Promise<void> | void {
    return this.adapter.del(this.id, room);
  }

  /**
   * Disconnects the client.
   *
   * @param close whether to close the connection, with all its namespaces
   */
  disconnect(close = false): this {
    if (!isStaying(this)) return this;
    if (close) connectionOf(this).disconnect();
    else {
      connectionOf(this).leave(this.nsp.name);
      sendPacket(this, { type: PacketType.DISCONNECT, nsp: this.nsp.name });
      this.#close("server namespace disconnect", undefined);
    }
    return this;
  }

  /**
   * Adds a middleware that each event of the client passes before its listeners. What a middleware refuses with goes to
   * the event `error`. Events stay in order: behind an asynchronous middleware, the next ones wait.
   *
   * @throws {TypeError} if it is not a function
   *
   * @example
   * ```ts
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket.use(([event], next) => event === "secret" ? next(new Error("no")) : next());
   *   socket.on("error", (error) => console.log(error.message));
   * });
   * ```
   */
  use(fn: Middleware<Event>): this {
    this.#filter ??= new EventFilter({
      passed: (event) => this.#deliver(event),
      refused: (error) => this.#fail(error),
    });
    this.#filter.use(fn);
    return this;
  }

  get #saved(): SocketState {
    const { id: sid, data } = this;
    const [pid, auth, issued] = [pidOf(this), this.#auth, this.#issued];
    return { sid, pid, auth, issued, rooms: [...this.rooms], data };
  }

  #dispatch(packet: Packet): void {
    switch (packet.type) {
      case PacketType.EVENT:
      case PacketType.BINARY_EVENT:
        return this.#onEvent(packet.data as unknown[], packet.id);
      case PacketType.ACK:
      case PacketType.BINARY_ACK:
        return settleAck(this, packet.id!, packet.data as unknown[]);
      case PacketType.DISCONNECT:
        return this.#close("client namespace disconnect", undefined);
    }
  }

  #onEvent(event: unknown[], id: number | undefined): void {
    if (id !== undefined) event.push(this.#ackOf(id));
    const listeners = incomingListeners(this);
    if (listeners !== undefined) callAll(this, listeners, event, onFault);
    const filter = this.#filter;
    if (filter === undefined) return this.#deliver(event);
    filter.add(event as Event);
    const { maxWaitingEvents } = this.nsp.server.opts;
    if (filter.size > maxWaitingEvents) {
      connectionOf(this).violate(`too many events wait (maxWaitingEvents is ${maxWaitingEvents})`);
    }
  }

  #ackOf(id: number): AnyListener {
    let sent = false;
    this.#owed++;
    return (...args: unknown[]) => {
      if (sent || !this.connected) return;
      // First: where it throws, the handler may still answer that it has failed.
      connectionOf(this).acknowledge(this.nsp.name, id, args);
      sent = true;
      this.#owed--;
    };
  }

  #deliver(event: unknown[]): void {
    if (!this.connected) return;
    // No function but an acknowledgement comes from a client.
    const last = hostOf(this).ackReturnValues ? event.at(-1) : undefined;
    const answer = typeof last === "function" ? last as AnyListener : undefined;
    fireEvent<AnySocket>(this, event, onFault, answer);
  }

  #fail(error: unknown): void {
    fire<AnySocket>(this, "error", [error], onFault);
  }

  #close(reason: DisconnectReason, details: CloseDetails | undefined): void {
    if (!startLeaving(this)) return;
    log("socket.io:socket", "closed: %s", reason);
    fire<AnySocket>(this, "disconnecting", [reason, details], onFault);
    if (isRecoverable(reason)) this.#keep();
    if (this.listenerCount("disconnect") > 0) lastRooms.set(this, new Set(this.rooms));
    connectionOf(this).remove(this);
    this.#abandon(reason);
    fire<AnySocket>(this, "disconnect", [reason, details], onFault);
  }

  #keep(): void {
    const pid = pidOf(this);
    if (pid === undefined) return;
    const session = { sid: this.id, pid, rooms: [...this.rooms], data: this.data };
    const persist = async () => await this.adapter.persistSession(session);
    hostOf(this).keeping(persist().catch((error) => onFault(this, error, "disconnect")));
  }

  get #isBusy(): boolean {
    return this.#owed > 0 || awaitsAcks(this) || (this.#filter?.size ?? 0) > 0;
  }

  #abandon(reason: string): void {
    endSender(this, reason);
    this.adapter.delAll(this.id);
    hostOf(this).removed(this);
  }

  static {
    stateOf = (socket) => socket.#saved;
    dispatch = (socket, packet) => socket.#dispatch(packet);
    dispatchEvent = (socket, event, id) => socket.#onEvent(event, id);
    closeSocket = (socket, reason, details) => socket.#close(reason, details);
    abandonSocket = (socket) => socket.#abandon("refused");
    keepSocket = (socket) => socket.#keep();
    failSocket = (socket, error) => socket.#fail(error);
    loseSocket = (socket, description) =>
      connectionOf(socket).conn.transportClosed({ description });
    isBusy = (socket) => socket.#isBusy;
  }
}
