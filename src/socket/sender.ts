import { timeLimit } from "../base/checks.ts";
import { call } from "../base/emitter.ts";
import { DisconnectedError } from "../base/errors.ts";
import type {
  AllButLast,
  AnyListener,
  DecorateAcknowledgements,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  TypedEventBroadcaster,
  Untyped,
} from "../base/events.ts";
import type { Session } from "../engine/session.ts";
import type { Frame } from "../wire/frame.ts";
import { type Packet, packetOf, PacketType } from "../wire/socket_packet.ts";
import { type AckHandler, Acks } from "./acks.ts";
import type { Adapter, BroadcastFlags, PrivateSessionId, Room, SocketId } from "./adapter.ts";
import { callAll, CatchAll, outgoingListeners } from "./catch_all.ts";
import type { Connection } from "./connection.ts";
import { encodeMembers, encodePacket } from "./encode_packet.ts";
import { welcome } from "./legacy.ts";
import type { Namespace, SocketHost } from "./namespace.ts";
import { BroadcastOperator, checkEventName, type Recipients } from "./operator.ts";
import { sendFrame, sendMessage } from "./send.ts";
import type { Socket } from "./socket.ts";
import type { SocketReservedEventsMap } from "./socket_events.ts";

/** A sender, whatever its events. */
export type AnySender = Sender<Untyped, Untyped, Untyped, Untyped>;

/** Tells a client that it is connected; it gets the events that it has missed, and learns its id. */
export let openSender: (sender: AnySender, missed: readonly (unknown[] | Frame)[]) => void;
/** Goes on with a client that has not noticed that the server was away. */
export let resumeSender: (sender: AnySender) => void;
/** The listeners of `disconnecting` run from now on; `false` if they do already, or it is not connected. */
export let startLeaving: (sender: AnySender) => boolean;
/** Whether it is connected, and not leaving. */
export let isStaying: (sender: AnySender) => boolean;
/** Sends no more; whoever waits for an acknowledgement learns why. */
export let endSender: (sender: AnySender, reason: string) => void;
/** Whether nothing is sent any more. */
export let hasEnded: (sender: AnySender) => boolean;
/** Sends a packet of the protocol. */
export let sendPacket: (sender: AnySender, packet: Packet) => void;
/** Sends an event that is encoded already; `false` if it was dropped. */
export let write: (sender: AnySender, packet: Packet, frame: Frame, volatile: boolean) => boolean;
/** Tells the listeners for outgoing events about one. */
export let notifyOutgoing: (sender: AnySender, packet: Packet) => void;
/** Waits for the acknowledgement of an event. */
export let expectAck: (
  sender: AnySender,
  id: number,
  handler: AckHandler,
  timeout: number | undefined,
) => void;
/** Takes an acknowledgement of the client's. */
export let settleAck: (sender: AnySender, id: number, answer: unknown[]) => void;
/** Stops waiting for an acknowledgement; `false` if there was none to wait for any more. */
export let dropAck: (sender: AnySender, id: number) => boolean;
/** Whether acknowledgements are under way. */
export let awaitsAcks: (sender: AnySender) => boolean;
/** The secret that a client comes back with, if clients may. */
export let pidOf: (sender: AnySender) => PrivateSessionId | undefined;
/** What a client's packets go through. */
export let connectionOf: (sender: AnySender) => Connection;
/** What a socket knows of its namespace. */
export let hostOf: (sender: AnySender) => SocketHost;

const NO_FLAGS: Readonly<BroadcastFlags> = Object.freeze({});

/** Reports what a handler has thrown. */
export function onFault(sender: AnySender, error: unknown, event: string | symbol): void {
  hostOf(sender).report(error, sender, event);
}

/**
 * What a socket sends, to its client and to others.
 *
 * | it is        | an event to the client                                                       |
 * | ------------ | ---------------------------------------------------------------------------- |
 * | connecting   | waits for the end of the middlewares                                         |
 * | connected    | is sent; through the adapter, if it is to be kept for the time after a loss  |
 * | leaving      | the same: listeners of `disconnecting` may still send                        |
 * | disconnected | is dropped, or kept; who asks for an acknowledgement gets an error           |
 */
