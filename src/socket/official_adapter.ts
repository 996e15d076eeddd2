import { isThenable } from "../base/emitter.ts";
import { type Frame, messageFrame, type MessagePart } from "../wire/frame.ts";
import type { PacketEncoder } from "../wire/parser.ts";
import type { Packet } from "../wire/socket_packet.ts";
import { Adapter, type BroadcastOptions, type Room, type SocketId } from "./adapter.ts";
import {
  type AnyNamespace,
  middlewaresOf,
  nextAckId,
  receiveServerSideEvent,
} from "./namespace.ts";
import { type AnySocket, dropAck, expectAck, notifyOutgoing, writeFrame } from "./socket.ts";

/** An adapter that extends the official base, from npm: it is given a view of the namespace with the members it knows. */
export interface OfficialAdapter {
  /** The sockets of each room. */
  readonly rooms: Map<Room, Set<SocketId>>;
  /** The rooms of each socket. */
  readonly sids: Map<SocketId, Set<Room>>;
  /** Writes packets. */
  readonly encoder: unknown;
}

/** What is asked of adapters without waiting for it; the official ones answer some of it by a promise. */
const UNAWAITED = [
  "broadcast",
  "addSockets",
  "delSockets",
  "disconnectSockets",
  "serverSideEmit",
  "delAll",
] as const;

/**
 * Lets an adapter that extends the official base serve a namespace; one of ours is returned as it is.
 *
 * @param report told of what it fails at with nobody waiting: a broker that is gone, for example
 */
export function adopt(
  adapter: Adapter | OfficialAdapter,
  nsp: AnyNamespace,
  encoder: PacketEncoder,
  report: (error: unknown) => void,
): Adapter {
  if (adapter instanceof Adapter) return adapter;
  // It offers the members of ours that this server calls, all but the private ones.
  const official = adapter as unknown as Adapter;
  const { fetchSockets } = official;
  for (const name of UNAWAITED) {
    const method = official[name] as (...args: unknown[]) => unknown;
    Object.assign(official, {
      [name]: (...args: unknown[]) => {
        const result = method.apply(official, args);
        if (isThenable(result)) result.then(undefined, report);
      },
    });
  }
  return Object.assign(official, {
    nsp: new NamespaceView(nsp, encoder),
    encoder,
    async fetchSockets(opts: BroadcastOptions) {
      const sockets = await fetchSockets.call(official, opts);
      return sockets.map((it) => it instanceof SocketView ? it.socket : it);
    },
  }) as unknown as Adapter;
}

/** A namespace as official adapters know it. */
class NamespaceView {
  readonly name: string;
  readonly sockets: SocketsView;
  readonly server: ServerView;
  readonly #nsp: AnyNamespace;

  constructor(nsp: AnyNamespace, encoder: PacketEncoder) {
    this.#nsp = nsp;
    this.name = nsp.name;
    this.sockets = new SocketsView(nsp);
    this.server = new ServerView(nsp, encoder);
  }

  get adapter(): Adapter {
    return this.#nsp.adapter;
  }

  get _fns(): readonly unknown[] {
    return middlewaresOf(this.#nsp);
  }

  // Adapters take an id by `_ids++`.
  get _ids(): number {
    return nextAckId(this.#nsp);
  }

  set _ids(_next: number) {}

  _onServerSideEmit(event: readonly unknown[]): void {
    receiveServerSideEvent(this.#nsp, event);
  }
}

/** A server as official adapters know it. */
class ServerView {
  readonly encoder: PacketEncoder;
  readonly #nsp: AnyNamespace;

  constructor(nsp: AnyNamespace, encoder: PacketEncoder) {
    this.#nsp = nsp;
    this.encoder = encoder;
  }

  get opts(): unknown {
    return this.#nsp.server.opts;
  }

  get _opts(): unknown {
    return this.#nsp.server.opts;
  }

  of(name: string): AnyNamespace {
    return this.#nsp.server.of(name);
  }
}

/** The sockets of a namespace as official adapters know them. */
class SocketsView implements Iterable<[SocketId, SocketView]> {
  readonly #nsp: AnyNamespace;
  /** What was encoded last: an adapter hands the same parts to each receiver. */
  readonly #frames = new WeakMap<readonly MessagePart[], Frame>();

  constructor(nsp: AnyNamespace) {
    this.#nsp = nsp;
  }

  get size(): number {
    return this.#nsp.sockets.size;
  }

  has(id: SocketId): boolean {
    return this.#nsp.sockets.has(id);
  }

  get(id: SocketId): SocketView | undefined {
    const socket = this.#nsp.sockets.get(id);
    return socket && new SocketView(socket, this.#frames);
  }

  keys(): IterableIterator<SocketId> {
    return this.#nsp.sockets.keys();
  }

  *values(): Generator<SocketView> {
    for (const [, socket] of this) yield socket;
  }

  *[Symbol.iterator](): Generator<[SocketId, SocketView]> {
    for (const [id, socket] of this.#nsp.sockets) yield [id, new SocketView(socket, this.#frames)];
  }

  forEach(callback: (socket: SocketView, id: SocketId) => void): void {
    for (const [id, socket] of this) callback(socket, id);
  }
}

/** A socket as official adapters know it. */
class SocketView {
  readonly socket: AnySocket;
  readonly #frames: WeakMap<readonly MessagePart[], Frame>;

  constructor(socket: AnySocket, frames: WeakMap<readonly MessagePart[], Frame>) {
    this.socket = socket;
    this.#frames = frames;
  }

  get id(): SocketId {
    return this.socket.id;
  }

  get handshake(): unknown {
    return this.socket.handshake;
  }

  get rooms(): Set<Room> {
    return this.socket.rooms;
  }

  get data(): unknown {
    return this.socket.data;
  }

  get client(): {
    writeToEngine(parts: MessagePart[], flags: { volatile?: boolean; compress?: boolean }): void;
  } {
    return {
      writeToEngine: (parts, { volatile, compress }) => {
        let frame = this.#frames.get(parts);
        if (frame === undefined) {
          this.#frames.set(parts, frame = messageFrame(parts, compress !== false, true));
        }
        writeFrame(this.socket, frame, volatile === true);
      },
    };
  }

  get acks(): {
    set(id: number, handler: (response: unknown) => void): void;
    delete(id: number): void;
  } {
    return {
      set: (id, handler) =>
        expectAck(this.socket, id, (error, [response]) => {
          if (error === null) handler(response);
        }, undefined),
      delete: (id) => dropAck(this.socket, id),
    };
  }

  notifyOutgoingListeners(packet: Packet): void {
    notifyOutgoing(this.socket, packet);
  }

  join(rooms: Room | Room[]): Promise<void> | void {
    return this.socket.join(rooms);
  }

  leave(room: Room): Promise<void> | void {
    return this.socket.leave(room);
  }

  disconnect(close?: boolean): void {
    this.socket.disconnect(close);
  }
}
