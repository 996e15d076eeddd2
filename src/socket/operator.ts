import { shown, timeLimit } from "../base/checks.ts";
import type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  EventNames,
  EventNamesWithError,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  TypedEventBroadcaster,
  Untyped,
} from "../base/events.ts";
import { isReserved, type Packet, PacketType } from "../wire/socket_packet.ts";
import type { Adapter, BroadcastFlags, BroadcastOptions, Room, SocketId } from "./adapter.ts";
import { type BroadcastAnswer, callAck, collectAcks, streamAcks } from "./broadcast_acks.ts";
import { RemoteSocket } from "./remote_socket.ts";

/** What is in a list; what is none stands for itself. */
export type ElementOf<List> = List extends readonly (infer Element)[] ? Element : List;

/** Whom `to()` and its like name: who sends to them and asks for acknowledgements gets a list. */
export type Recipients<EmitEvents extends EventsMap, SocketData> = BroadcastOperator<
  DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
  SocketData
>;

/** Receives the answers to a broadcast, and an error if some are missing. */
export type BroadcastAck = (error: Error | null, responses: Untyped) => void;

/**
 * Throws if an event has no name.
 *
 * @throws {TypeError} if what it has is neither text nor a number
 */
export function checkIsName(ev: unknown): void {
  if (typeof ev === "string" || typeof ev === "number") return;
  throw new TypeError(`an event needs a name, got ${shown(ev)}`);
}

/**
 * Throws if an event has no name, or one that only this side may fire.
 *
 * @throws {TypeError} if it has none
 * @throws {Error} if it is reserved
 */
export function checkEventName(ev: string | symbol): void {
  checkIsName(ev);
  if (isReserved(ev)) throw new Error(`"${String(ev)}" is a reserved event name`);
}

/**
 * Sends to many sockets: to all of a namespace, or to those of some rooms. Each method that narrows it returns a new
 * operator and leaves the old one as it was.
 */
