import { RateLimitError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { TokenBucket } from "../base/token_bucket.ts";
import { type AddressBucket, AddressBuckets } from "../engine/address_buckets.ts";
import type { PacketDecoder } from "../wire/parser.ts";
import { type Packet, PacketType } from "../wire/socket_packet.ts";
import { utf8Length } from "../wire/utf8.ts";
import type { Connection } from "./connection.ts";
import type { RateExcess, RateLimitAction, ResolvedRateLimit } from "./rate_limit.ts";
import { type AnySocket, failSocket } from "./socket.ts";
import type { Event } from "./socket_events.ts";

/** Limits how often clients send, and how much: those of a server. */
export class RateLimiter {
  readonly options: ResolvedRateLimit;
  readonly #report: (error: unknown, socket: AnySocket | undefined) => void;
  readonly #events: AddressBuckets | undefined;
  readonly #bytes: AddressBuckets | undefined;

  /** @param report told of what a function of the options fails with */
  constructor(
    options: ResolvedRateLimit,
    report: (error: unknown, socket: AnySocket | undefined) => void,
  ) {
    this.options = options;
    this.#report = report;
    const { eventsPerAddress, bytesPerAddress } = options;
    if (eventsPerAddress !== undefined) this.#events = new AddressBuckets(eventsPerAddress);
    if (bytesPerAddress !== undefined) this.#bytes = new AddressBuckets(bytesPerAddress);
  }

  /** Puts the decoder of a connection behind the limits. */
  limit(connection: Connection, decoder: PacketDecoder): PacketDecoder {
    return new LimitedDecoder(this, connection, decoder);
  }

  /** Forgets the addresses that nobody is connected from. */
  clear(): void {
    this.#events?.clear();
    this.#bytes?.clear();
  }

  /** The buckets of an address, to be released. */
  acquire(address: string): SharedBuckets {
    return { events: this.#events?.acquire(address), bytes: this.#bytes?.acquire(address) };
  }

  /** Gives the buckets of an address back. */
  release({ events, bytes }: SharedBuckets): void {
    if (events !== undefined) this.#events!.release(events);
    if (bytes !== undefined) this.#bytes!.release(bytes);
  }

  /** For how many events one counts. */
  cost(event: Event, socket: AnySocket): number {
    const cost = this.#ask(() => this.options.cost!(event, socket), socket);
    return typeof cost === "number" && cost >= 0 ? cost : 1;
  }

  /** What happens to what comes too early. */
  choose(excess: RateExcess, socket: AnySocket | undefined): RateLimitAction | "pass" {
    const { exceeded } = this.options;
    if (typeof exceeded !== "function") return exceeded;
    return this.#ask(() => exceeded(excess, socket), socket) ?? "drop";
  }

  #ask<Answer>(question: () => Answer, socket: AnySocket | undefined): Answer | undefined {
    try {
      return question();
    } catch (error) {
      this.#report(error, socket);
      return undefined;
    }
  }
}

interface SharedBuckets {
  readonly events: AddressBucket | undefined;
  readonly bytes: AddressBucket | undefined;
}

type Buckets = [limit: RateExcess["limit"], bucket: TokenBucket][];

/** A decoder that keeps back what comes too early. */
class LimitedDecoder implements PacketDecoder {
  readonly addFrom?: (text: string, start: number) => void;
  readonly #limiter: RateLimiter;
  readonly #connection: Connection;
  readonly #decoder: PacketDecoder;
  #shared: SharedBuckets | undefined;
  readonly #events: Buckets = [];
  readonly #bytes: Buckets = [];
  /** The bytes of the packet that is coming in. */
  #size = 0;

  constructor(limiter: RateLimiter, connection: Connection, decoder: PacketDecoder) {
    this.#limiter = limiter;
    this.#connection = connection;
    this.#decoder = decoder;
    const { events, bytes } = limiter.options;
    const shared = this.#shared = limiter.acquire(connection.conn.remoteAddress);
    if (events !== undefined) this.#events.push(["events", new TokenBucket(events)]);
    if (shared.events !== undefined) this.#events.push(["eventsPerAddress", shared.events]);
    if (bytes !== undefined) this.#bytes.push(["bytes", new TokenBucket(bytes)]);
    if (shared.bytes !== undefined) this.#bytes.push(["bytesPerAddress", shared.bytes]);
    if (decoder.addFrom !== undefined) {
      this.addFrom = (text, start) => {
        this.#count(text);
        decoder.addFrom!(text, start);
      };
    }
  }

  get incomplete(): boolean {
    return this.#decoder.incomplete === true;
  }

  on(_event: "decoded", listener: (packet: Packet) => void): this {
    this.#decoder.on("decoded", (packet) => {
      if (this.#admits(packet)) listener(packet);
    });
    return this;
  }

  add(message: string | Uint8Array): void {
    this.#count(message);
    this.#decoder.add(message);
  }

  destroy(): void {
    this.#decoder.destroy();
    if (this.#shared !== undefined) this.#limiter.release(this.#shared);
    this.#shared = undefined;
  }

  #count(message: string | Uint8Array): void {
    if (this.#bytes.length === 0) return;
    this.#size += typeof message === "string" ? utf8Length(message) : message.length;
  }

  #admits(packet: Packet): boolean {
    const size = this.#size;
    this.#size = 0;
    const isEvent = packet.type === PacketType.EVENT || packet.type === PacketType.BINARY_EVENT;
    const socket = this.#connection.find(packet.nsp);
    let count = isEvent || isConnect(packet, socket) ? 1 : 0;
    if (isEvent && socket !== undefined && this.#limiter.options.cost !== undefined) {
      count = this.#limiter.cost(packet.data as Event, socket);
    }
    const name = isEvent ? String((packet.data as Event)[0]) : undefined;
    const excess = this.#excess(count, size, name);
    return excess === undefined || this.#passes(packet, excess, socket);
  }

  // Takes from all buckets, or from none.
  #excess(count: number, size: number, event: string | undefined): RateExcess | undefined {
    const now = Date.now();
    const short = this.#events.find(([, it]) => !it.has(count, now)) ??
      this.#bytes.find(([, it]) => !it.has(size, now));
    if (short !== undefined) {
      const [limit, bucket] = short;
      return { limit, retryAfter: bucket.wait(limit.startsWith("events") ? count : size), event };
    }
    for (const [, bucket] of this.#events) bucket.take(count, now);
    for (const [, bucket] of this.#bytes) bucket.take(size, now);
    return undefined;
  }

  // Whether it passes all the same; if not, the client is told as the options say.
  #passes(packet: Packet, excess: RateExcess, socket: AnySocket | undefined): boolean {
    const action = this.#limiter.choose(excess, socket);
    const { limit, retryAfter, event } = excess;
    const error = new RateLimitError(limit, retryAfter, event);
    log("socket.io:client", "%s: %s", error.message, action);
    if (action === "pass") return true;
    if (action === "disconnect") this.#connection.violate(error.message);
    else if (isConnect(packet, socket)) this.#connection.refuse(packet.nsp, error);
    // The server waits for acknowledgements, and whoever wants to leave may.
    else if (event === undefined) return true;
    else if (action === "error" && socket !== undefined) {
      const answer = { error: error.message, limit, retryAfter };
      if (packet.id !== undefined) this.#connection.acknowledge(packet.nsp, packet.id, [answer]);
      failSocket(socket, error);
    }
    return false;
  }
}

// A second CONNECT is another thing: it breaks the protocol.
function isConnect(packet: Packet, socket: AnySocket | undefined): boolean {
  return packet.type === PacketType.CONNECT && socket === undefined;
}
