import { Emitter, fire } from "../base/emitter.ts";
import type { DefaultEventsMap, Untyped } from "../base/events.ts";
import { logFault } from "../base/log.ts";
import type { Frame } from "../wire/frame.ts";
import type { Packet } from "../wire/socket_packet.ts";
import { type AnyNamespace, encodeShared, nextAckId, reportFault } from "./namespace.ts";
import type { OfficialAdapter } from "./official_adapter.ts";
import type { SocketDetails } from "./remote_socket.ts";
import { dropAck, expectAck, write } from "./sender.ts";
import type { AnySocket } from "./socket.ts";

export type { AnyNamespace, SocketDetails };
export { receiveServerSideEvent } from "./namespace.ts";

/** The id of a socket. */
export type SocketId = string;
/** The secret id that a client recovers its state by. */
export type PrivateSessionId = string;
/** The name of a room. */
export type Room = string;

/** How a broadcast is sent. */
export interface BroadcastFlags {
  /** Whether it may be dropped for clients that cannot take it now. */
  volatile?: boolean;
  /** Whether transports that compress should. */
  compress?: boolean;
  /** Whether it stays on this server. */
  local?: boolean;
  /** How long to wait for acknowledgements, in milliseconds. */
  timeout?: number;
  /** Whether the one acknowledgement stands for itself, not in a list. */
  expectSingleResponse?: boolean;
}

/** Whom a broadcast goes to, and how. */
export interface BroadcastOptions {
  /** Its rooms; none for all sockets. */
  rooms: Set<Room>;
  /** The rooms that are left out. */
  except?: Set<Room>;
  /** How it is sent. */
  flags?: BroadcastFlags;
}

/** What is kept of a lost client. */
export interface Session {
  /** The id of its socket. */
  sid: SocketId;
  /** The secret it comes back with. */
  pid: PrivateSessionId;
  /** The rooms it was in. */
  rooms: Room[];
  /** Its data. */
  data: unknown;
  /** The packets it has missed. */
  missedPackets: unknown[][];
}

/** The events of an {@link Adapter}. */
export interface AdapterEvents {
  /** A room has its first socket. */
  "create-room": (room: Room) => void;
  /** A room has lost its last socket. */
  "delete-room": (room: Room) => void;
  /** A socket has joined a room. */
  "join-room": (room: Room, id: SocketId) => void;
  /** A socket has left a room. */
  "leave-room": (room: Room, id: SocketId) => void;
  /** An adapter that talks to other servers has failed. */
  error: (error: Error) => void;
}

/** Makes the adapter of a namespace: the value of the `adapter` option. */
export type AdapterConstructor =
  | (new (nsp: AnyNamespace) => Adapter | OfficialAdapter)
  | ((nsp: AnyNamespace) => Adapter | OfficialAdapter);

/** Sends a packet to the sockets of this server that is written already. */
export let deliver: (
  adapter: Adapter,
  packet: Packet,
  frame: Frame,
  opts: BroadcastOptions,
) => void;

/** Writes a packet for all who receive it. */
export function encodeFor({ nsp }: Adapter, packet: Packet, { flags }: BroadcastOptions): Frame {
  return encodeShared(nsp, packet, flags?.compress !== false);
}

const NOBODY: ReadonlySet<SocketId> = new Set();

/**
 * Knows the rooms of a namespace and sends to them. This one keeps to one process; others extend it.
 */
export class Adapter extends Emitter<DefaultEventsMap, AdapterEvents> {
  /** The namespace. */
  readonly nsp: AnyNamespace;
  /** The sockets of each room. */
  rooms: Map<Room, Set<SocketId>> = new Map();
  /** The rooms of each socket. */
  sids: Map<SocketId, Set<Room>> = new Map();

  /**
   * Made for each namespace.
   *
   * @param nsp the namespace that it serves
   */
  constructor(nsp: AnyNamespace) {
    super();
    this.nsp = nsp;
  }

  /** Called when the namespace is made. */
  init(): void | Promise<void> {}

