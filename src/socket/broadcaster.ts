import { Emitter } from "../base/emitter.ts";
import type {
  AllButLast,
  AnyListener,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  RemoveAcknowledgements,
  Untyped,
} from "../base/events.ts";
import type { Adapter, Room, SocketId } from "./adapter.ts";
import { type BroadcastAnswer, callAck } from "./broadcast_acks.ts";
import { type BroadcastAck, BroadcastOperator, checkIsName, type Recipients } from "./operator.ts";
import type { RemoteSocket } from "./remote_socket.ts";

/** Sets whose adapter a broadcaster sends through; asked each time, since it may be replaced. */
export let setSource: (
  broadcaster: Broadcaster<Untyped, Untyped, Untyped, Untyped>,
  source: { readonly adapter: Adapter },
) => void;

/**
 * What a server and a namespace share: they send to all their sockets, or to some, as a {@link BroadcastOperator} does.
 */
export abstract class Broadcaster<
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  ReservedEvents extends EventsMap,
> extends Emitter<ServerSideEvents, ReservedEvents> {
  #source!: { readonly adapter: Adapter };

  /** See {@link BroadcastOperator.to}. */
  to(
    room: Room | Room[],
  ): Recipients<EmitEvents, SocketData> {
    return this.#operator().to(room);
  }

  /** See {@link BroadcastOperator.in}. */
  in(
    room: Room | Room[],
  ): Recipients<EmitEvents, SocketData> {
    return this.#operator().to(room);
  }

  /** See {@link BroadcastOperator.except}. */
  except(
    room: Room | Room[],
  ): Recipients<EmitEvents, SocketData> {
    return this.#operator().except(room);
  }

  /** See {@link BroadcastOperator.compress}. */
  compress(
    compress: boolean,
  ): Recipients<EmitEvents, SocketData> {
    return this.#operator().compress(compress);
  }

  /** See {@link BroadcastOperator.volatile}. */
  get volatile(): Recipients<EmitEvents, SocketData> {
    return this.#operator().volatile;
  }

  /** See {@link BroadcastOperator.local}. */
  get local(): Recipients<EmitEvents, SocketData> {
    return this.#operator().local;
  }

  /** See {@link BroadcastOperator.timeout}. */
  timeout(
    timeout: number,
  ): BroadcastOperator<
    DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
    SocketData
  > {
    return this.#operator().timeout(timeout);
  }

  /** See {@link BroadcastOperator.emit}. */
  emit<Ev extends EventNames<RemoveAcknowledgements<EmitEvents>>>(
    ev: Ev,
    ...args: EventParams<RemoveAcknowledgements<EmitEvents>, Ev>
  ): boolean {
    return this.#operator().emit(ev as never, ...args as never);
  }

  /** See {@link BroadcastOperator.emitWithAck}. */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<
    FirstNonErrorArg<
      Last<EventParams<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>, Ev>>
    >
  > {
    return this.#operator().emitWithAck(ev as never, ...args as never) as never;
  }

  /** See {@link BroadcastOperator.emitWithAckStream}. */
  emitWithAckStream<Ev extends EventNamesWithAck<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): ReadableStream<BroadcastAnswer<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>>> {
    return this.#operator().emitWithAckStream(ev as never, ...args as never) as never;
  }

  /** Sends the event `message`. */
  send(...args: EventParams<EmitEvents, "message">): this {
    this.#operator().emit("message" as never, ...args as never);
    return this;
  }

  /** Same as {@link Broadcaster.send}. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /** See {@link BroadcastOperator.allSockets}. */
  allSockets(): Promise<Set<SocketId>> {
    return this.#operator().allSockets();
  }

  /** See {@link BroadcastOperator.fetchSockets}. */
  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    return this.#operator().fetchSockets();
  }

  /** See {@link BroadcastOperator.fetchSocket}. */
  fetchSocket(id: SocketId): Promise<RemoteSocket<EmitEvents, SocketData> | undefined> {
    return this.#operator().fetchSocket(id);
  }

  /** See {@link BroadcastOperator.fetchRooms}. */
  fetchRooms(): Promise<Set<Room>> {
    return this.#operator().fetchRooms();
  }

  /** See {@link BroadcastOperator.socketsJoin}. */
  socketsJoin(room: Room | Room[]): void {
    this.#operator().socketsJoin(room);
  }

  /** See {@link BroadcastOperator.socketsLeave}. */
  socketsLeave(room: Room | Room[]): void {
    this.#operator().socketsLeave(room);
  }

  /** See {@link BroadcastOperator.disconnectSockets}. */
  disconnectSockets(close = false): void {
    this.#operator().disconnectSockets(close);
  }

  /**
   * Sends an event to the other servers of a cluster, where `io.on` or `nsp.on` receives it. With a function as the
   * last argument, it is called with the other servers' answers.
   *
   * @throws {TypeError} if the event has no name
   * @throws {Error} if the name of the event is reserved
   */
  serverSideEmit<Ev extends EventNames<ServerSideEvents>>(
    ev: Ev,
    ...args: EventParams<
      DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>,
      Ev
    >
  ): boolean {
    checkIsName(ev);
    if (RESERVED_SERVER_EVENTS.has(ev)) {
      throw new Error(`"${String(ev)}" is a reserved event name`);
    }
    const { adapter } = this.#source;
    const packet: unknown[] = [ev, ...args];
    const ack = packet.at(-1);
    if (typeof ack === "function") {
      const listener = ack as AnyListener;
      packet[packet.length - 1] = (...answer: unknown[]) =>
        callAck(adapter.nsp, listener, ev, answer);
    }
    adapter.serverSideEmit(packet);
    return true;
  }

  /**
   * Sends an event to the other servers of a cluster.
   *
   * @returns the list of their answers
   */
  serverSideEmitWithAck<Ev extends EventNamesWithAck<ServerSideEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]> {
    return new Promise((resolve, reject) => {
      const ack: BroadcastAck = (error, responses) => {
        if (error === null) resolve(responses);
        else reject(Object.assign(error, { responses }));
      };
      this.serverSideEmit(ev, ...[...args, ack] as never);
    });
  }

  #operator(): Recipients<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#source.adapter);
  }

  static {
    setSource = (broadcaster, source) => broadcaster.#source = source;
  }
}

/** The names of events that servers cannot send each other. */
export const RESERVED_SERVER_EVENTS: ReadonlySet<unknown> = new Set([
  "connect",
  "connection",
  "new_namespace",
  "error",
]);
