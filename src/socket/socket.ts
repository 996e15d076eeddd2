import { timeLimit } from "../base/checks.ts";
import { DisconnectedError } from "../base/errors.ts";
import { call, fire, fireEvent } from "../base/emitter.ts";
import type {
  AllButLast,
  AnyListener,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  TypedEventBroadcaster,
  Untyped,
} from "../base/events.ts";
import { randomId } from "../base/ids.ts";
import { log } from "../base/log.ts";
import type { CloseDetails } from "../engine/transport.ts";
import type { EngineSocket } from "../engine/engine_socket.ts";
import type { Frame } from "../wire/frame.ts";
import { type Packet, PacketType } from "../wire/socket_packet.ts";
import { type AckHandler, Acks } from "./acks.ts";
import type { Adapter, BroadcastFlags, PrivateSessionId, Room, SocketId } from "./adapter.ts";
import { callAll, CatchAll, incomingListeners, outgoingListeners } from "./catch_all.ts";
import type { Client, Connection } from "./connection.ts";
import { encodeMembers, encodePacket } from "./encode_packet.ts";
import { type Auth, describeHandshake, type Handshake } from "./handshake.ts";
import { newSocketId, welcome } from "./legacy.ts";
import { EventFilter } from "./event_filter.ts";
import type { Middleware } from "./middleware.ts";
import type { Namespace, SocketHost } from "./namespace.ts";
import { checkRooms } from "./room_limit.ts";
import { isRecoverable } from "./recovery.ts";
import type { DisconnectReason, Event, SocketReservedEventsMap } from "./socket_events.ts";
import { BroadcastOperator, checkEventName } from "./operator.ts";
import type { SocketState } from "./socket_state.ts";

/** A socket, whatever its events. */
export type AnySocket = Socket<Untyped, Untyped, Untyped, Untyped>;

/** Tells a socket that it is connected; the client gets the events that it has missed, and learns its id. */
export let openSocket: (socket: AnySocket, missed: readonly unknown[][]) => void;
/** Tells a socket that it still is connected, in a later life of the server; the client has not noticed. */
export let resumeSocket: (socket: AnySocket) => void;
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
/** Sends an event that is encoded already; `false` if it was dropped. */
export let write: (socket: AnySocket, packet: Packet, frame: Frame, volatile: boolean) => boolean;
/** Sends a frame to a socket; `false` if it was dropped. */
export let writeFrame: (socket: AnySocket, frame: Frame, volatile: boolean) => boolean;
/** Tells the listeners for outgoing events about one. */
export let notifyOutgoing: (socket: AnySocket, packet: Packet) => void;
/** Waits for the acknowledgement of an event. */
export let expectAck: (
  socket: AnySocket,
  id: number,
  handler: AckHandler,
  timeout: number | undefined,
) => void;
/** Stops waiting for an acknowledgement. */
export let dropAck: (socket: AnySocket, id: number) => void;
/** The secret that the client of a socket comes back with, if clients may. */
export let pidOf: (socket: AnySocket) => PrivateSessionId | undefined;
/** Ends the connection of a socket, as if its client had gone. */
export let loseSocket: (socket: AnySocket, description: string) => void;
/** Whether acknowledgements are under way, or events in middlewares. */
export let isBusy: (socket: AnySocket) => boolean;

// Not a field: few sockets have listeners that ask.
const lastRooms = new WeakMap<AnySocket, Set<Room>>();

const NO_FLAGS: Readonly<BroadcastFlags> = Object.freeze({});

function onFault(socket: AnySocket, error: unknown, event: string | symbol): void {
  hostOf(socket).report(error, socket, event);
}