export class BroadcastOperator<EmitEvents extends EventsMap, SocketData>
  implements TypedEventBroadcaster<EmitEvents> {
  readonly #adapter: Adapter;
  readonly #rooms: ReadonlySet<Room>;
  readonly #except: ReadonlySet<Room>;
  readonly #flags: BroadcastFlags;

  /**
   * Makes an operator; usually `to()` and its like do.
   *
   * @param adapter the adapter of the namespace
   * @param rooms whom to send to; nobody named means all
   * @param exceptRooms whom to leave out
   * @param flags how to send
   */
  constructor(
    adapter: Adapter,
    rooms: ReadonlySet<Room> = NO_ROOMS,
    exceptRooms: ReadonlySet<Room> = NO_ROOMS,
    flags: BroadcastFlags = {},
  ) {
    this.#adapter = adapter;
    this.#rooms = rooms;
    this.#except = exceptRooms;
    this.#flags = flags;
  }

  /**
   * Adds rooms to send to. A socket in several of them receives an event once.
   *
   * @param room a room, or a list of rooms
   *
   * @example
   * ```ts
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * io.to("news").to(["sports", "weather"]).emit("headline", "It rains");
   * ```
   */
  to(room: Room | Room[]): BroadcastOperator<EmitEvents, SocketData> {
    const rooms = union(this.#rooms, room);
    return new BroadcastOperator(this.#adapter, rooms, this.#except, this.#flags);
  }

  /** Same as {@link BroadcastOperator.to}; reads better before `socketsJoin` and the like. */
  in(room: Room | Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.to(room);
  }

  /**
   * Leaves the sockets of rooms out.
   *
   * @param room a room, or a list of rooms
   */
  except(room: Room | Room[]): BroadcastOperator<EmitEvents, SocketData> {
    const except = union(this.#except, room);
    return new BroadcastOperator(this.#adapter, this.#rooms, except, this.#flags);
  }

  /**
   * Says whether transports that compress should.
   *
   * @param compress `true` unless said otherwise
   */
  compress(compress: boolean): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ compress });
  }

  /** Lets the event be dropped for clients that cannot take it now: those that poll, or are slow. */
  get volatile(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ volatile: true });
  }

  /** Keeps the event on this server, where there are several. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ local: true });
  }

  /**
   * Limits the wait for acknowledgements.
   *
   * @param timeout in milliseconds
   * @throws {RangeError} if it is below 0, or above 2147483647, the longest that a timer can wait
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * const answers: string[] = await io.timeout(1000).emitWithAck("vote", "tabs or spaces?");
   * assertEquals(answers, []); // one answer for each client; none is connected here
   * ```
   */
  timeout(
    timeout: number,
  ): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData> {
    return this.#with({ timeout: timeLimit(timeout) }) as unknown as BroadcastOperator<
      DecorateAcknowledgements<EmitEvents>,
      SocketData
    >;
  }

  /**
   * Sends an event. With a function as the last argument, the clients' acknowledgements are collected: it is called
   * with an error if some are missing after the timeout (`ackTimeout` unless set by `timeout()`), and with the list of
   * the answers. Clients of this server that leave meanwhile are not waited for.
   *
   * @returns `true`
   * @throws {TypeError} if the event has no name
   * @throws {Error} if the name of the event is reserved
   */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean {
    checkEventName(ev);
    const data: unknown[] = [ev, ...args];
    const ack = typeof data.at(-1) === "function" ? data.pop() as BroadcastAck : undefined;
    const packet = this.#event(data);
    if (ack === undefined) this.#adapter.broadcast(packet, this.#target());
    else this.#collect(ev, packet, ack);
    return true;
  }

  /**
   * Sends an event and collects the clients' acknowledgements.
   *
   * @returns the list of the answers
   * @throws {AckTimeoutError} if some are missing after the timeout; its `responses` are the others
   */
  emitWithAck<Ev extends EventNamesWithError<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    return new Promise((resolve, reject) => {
      const ack: BroadcastAck = (error, responses) => {
        if (error === null) resolve(responses);
        else reject(Object.assign(error, { responses }));
      };
      this.emit(ev, ...[...args, ack] as EventParams<EmitEvents, Ev>);
    });
  }

  /**
   * Sends an event and gives the clients' acknowledgements one by one, as they come.
   *
   * @returns a stream that ends when all have answered; with an {@link AckTimeoutError} if some have not in time
   *
   * @example
   * ```ts
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * for await (const { id, response } of io.timeout(1000).emitWithAckStream("vote", "tabs?")) {
   *   console.log(id, response);
   * }
   * ```
   */
  emitWithAckStream<Ev extends EventNamesWithError<EmitEvents>>(
    ev: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): ReadableStream<
    BroadcastAnswer<ElementOf<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>>>
  > {
    checkEventName(ev);
    return streamAcks(this.#adapter, this.#event([ev, ...args]), this.#target());
  }

  /**
   * The ids of the sockets.
   *
   * @deprecated use `fetchSockets()`
   */
  allSockets(): Promise<Set<SocketId>> {
    return this.#adapter.sockets(setOf(this.#rooms));
  }

  /** The sockets, also those of other servers. */
  async fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    const sockets = await this.#adapter.fetchSockets(this.#target());
    return sockets.map((socket) => {
      // A socket of this server has all that a remote one has.
      if ("nsp" in socket) return socket as unknown as RemoteSocket<EmitEvents, SocketData>;
      const operator = new BroadcastOperator<EmitEvents, SocketData>(
        this.#adapter,
        new Set([socket.id]),
        new Set(),
        { expectSingleResponse: true },
      );
      return new RemoteSocket(operator, socket);
    });
  }

  /**
   * One of the sockets, also of those of other servers.
   *
   * @param id its id
   * @returns `undefined` if there is none, or it is not in the rooms
   */
  async fetchSocket(
    id: SocketId,
  ): Promise<RemoteSocket<EmitEvents, SocketData> | undefined> {
    const only = new BroadcastOperator<EmitEvents, SocketData>(
      this.#adapter,
      new Set([id]),
      this.#except,
      this.#flags,
    );
    const sockets = await only.fetchSockets();
    const isIn = (rooms: ReadonlySet<Room>) =>
      this.#rooms.size === 0 || [...this.#rooms].some((room) => rooms.has(room));
    return sockets.find((socket) => socket.id === id && isIn(socket.rooms));
  }

  /** The rooms that the sockets are in, also those of other servers; without the rooms that are a socket's own. */
  async fetchRooms(): Promise<Set<Room>> {
    const sockets = await this.fetchSockets();
    const rooms = new Set(sockets.flatMap((socket) => [...socket.rooms]));
    for (const { id } of sockets) rooms.delete(id);
    return rooms;
  }

  /** Adds the sockets to rooms. */
  socketsJoin(room: Room | Room[]): void {
    this.#adapter.addSockets(this.#target(), [room].flat());
  }

  /** Takes the sockets out of rooms. */
  socketsLeave(room: Room | Room[]): void {
    this.#adapter.delSockets(this.#target(), [room].flat());
  }

  /**
   * Disconnects the sockets.
   *
   * @param close whether to close the connections, with all their namespaces
   */
  disconnectSockets(close = false): void {
    this.#adapter.disconnectSockets(this.#target(), close);
  }

  #event(data: unknown[]): Packet {
    return { type: PacketType.EVENT, nsp: this.#adapter.nsp.name, data };
  }

  #target(): BroadcastOptions {
    return {
      rooms: setOf(this.#rooms),
      except: setOf(this.#except),
      flags: this.#flags,
    };
  }

  #with(flags: BroadcastFlags): BroadcastOperator<EmitEvents, SocketData> {
    const all = { ...this.#flags, ...flags };
    return new BroadcastOperator(this.#adapter, this.#rooms, this.#except, all);
  }

  #collect(event: unknown, packet: Packet, ack: BroadcastAck): void {
    const { nsp } = this.#adapter;
    const single = this.#flags.expectSingleResponse === true;
    const responses: unknown[] = [];
    collectAcks(this.#adapter, packet, this.#target(), {
      answered: (response) => void responses.push(response),
      ended(error) {
        const some = single ? null : responses;
        const answer = error === null && single ? responses[0] : some;
        callAck(nsp, ack, event, [error, answer]);
      },
    });
  }
}

const NO_ROOMS: ReadonlySet<Room> = new Set();

// Adapters are given sets of their own where there is nothing in them: all operators share the empty one.
function setOf(rooms: ReadonlySet<Room>): Set<Room> {
  return rooms.size === 0 ? new Set() : rooms as Set<Room>;
}

function union(rooms: ReadonlySet<Room>, more: Room | Room[]): Set<Room> {
  const all = rooms.size === 0 ? new Set<Room>() : new Set(rooms);
  if (!Array.isArray(more)) return all.add(more);
  for (const room of more) all.add(room);
  return all;
}