  /** Called when the server closes. */
  close(): void | Promise<void> {}

  /** How many servers there are. */
  serverCount(): Promise<number> {
    return Promise.resolve(1);
  }

  /** Adds a socket to rooms. */
  addAll(id: SocketId, rooms: Set<Room>): void | Promise<void> {
    for (const room of rooms) {
      if (this.sids.get(id)?.has(room)) continue;
      const isNew = !this.rooms.has(room);
      this.#join(id, room);
      if (isNew) this.#fire("create-room", [room]);
      this.#fire("join-room", [room, id]);
    }
  }

  /** Takes a socket out of a room. */
  del(id: SocketId, room: Room): void | Promise<void> {
    if (!this.sids.get(id)?.has(room)) return;
    setOf(this.sids, this.rooms, id).delete(room);
    this.#leave(id, room);
  }

  /** Takes a socket out of all rooms. */
  delAll(id: SocketId): void {
    const own = this.sids.get(id);
    if (own === undefined) return;
    this.sids.delete(id);
    for (const room of own) this.#leave(id, room);
  }

  /** Sends a packet. It is encoded once for all who receive it. */
  broadcast(packet: Packet, opts: BroadcastOptions): void {
    this.#deliver(packet, encodeFor(this, packet, opts), opts);
  }

  /**
   * Sends a packet and collects acknowledgements.
   *
   * @param clientCountCallback called with the number of clients that it went to
   * @param ack called with the first argument of each acknowledgement, and the id of its socket if that is known
   * @param lost called for each client that has left without one
   * @returns a function that stops waiting
   */
  broadcastWithAck(
    packet: Packet,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: (response: unknown, id?: SocketId) => void,
    lost: () => void = () => {},
  ): void | (() => void) {
    // One id for all, from the counter that all sockets of the namespace share.
    const id = packet.id = nextAckId(this.nsp);
    const frame = encodeFor(this, packet, opts);
    const volatile = opts.flags?.volatile === true;
    const waiting: AnySocket[] = [];
    this.#apply(opts, (socket) => {
      // Before it is sent: a client in memory answers at once.
      expectAck(socket, id, (error, [response]) => {
        if (error === null) ack(response, socket.id);
        else lost();
      }, undefined);
      // Who was lost on the way counts, since `lost` was called.
      if (write(socket, packet, frame, volatile) || !dropAck(socket, id)) waiting.push(socket);
    });
    clientCountCallback(waiting.length);
    return () => {
      for (const socket of waiting) dropAck(socket, id);
    };
  }

  /** The ids of the sockets in rooms, or of all. */
  sockets(rooms: Set<Room>): Promise<Set<SocketId>> {
    const ids = new Set<SocketId>();
    this.#apply({ rooms }, (socket) => void ids.add(socket.id));
    return Promise.resolve(ids);
  }

  /** The rooms of a socket. */
  socketRooms(id: SocketId): Set<Room> | undefined {
    return this.sids.get(id);
  }

  /** The sockets that match. */
  fetchSockets(opts: BroadcastOptions): Promise<SocketDetails<Untyped>[]> {
    const sockets: AnySocket[] = [];
    this.#apply(opts, (socket) => void sockets.push(socket));
    return Promise.resolve(sockets as unknown as SocketDetails<Untyped>[]);
  }

  /**
   * Adds the sockets that match to rooms.
   *
   * @throws {RangeError} if one of them would be in more than `maxRooms`; the others are added
   */
  addSockets(opts: BroadcastOptions, rooms: Room[]): void {
    let failure: unknown;
    this.#apply(opts, (socket) => {
      try {
        void socket.join(rooms);
      } catch (error) {
        failure ??= error;
      }
    });
    if (failure !== undefined) throw failure;
  }

  /** Takes the sockets that match out of rooms. */
  delSockets(opts: BroadcastOptions, rooms: Room[]): void {
    this.#apply(opts, (socket) => {
      for (const room of rooms) socket.leave(room);
    });
  }

  /** Disconnects the sockets that match. */
  disconnectSockets(opts: BroadcastOptions, close: boolean): void {
    this.#apply(opts, (socket) => void socket.disconnect(close));
  }

  /**
   * Sends an event to the other servers: here there are none, so an acknowledgement at its end is called at once.
   *
   * @param packet the name of the event and its arguments
   */
  serverSideEmit(packet: unknown[]): void | Promise<void> {
    const ack = packet.at(-1);
    if (typeof ack === "function") ack(null, []);
  }

  /** Keeps the state of a lost client; here, nothing is kept. */
  persistSession(_session: Omit<Session, "missedPackets">): void | Promise<void> {}

  /** Finds the state of a client that is back; here, nothing is kept. */
  restoreSession(_pid: PrivateSessionId, _offset: string): Promise<Session | null> {
    return Promise.resolve(null);
  }

  /**
   * Tells the listeners of `error` that something has failed; without one, the server's.
   *
   * @param error what it was
   */
  protected fail(error: Error): void {
    if (!this.#fire("error", [error])) reportFault(this.nsp, error, "adapter");
  }

  #deliver(packet: Packet, frame: Frame, opts: BroadcastOptions): void {
    const volatile = opts.flags?.volatile === true;
    this.#apply(opts, (socket) => void write(socket, packet, frame, volatile));
  }

  // Alone in its own room, and in no other: one set tells both, since those of two would be the largest part of what is
  // kept of a quiet socket.
  #join(id: SocketId, room: Room): void {
    if (room === id && !this.sids.has(id) && !this.rooms.has(id)) {
      const alone = new Set([id]);
      this.sids.set(id, alone);
      this.rooms.set(id, alone);
    } else {
      setOf(this.sids, this.rooms, id).add(room);
      setOf(this.rooms, this.sids, room).add(id);
    }
  }

  #leave(id: SocketId, room: Room): void {
    const members = this.rooms.get(room);
    if (members === undefined || !members.delete(id)) return;
    this.#fire("leave-room", [room, id]);
    if (members.size === 0 && this.rooms.delete(room)) this.#fire("delete-room", [room]);
  }

  #apply({ rooms, except }: BroadcastOptions, callback: (socket: AnySocket) => void): void {
    const excluded = this.#membersOf(except);
    const { sockets } = this.nsp;
    if (rooms.size === 0) {
      for (const socket of sockets.values()) {
        // Not even asked for its id, mostly: with thousands of clients, each memory that is touched counts.
        if (excluded === NOBODY || !excluded.has(socket.id)) callback(socket);
      }
      return;
    }
    for (const id of this.#membersOf(rooms)) {
      if (excluded !== NOBODY && excluded.has(id)) continue;
      // A socket whose middlewares still run has rooms already.
      const socket = sockets.get(id);
      if (socket !== undefined) callback(socket);
    }
  }

  #membersOf(rooms: ReadonlySet<Room> | undefined): ReadonlySet<SocketId> {
    if (rooms === undefined || rooms.size === 0) return NOBODY;
    if (rooms.size === 1) return this.rooms.get(rooms.values().next().value!) ?? NOBODY;
    const ids = new Set<SocketId>();
    for (const room of rooms) {
      for (const id of this.rooms.get(room) ?? NOBODY) ids.add(id);
    }
    return ids;
  }

  #fire(event: keyof AdapterEvents, args: unknown[]): boolean {
    return fire<Adapter>(this, event, args, (_, error) => {
      logFault(`A listener of the adapter's "${event}" failed:`, error);
    });
  }

  static {
    deliver = (adapter, packet, frame, opts) => adapter.#deliver(packet, frame, opts);
  }
}

// A key's set in one map, to be changed: no longer the one that it has in the other, too.
function setOf<Key, Value>(
  sets: Map<Key, Set<Value>>,
  others: ReadonlyMap<Key, ReadonlySet<Value>>,
  key: Key,
): Set<Value> {
  let set = sets.get(key);
  if (set === undefined || set === others.get(key)) sets.set(key, set = new Set(set));
  return set;
}