let hostOf: (socket: AnySocket) => SocketHost;

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
> extends CatchAll<ListenEvents, SocketReservedEventsMap>
  implements TypedEventBroadcaster<EmitEvents> {
  /** Its id: public, unlike that of the connection. Also the name of a room that only this socket is in. */
  readonly id: SocketId;
  /** Its namespace. */
  readonly nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** Whether its state was restored after a loss of the connection. */
  readonly recovered: boolean;
  /** Whatever the application wants to keep; other servers see it through `fetchSockets()`. */
  data: SocketData;

  readonly #host: SocketHost;
  readonly #connection: Connection;
  readonly #auth: Auth | undefined;
  /** The secret that the client comes back with, if clients may. */
  readonly #pid: PrivateSessionId | undefined;
  readonly #issued: number;
  #state: "connecting" | "connected" | "disconnected" = "connecting";
  /** Whether the listeners of `disconnecting` run; it still is connected then. */
  #closing = false;
  #reason = "refused";
  #handshake: Handshake | undefined;
  #flags: BroadcastFlags = NO_FLAGS;
  #acks: Acks | undefined;
  /** How many acknowledgements the client waits for. */
  #owed = 0;
  #filter: EventFilter<Event> | undefined;
  /** What was sent before the client was told that it is connected. */
  #early: { readonly message: string | Frame; readonly compress: boolean }[] | undefined;

  /** Sockets are made when clients connect. */
  constructor(
    host: SocketHost,
    nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    connection: Connection,
    auth: Auth | undefined,
    session: SocketState | null = null,
  ) {
    super();
    this.#host = host;
    this.nsp = nsp;
    this.#connection = connection;
    this.#auth = auth;
    this.#issued = session?.issued ?? Date.now();
    this.recovered = session !== null;
    this.id = session?.sid ?? newSocketId(connection.conn, nsp.name);
    this.data = (session?.data ?? {}) as SocketData;
    if (nsp.server.opts.connectionStateRecovery !== undefined) {
      this.#pid = session?.pid ?? randomId();
    }
    if (session !== null) this.join(session.rooms);
  }

  /** Whether it is connected: after its middlewares, until it is disconnected. */
  get connected(): boolean {
    return this.#state === "connected";
  }

  /** Whether it is not connected. */
  get disconnected(): boolean {
    return this.#state !== "connected";
  }

  /** How it came to be. */
  get handshake(): Handshake {
    return this.#handshake ??= describeHandshake(
      this.#connection.conn.handshake,
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
    return this.#connection;
  }

  /** The Engine.IO connection under it. */
  get conn(): EngineSocket {
    return this.#connection.conn;
  }

  /** The first request of the connection. */
  get request(): Request {
    return this.#connection.conn.request;
  }

  /** The adapter of its namespace. */
  get adapter(): Adapter {
    return this.nsp.adapter;
  }

  /**
   * Sends an event to the client. With a function as the last argument, the client may acknowledge it: the function is
   * called with what it answers, after `timeout()` with an error or `null` before that. A client that leaves does not
   * answer: after `timeout()` that is an error, without it the function is dropped.
   *
   * @returns `true`
   * @throws {Error} if the name of the event is reserved
   */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean;
  // As one list, which is what is sent.
  emit(...data: unknown[]): boolean {
    const ev = data[0] as string;
    checkEventName(ev);
    const { timeout } = this.#flags;
    const ack = typeof data.at(-1) === "function" ? data.pop() as AnyListener : undefined;
    if (ack === undefined) return this.#send(data, undefined, undefined);
    const settle: AckHandler = (error, answer) => {
      if (timeout !== undefined) call(this, ack, [error, ...answer], ev, onFault);
      else if (error === null) call(this, ack, answer, ev, onFault);
    };
    return this.#send(data, settle, timeout);
  }

  /**
   * Sends an event to the client and waits for its acknowledgement.
   *
   * @returns what the client answered
   * @throws {AckTimeoutError} if that takes longer than `timeout()` allows
   * @throws {DisconnectedError} if the client leaves first
   */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    const { timeout } = this.#flags;
    return new Promise((resolve, reject) => {
      checkEventName(ev);
      this.#send([ev, ...args], (error, answer) => {
        if (error === null) resolve(answer[0] as never);
        else reject(error);
      }, timeout);
    });
  }

  /** Sends the event `message`. */
  send(...args: EventParams<EmitEvents, "message">): this {
    this.emit("message" as never, ...args as never);
    return this;
  }

  /** Same as {@link Socket.send}. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /**
   * Limits the wait for the acknowledgement of the next event, in milliseconds. Without it there is no limit.
   *
   * @throws {RangeError} if it is below 0, or above 2147483647, the longest that a timer can wait
   */
  timeout(
    timeout: number,
  ): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData> {
    return this.#flag({ timeout: timeLimit(timeout) }) as unknown as Socket<
      ListenEvents,
      DecorateAcknowledgements<EmitEvents>,
      ServerSideEvents,
      SocketData
    >;
  }

  /** Lets the next event be dropped if the client cannot take it now: it polls, or is slow. */
  get volatile(): this {
    return this.#flag({ volatile: true });
  }

  /** Says whether a transport that compresses should compress the next event. */
  compress(compress: boolean): this {
    return this.#flag({ compress });
  }

  /** All sockets of the namespace but this one. */
  get broadcast(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.#operator();
  }

  /** All sockets of the namespace on this server but this one. */
  get local(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    return this.#operator().local;
  }

  /** The sockets of rooms but this one; see {@link BroadcastOperator.to}. */
  to(
    room: Room | Room[],
  ): BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, SocketData> {
    return this.#operator().to(room);
  }

  /** Same as {@link Socket.to}. */
  in(
    room: Room | Room[],
  ): BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, SocketData> {
    return this.#operator().to(room);
  }

  /** All sockets but this one and those of rooms; see {@link BroadcastOperator.except}. */
  except(
    room: Room | Room[],
  ): BroadcastOperator<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, SocketData> {
    return this.#operator().except(room);
  }

  /**
   * Adds the socket to rooms.
   *
   * @returns a promise if the adapter needs time
   * @throws {RangeError} if these would be more than `maxRooms`
   */
  join(room: Room | Room[]): Promise<void> | void {
    if (this.#state === "disconnected") return;
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
    if (this.#state !== "connected" || this.#closing) return this;
    if (close) this.#connection.disconnect();
    else {
      this.#connection.leave(this.nsp.name);
      this.#write({ type: PacketType.DISCONNECT, nsp: this.nsp.name });
      this.#close("server namespace disconnect", undefined);
    }
    return this;
  }

  /**
   * Waits until the client has read so much that it may be sent more: no more than 64 KiB wait for it.
   *
   * @throws {DisconnectedError} if the client leaves first
   *
   * @example
   * ```ts
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * io.on("connection", async (socket) => {
   *   for (let row = 0; row < 1_000_000; row++) {
   *     socket.emit("row", row);
   *     await socket.drained();
   *   }
   * });
   * ```
   */
  async drained(): Promise<void> {
    await this.#connection.conn.drained();
    if (this.disconnected) throw new DisconnectedError(this.#reason);
  }

  /**
   * Adds a middleware that each event of the client passes before its listeners. What a middleware refuses with goes to
   * the event `error`. Events stay in order: behind an asynchronous middleware, the next ones wait.
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

  #flag(flags: BroadcastFlags): this {
    this.#flags = { ...this.#flags, ...flags };
    return this;
  }

  #takeFlags(): Readonly<BroadcastFlags> {
    const flags = this.#flags;
    this.#flags = NO_FLAGS;
    return flags;
  }

  #operator(): BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
    SocketData
  > {
    const except = new Set([this.id]);
    return new BroadcastOperator(this.adapter, new Set(), except, this.#takeFlags());
  }

  #send(data: unknown[], settle: AckHandler | undefined, timeout: number | undefined): true {
    const flags = this.#takeFlags();
    if (settle !== undefined) timeout ??= this.#host.ackLimit();
    if (this.#pid !== undefined && this.#state !== "connecting") {
      return this.#sendKept(data, flags, settle, timeout);
    }
    if (this.#state === "disconnected") {
      settle?.(new DisconnectedError(this.#reason), []);
      return true;
    }
    const id = settle === undefined ? undefined : this.#host.nextAckId();
    // Encoded first: data that cannot be is an error of the caller's, and must leave nothing behind.
    const compress = flags.compress !== false;
    const { encoder } = this.#host;
    const message = encodeMembers(encoder, PacketType.EVENT, this.nsp.name, id, data, compress);
    if (settle !== undefined) this.#expect(id!, settle, timeout);
    this.#tellOutgoing(data);
    const volatile = flags.volatile === true;
    if (this.#state === "connected") this.#connection.send(message, compress, volatile);
    else if (!volatile && this.#state === "connecting") {
      (this.#early ??= []).push({ message, compress });
    }
    return true;
  }

  // Through the adapter, which keeps it for the time after a loss.
  #sendKept(
    data: unknown[],
    flags: BroadcastFlags,
    settle: AckHandler | undefined,
    timeout: number | undefined,
  ): true {
    const packet: Packet = { type: PacketType.EVENT, nsp: this.nsp.name, data };
    if (settle !== undefined) {
      if (this.#state === "disconnected") {
        settle(new DisconnectedError(this.#reason), []);
        return true;
      }
      packet.id = this.#host.nextAckId();
      this.#expect(packet.id, settle, timeout);
    }
    try {
      this.adapter.broadcast(packet, { rooms: new Set([this.id]), except: new Set(), flags });
    } catch (error) {
      if (packet.id !== undefined) this.#acks?.drop(packet.id);
      throw error;
    }
    return true;
  }

  #expect(id: number, handler: AckHandler, timeout: number | undefined): void {
    const acks = this.#acks ??= new Acks();
    acks.add(id, handler, timeout);
    const { maxPendingAcks } = this.nsp.server.opts;
    if (acks.size > maxPendingAcks) {
      this.#connection.violate(`too many pending acks (maxPendingAcks is ${maxPendingAcks})`);
    }
  }

  #write(packet: Packet): void {
    this.#connection.send(encodePacket(this.#host.encoder, packet, true), true, false);
  }

  #emitFrame(packet: Packet, frame: Frame, volatile: boolean): boolean {
    this.#tellOutgoing(packet.data as unknown[]);
    return this.#connection.write(frame, volatile);
  }

  #tellOutgoing(event: unknown[]): void {
    const listeners = outgoingListeners(this);
    if (listeners !== undefined) callAll(this, listeners, event, onFault);
  }

  #open(missed: readonly unknown[][]): void {
    this.#state = "connected";
    const nsp = this.nsp.name;
    const data = welcome(this.#connection.conn, this.id, this.#pid);
    this.#write({ type: PacketType.CONNECT, nsp, data });
    // Not before: a client that hears no more than them would keep them, and get them once more when it is back.
    for (const event of missed) this.#write({ type: PacketType.EVENT, nsp, data: event });
    for (const { message, compress } of this.#early ?? []) {
      this.#connection.send(message, compress, false);
    }
    this.#early = undefined;
    // Not before: those who hear of the room may send to it. A client that reads too slowly may be gone.
    if (this.connected) this.adapter.addAll(this.id, new Set([this.id]));
  }

  #resume(): void {
    this.#state = "connected";
    this.adapter.addAll(this.id, new Set([this.id]));
  }

  get #saved(): SocketState {
    const { id: sid, data } = this;
    const [pid, auth, issued] = [this.#pid, this.#auth, this.#issued];
    return { sid, pid, auth, issued, rooms: [...this.rooms], data };
  }

  #dispatch(packet: Packet): void {
    switch (packet.type) {
      case PacketType.EVENT:
      case PacketType.BINARY_EVENT:
        return this.#onEvent(packet.data as unknown[], packet.id);
      case PacketType.ACK:
      case PacketType.BINARY_ACK:
        return this.#acks?.settle(packet.id!, packet.data as unknown[]);
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
      this.#connection.violate(`too many events wait (maxWaitingEvents is ${maxWaitingEvents})`);
    }
  }

  #ackOf(id: number): AnyListener {
    let sent = false;
    this.#owed++;
    return (...args: unknown[]) => {
      if (sent || this.#state !== "connected") return;
      sent = true;
      this.#owed--;
      this.#connection.acknowledge(this.nsp.name, id, args);
    };
  }

  #deliver(event: unknown[]): void {
    if (this.#state !== "connected") return;
    // No function but an acknowledgement comes from a client.
    const last = this.#host.ackReturnValues ? event.at(-1) : undefined;
    const answer = typeof last === "function" ? last as AnyListener : undefined;
    fireEvent<AnySocket>(this, event, onFault, answer);
  }

  #fail(error: unknown): void {
    fire<AnySocket>(this, "error", [error], onFault);
  }

  #close(reason: DisconnectReason, details: CloseDetails | undefined): void {
    if (this.#state !== "connected" || this.#closing) return;
    log("socket.io:socket", "closed: %s", reason);
    this.#closing = true;
    this.#reason = reason;
    fire<AnySocket>(this, "disconnecting", [reason, details], onFault);
    if (isRecoverable(reason)) this.#keep();
    if (this.listenerCount("disconnect") > 0) lastRooms.set(this, new Set(this.rooms));
    this.#connection.remove(this);
    this.#abandon();
    fire<AnySocket>(this, "disconnect", [reason, details], onFault);
  }

  #keep(): void {
    if (this.#pid === undefined) return;
    const session = { sid: this.id, pid: this.#pid, rooms: [...this.rooms], data: this.data };
    const persist = async () => await this.adapter.persistSession(session);
    this.#host.keeping(persist().catch((error) => onFault(this, error, "disconnect")));
  }

  get #isBusy(): boolean {
    return this.#owed > 0 || (this.#acks?.size ?? 0) > 0 || (this.#filter?.size ?? 0) > 0;
  }

  #abandon(): void {
    this.#state = "disconnected";
    this.#early = undefined;
    this.#acks?.close(this.#reason);
    this.adapter.delAll(this.id);
    this.#host.removed(this);
  }

  static {
    openSocket = (socket, missed) => socket.#open(missed);
    resumeSocket = (socket) => socket.#resume();
    stateOf = (socket) => socket.#saved;
    dispatch = (socket, packet) => socket.#dispatch(packet);
    dispatchEvent = (socket, event, id) => socket.#onEvent(event, id);
    closeSocket = (socket, reason, details) => socket.#close(reason, details);
    abandonSocket = (socket) => socket.#abandon();
    keepSocket = (socket) => socket.#keep();
    failSocket = (socket, error) => socket.#fail(error);
    write = (socket, packet, frame, volatile) => socket.#emitFrame(packet, frame, volatile);
    writeFrame = (socket, frame, volatile) => socket.#connection.write(frame, volatile);
    notifyOutgoing = (socket, packet) => socket.#tellOutgoing(packet.data as unknown[]);
    expectAck = (socket, id, handler, timeout) => socket.#expect(id, handler, timeout);
    dropAck = (socket, id) => socket.#acks?.drop(id);
    pidOf = (socket) => socket.#pid;
    loseSocket = (socket, description) => socket.#connection.conn.transportClosed({ description });
    isBusy = (socket) => socket.#isBusy;
    hostOf = (socket) => socket.#host;
  }
}
