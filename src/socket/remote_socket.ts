import type {
  DecorateAcknowledgements,
  EventNames,
  EventParams,
  EventsMap,
  TypedEventBroadcaster,
} from "../base/events.ts";
import type { Room, SocketId } from "./adapter.ts";
import type { Handshake } from "./handshake.ts";
import type { BroadcastOperator } from "./operator.ts";

/** What an adapter tells of a socket of another server. */
export interface SocketDetails<SocketData> {
  /** Its id. */
  readonly id: SocketId;
  /** Its handshake. */
  readonly handshake: Handshake;
  /** Its rooms. */
  readonly rooms: Room[];
  /** Its data. */
  readonly data: SocketData;
}

/** A socket that may be on another server: a snapshot of it, and what can be done to it from here. */
export class RemoteSocket<EmitEvents extends EventsMap, SocketData>
  implements TypedEventBroadcaster<EmitEvents> {
  /** Its id. */
  readonly id: SocketId;
  /** Its handshake. */
  readonly handshake: Handshake;
  /** The rooms it was in. */
  readonly rooms: Set<Room>;
  /** Its data at that time. */
  readonly data: SocketData;
  readonly #operator: BroadcastOperator<EmitEvents, SocketData>;

  /**
   * Made by `fetchSockets()`.
   *
   * @param operator reaches just this socket
   * @param details what is known of it
   */
  constructor(
    operator: BroadcastOperator<EmitEvents, SocketData>,
    details: SocketDetails<SocketData>,
  ) {
    this.id = details.id;
    this.handshake = details.handshake;
    this.rooms = new Set(details.rooms);
    this.data = details.data;
    this.#operator = operator;
  }

  /** Sends an event to the client; see {@link BroadcastOperator.emit}. */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean {
    return this.#operator.emit(ev, ...args);
  }

  /** See {@link BroadcastOperator.timeout}. */
  timeout(ms: number): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData> {
    return this.#operator.timeout(ms) as BroadcastOperator<
      DecorateAcknowledgements<EmitEvents>,
      SocketData
    >;
  }

  /** Adds it to rooms. */
  join(room: Room | Room[]): void {
    this.#operator.socketsJoin(room);
  }

  /** Takes it out of a room. */
  leave(room: Room): void {
    this.#operator.socketsLeave(room);
  }

  /**
   * Disconnects it.
   *
   * @param close whether to close the connection, with all its namespaces
   */
  disconnect(close = false): this {
    this.#operator.disconnectSockets(close);
    return this;
  }
}
