import { type Packet, PacketType } from "../../wire/socket_packet.ts";
import {
  Adapter,
  type BroadcastOptions,
  deliver,
  encodeFor,
  type PrivateSessionId,
  type Room,
  type Session,
  type SocketId,
} from "../adapter.ts";
import type { AnyNamespace } from "../namespace.ts";
import { keepFrames } from "./missed_frames.ts";
import { type LoggedPacket, PacketLog } from "./packet_log.ts";
import type { ResolvedRecoveryOptions } from "./recovery.ts";

/** A lost client. */
interface LostSession {
  readonly session: Omit<Session, "missedPackets">;
  readonly lostAt: number;
  /** The number of the last packet that was sent before the client came. */
  readonly since: number;
}

/**
 * An adapter that keeps the state of lost clients, and what they miss, in memory. It is the one of each namespace if
 * the option `connectionStateRecovery` is set.
 *
 * Each event carries the number of the last packet as its offset, also one that is not kept: whoever has seen an event
 * has seen all that went to him before.
 */
export class SessionAwareAdapter extends Adapter {
  readonly #options: ResolvedRecoveryOptions;
  readonly #log: PacketLog;
  /** By the time of their loss. */
  readonly #lost = new Map<PrivateSessionId, LostSession>();
  /** For each socket, the number of the last packet that was sent before it came. */
  readonly #since = new Map<SocketId, number>();

  /**
   * Made for each namespace.
   *
   * @param nsp the namespace that it serves
   * @throws {TypeError} if the server's option `connectionStateRecovery` is not set
   */
  constructor(nsp: AnyNamespace) {
    super(nsp);
    const { opts, engine } = nsp.server;
    if (opts.connectionStateRecovery === undefined) {
      throw new TypeError("SessionAwareAdapter needs the option connectionStateRecovery");
    }
    this.#options = opts.connectionStateRecovery;
    const { maxDisconnectionDuration, maxPackets, maxPacketBytes } = this.#options;
    // A loss is noticed by the heartbeat at the latest: what is older than both had arrived.
    const unnoticed = engine.opts.pingInterval + engine.opts.pingTimeout;
    this.#log = new PacketLog({
      duration: maxDisconnectionDuration + unnoticed,
      packets: maxPackets,
      bytes: maxPacketBytes,
    });
  }

  /** Forgets everything. */
  override close(): void {
    this.#lost.clear();
    this.#log.clear();
  }

  /** Adds a socket to rooms. */
  override addAll(id: SocketId, rooms: Set<Room>): void | Promise<void> {
    // Its own room is the one that it joins when it is connected.
    if (rooms.has(id) && !this.#since.has(id)) this.#since.set(id, this.#log.last);
    return super.addAll(id, rooms);
  }

  /** Takes a socket out of all rooms. */
  override delAll(id: SocketId): void {
    this.#since.delete(id);
    super.delAll(id);
  }

  /** Sends a packet, and keeps it unless it is volatile or asks for an acknowledgement. */
  override broadcast(packet: Packet, opts: BroadcastOptions): void {
    if (packet.type !== PacketType.EVENT || packet.id !== undefined) {
      return super.broadcast(packet, opts);
    }
    const kept = opts.flags?.volatile !== true;
    const number = this.#log.last + (kept ? 1 : 0);
    const data = [...packet.data as unknown[], this.#log.offsetOf(number)];
    const numbered: Packet = { ...packet, data };
    if (!kept) return super.broadcast(numbered, opts);
    const { rooms, except } = opts;
    const frame = encodeFor(this, numbered, opts);
    // Before it is sent: a listener for outgoing events may send the next one.
    this.#log.add({ data, frame, rooms, except, sentAt: Date.now() });
    deliver(this, numbered, frame, opts);
  }

  /** Keeps the state of a lost client. */
  override persistSession(session: Omit<Session, "missedPackets">): void {
    this.#forget();
    const since = this.#since.get(session.sid) ?? this.#log.last;
    this.#lost.set(session.pid, { session, lostAt: Date.now(), since });
    if (this.#lost.size > this.#options.maxSessions) {
      this.#lost.delete(this.#lost.keys().next().value!);
    }
  }

  /**
   * Finds the state of a client that is back, and forgets it until the client is lost again. Without an offset of this
   * server's, the client has seen nothing since it came. Who has missed more than may wait for a client is new.
   */
  override restoreSession(pid: PrivateSessionId, offset: string): Promise<Session | null> {
    this.#forget();
    const lost = this.#lost.get(pid);
    if (lost === undefined) return Promise.resolve(null);
    this.#lost.delete(pid);
    const { session } = lost;
    const log = this.#log;
    const since = Math.max(lost.since, log.numberOf(offset) ?? 0);
    if (!log.reaches(since)) return Promise.resolve(null);
    // Asked when the client is let in, and so with what came while its middlewares ran.
    const missed = () => log.after(since, session.rooms);
    if (this.#isTooMuch(missed())) return Promise.resolve(null);
    this.#since.set(session.sid, since);
    const restored: Session = {
      ...session,
      get missedPackets() {
        return missed().map(({ data }) => data);
      },
    };
    keepFrames(restored, () => missed().map(({ frame }) => frame));
    return Promise.resolve(restored);
  }

  // Its connection would be closed for that, and so would the next one.
  #isTooMuch(missed: readonly LoggedPacket[]): boolean {
    const { maxBufferedAmount, slowClients } = this.nsp.server.engine.opts;
    return slowClients === "close" &&
      missed.reduce((sum, { frame }) => sum + frame.size, 0) > maxBufferedAmount;
  }

  #forget(): void {
    this.#log.prune();
    const oldest = Date.now() - this.#options.maxDisconnectionDuration;
    for (const [pid, { lostAt }] of this.#lost) {
      if (lostAt >= oldest) break;
      this.#lost.delete(pid);
    }
  }
}