export abstract class Sender<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends CatchAll<ListenEvents, SocketReservedEventsMap>
  implements TypedEventBroadcaster<EmitEvents> {
  // What each event needs comes first, as in a session.
  readonly #host: SocketHost;
  /** Not through the connection: a broadcast to thousands would have to fetch that of each. */
  readonly #conn: Session;
  readonly #pid: PrivateSessionId | undefined;
  #state: "connecting" | "connected" | "leaving" | "disconnected" = "connecting";
  #flags: BroadcastFlags = NO_FLAGS;
  /** Its namespace. */
  readonly nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;

  /** Its id: public, unlike that of the connection. Also the name of a room that only this socket is in. */
  readonly id: SocketId;
  readonly #connection: Connection;
  #reason = "refused";
  #acks: Acks | undefined;
  /** What was sent before the client was told that it is connected. */
  #early: { readonly message: string | Frame; readonly compress: boolean }[] | undefined;

  /** Sockets are made when clients connect. */
  constructor(
    host: SocketHost,
    nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    connection: Connection,
    id: SocketId,
    pid: PrivateSessionId | undefined,
  ) {
    super();
    this.#host = host;
    this.nsp = nsp;
    this.#conn = connection.conn;
    this.#connection = connection;
    this.id = id;
    this.#pid = pid;
  }

  /** Whether it is connected: after its middlewares, until it is disconnected. */
  get connected(): boolean {
    return this.#state === "connected" || this.#state === "leaving";
  }

  /** Whether it is not connected. */
  get disconnected(): boolean {
    return !this.connected;
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
   * @throws {TypeError} if the event has no name
   * @throws {Error} if the name of the event is reserved
   */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean;
  // As one list, which is what is sent.
  emit(...data: unknown[]): boolean {
    const ev = data[0] as string;
    checkEventName(ev);
    const { timeout } = this.#flags;
    const ack = typeof data[data.length - 1] === "function" ? data.pop() as AnyListener : undefined;
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

  /** Same as {@link Sender.send}. */
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
  get broadcast(): Recipients<EmitEvents, SocketData> {
    return this.#operator();
  }

  /** All sockets of the namespace on this server but this one. */
  get local(): Recipients<EmitEvents, SocketData> {
    return this.#operator().local;
  }

  /** The sockets of rooms but this one; see {@link BroadcastOperator.to}. */
  to(
    room: Room | Room[],
  ): Recipients<EmitEvents, SocketData> {
    return this.#operator().to(room);
  }

  /** Same as {@link Sender.to}. */
  in(
    room: Room | Room[],
  ): Recipients<EmitEvents, SocketData> {
    return this.#operator().to(room);
  }

  /** All sockets but this one and those of rooms; see {@link BroadcastOperator.except}. */
  except(
    room: Room | Room[],
  ): Recipients<EmitEvents, SocketData> {
    return this.#operator().except(room);
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
    await this.#conn.drained();
    if (this.disconnected) throw new DisconnectedError(this.#reason);
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

  #operator(): Recipients<EmitEvents, SocketData> {
    const except = new Set([this.id]);
    return new BroadcastOperator(this.adapter, new Set(), except, this.#takeFlags());
  }

  #send(data: unknown[], settle: AckHandler | undefined, timeout: number | undefined): true {
    const flags = this.#takeFlags();
    if (settle !== undefined) timeout ??= this.#host.ackLimit();
    const kept = this.#pid !== undefined && this.#state !== "connecting";
    if (this.#state === "disconnected" && (settle !== undefined || !kept)) {
      settle?.(new DisconnectedError(this.#reason), []);
      return true;
    }
    const id = settle === undefined ? undefined : this.#host.nextAckId();
    if (kept) return this.#sendKept(data, flags, id, settle, timeout);
    // Encoded first: data that cannot be is an error of the caller's, and must leave nothing behind.
    const compress = flags.compress !== false;
    const { encoder } = this.#host;
    const message = encodeMembers(encoder, PacketType.EVENT, this.nsp.name, id, data, compress);
    if (settle !== undefined) this.#expect(id!, settle, timeout);
    this.#tellOutgoing(data);
    const volatile = flags.volatile === true;
    if (this.connected) sendMessage(this.#conn, message, compress, volatile);
    else if (!volatile && this.#state === "connecting") {
      (this.#early ??= []).push({ message, compress });
    }
    return true;
  }

  // Through the adapter, which keeps it for the time after a loss.
  #sendKept(
    data: unknown[],
    flags: BroadcastFlags,
    id: number | undefined,
    settle: AckHandler | undefined,
    timeout: number | undefined,
  ): true {
    const packet = packetOf(PacketType.EVENT, this.nsp.name, id, data);
    if (settle !== undefined) this.#expect(id!, settle, timeout);
    try {
      this.adapter.broadcast(packet, { rooms: new Set([this.id]), except: new Set(), flags });
    } catch (error) {
      if (settle !== undefined) this.#acks?.drop(id!);
      throw error;
    }
    return true;
  }

  #expect(id: number, handler: AckHandler, timeout: number | undefined): void {
    const acks = this.#acks ??= new Acks();
    acks.add(
      id,
      handler,
      timeout === undefined ? undefined : this.#conn.deadlines(timeout),
    );
    const { maxPendingAcks } = this.nsp.server.opts;
    if (acks.size > maxPendingAcks) {
      this.#connection.violate(`too many pending acks (maxPendingAcks is ${maxPendingAcks})`);
    }
  }

  #write(packet: Packet): void {
    sendMessage(this.#conn, encodePacket(this.#host.encoder, packet, true), true, false);
  }

  #emitFrame(packet: Packet, frame: Frame, volatile: boolean): boolean {
    this.#tellOutgoing(packet.data as unknown[]);
    return sendFrame(this.#conn, frame, volatile);
  }

  #tellOutgoing(event: unknown[]): void {
    const listeners = outgoingListeners(this);
    if (listeners !== undefined) callAll(this, listeners, event, onFault);
  }

  #open(missed: readonly (unknown[] | Frame)[]): void {
    this.#state = "connected";
    const nsp = this.nsp.name;
    const data = welcome(this.#conn, this.id, this.#pid);
    this.#write({ type: PacketType.CONNECT, nsp, data });
    // Not before: a client that hears no more than them would keep them, and get them once more when it is back.
    for (const event of missed) {
      if (Array.isArray(event)) this.#write({ type: PacketType.EVENT, nsp, data: event });
      else sendFrame(this.#conn, event, false);
    }
    for (const { message, compress } of this.#early ?? []) {
      sendMessage(this.#conn, message, compress, false);
    }
    this.#early = undefined;
    // Not before: those who hear of the room may send to it. A client that reads too slowly may be gone.
    if (this.connected) this.adapter.addAll(this.id, new Set([this.id]));
  }

  #startLeaving(): boolean {
    if (this.#state !== "connected") return false;
    this.#state = "leaving";
    return true;
  }

  #end(reason: string): void {
    this.#state = "disconnected";
    this.#reason = reason;
    this.#early = undefined;
    this.#acks?.close(reason);
  }

  #resume(): void {
    this.#state = "connected";
    this.adapter.addAll(this.id, new Set([this.id]));
  }

  static {
    openSender = (sender, missed) => sender.#open(missed);
    resumeSender = (sender) => sender.#resume();
    startLeaving = (sender) => sender.#startLeaving();
    isStaying = (sender) => sender.#state === "connected";
    endSender = (sender, reason) => sender.#end(reason);
    hasEnded = (sender) => sender.#state === "disconnected";
    sendPacket = (sender, packet) => sender.#write(packet);
    write = (sender, packet, frame, volatile) => sender.#emitFrame(packet, frame, volatile);
    notifyOutgoing = (sender, packet) => sender.#tellOutgoing(packet.data as unknown[]);
    expectAck = (sender, id, handler, timeout) => sender.#expect(id, handler, timeout);
    settleAck = (sender, id, answer) => sender.#acks?.settle(id, answer);
    dropAck = (sender, id) => sender.#acks?.drop(id) === true;
    awaitsAcks = (sender) => sender.#acks !== undefined && sender.#acks.size > 0;
    pidOf = (sender) => sender.#pid;
    connectionOf = (sender) => sender.#connection;
    hostOf = (sender) => sender.#host;
  }
}
