import { randomId } from "../../base/ids.ts";
import type { Frame } from "../../wire/frame.ts";
import type { Room } from "../adapter.ts";

/** A packet that some client may have missed. */
export interface LoggedPacket {
  /** Its event and arguments, with its offset at the end. */
  readonly data: unknown[];
  /** The rooms that it went to; none for all. */
  readonly rooms: ReadonlySet<Room>;
  /** The rooms that were left out. */
  readonly except: ReadonlySet<Room> | undefined;
  /** When it was sent. */
  readonly sentAt: number;
  /** As it was written; what is in `data` may change. */
  readonly frame: Frame;
}

/** How much a log holds. */
export interface LogBounds {
  /** For how many milliseconds. */
  readonly duration: number;
  /** How many packets. */
  readonly packets: number;
  /** What they weigh together. */
  readonly bytes: number;
}

/**
 * The last packets of a namespace by their number. An offset is a number in a form that tells this log from others: of
 * a server that ran before this one, for example.
 */
export class PacketLog {
  readonly #bounds: LogBounds;
  /** Those before `#head` are gone already. */
  #packets: (LoggedPacket | undefined)[] = [];
  #head = 0;
  /** The number of the packet at the head; 0 stands for "before the first packet". */
  #first = 1;
  #bytes = 0;
  /** When the last packet was sent that had to go before its time. */
  #overflowAt = -Infinity;
  #mark = "";

  constructor(bounds: LogBounds) {
    this.#bounds = bounds;
  }

  /** The number of the last packet. */
  get last(): number {
    return this.#first + this.#packets.length - this.#head - 1;
  }

  /** How many packets are kept. */
  get size(): number {
    return this.#packets.length - this.#head;
  }

  /** Writes a number as an offset. */
  offsetOf(number: number): string {
    this.#mark ||= randomId().slice(0, 8);
    return this.#mark + number.toString(36);
  }

  /** Reads an offset; `undefined` if it is none of this log's. */
  numberOf(offset: string): number | undefined {
    if (this.#mark === "" || !offset.startsWith(this.#mark)) return undefined;
    const number = Number.parseInt(offset.slice(this.#mark.length), 36);
    return this.offsetOf(number) === offset && number <= this.last ? number : undefined;
  }

  /** Adds a packet, and drops what is too old or too much. */
  add(packet: LoggedPacket): void {
    this.#packets.push(packet);
    this.#bytes += packet.frame.size;
    this.prune();
    const { packets, bytes } = this.#bounds;
    while (this.size > packets || (this.#bytes > bytes && this.size > 0)) {
      this.#overflowAt = this.#packets[this.#head]!.sentAt;
      this.#drop();
    }
  }

  /** Drops what is too old. */
  prune(): void {
    const oldest = Date.now() - this.#bounds.duration;
    while (this.size > 0 && this.#packets[this.#head]!.sentAt < oldest) this.#drop();
  }

  /** Whether nothing after a number is gone that is not too old to have been missed. */
  reaches(number: number): boolean {
    return number >= this.#first - 1 || this.#overflowAt < Date.now() - this.#bounds.duration;
  }

  /** What was sent after a number, to all or to some of the rooms. */
  after(number: number, rooms: readonly Room[]): LoggedPacket[] {
    const own = new Set(rooms);
    const missed: LoggedPacket[] = [];
    const from = this.#head + Math.max(0, number + 1 - this.#first);
    for (let i = from; i < this.#packets.length; i++) {
      const packet = this.#packets[i]!;
      if (packet.rooms.size > 0 && !meet(packet.rooms, own)) continue;
      if (packet.except !== undefined && meet(packet.except, own)) continue;
      missed.push(packet);
    }
    return missed;
  }

  /** Drops everything. */
  clear(): void {
    this.#first = this.last + 1;
    this.#packets = [];
    this.#head = this.#bytes = 0;
  }

  #drop(): void {
    this.#bytes -= this.#packets[this.#head]!.frame.size;
    this.#packets[this.#head++] = undefined;
    this.#first++;
    // Moved seldom, so that each packet is moved once on average.
    if (this.#head < 64 || this.#head * 2 < this.#packets.length) return;
    this.#packets = this.#packets.slice(this.#head);
    this.#head = 0;
  }
}

/** Whether two sets have something in common; not by `isDisjointFrom`, which Node 20 has not. */
function meet(a: ReadonlySet<Room>, b: ReadonlySet<Room>): boolean {
  const more = a.size < b.size ? b : a;
  for (const room of a.size < b.size ? a : b) {
    if (more.has(room)) return true;
  }
  return false;
}
