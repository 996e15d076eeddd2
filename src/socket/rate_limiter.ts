import { RateLimitError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { TokenBucket } from "../base/token_bucket.ts";
import { type AddressBucket, AddressBuckets } from "../engine/guards/address_buckets.ts";
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
  cost(event: Event, socket: AnySocket | undefined): number {
    const { cost } = this.options;
    if (cost === undefined || socket === undefined) return 1;
    const count = this.#ask(() => cost(event, socket), socket);
    return typeof count === "number" && count >= 0 ? count : 1;
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

/** A decoder that keeps back what comes too early. */
class LimitedDecoder implements PacketDecoder {
  readonly addFrom?: (text: string, start: number) => void;
  readonly #limiter: RateLimiter;
  readonly #connection: Connection;
  readonly #decoder: PacketDecoder;
  readonly #events: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;
  readonly #shared: SharedBuckets;
  readonly #measures: boolean;
  /** The bytes of the packet that is coming in. */
  #size = 0;
  #over = false;

  constructor(limiter: RateLimiter, connection: Connection, decoder: PacketDecoder) {
    this.#limiter = limiter;
    this.#connection = connection;
    this.#decoder = decoder;
    const { events, bytes } = limiter.options;
    this.#events = events && new TokenBucket(events);
    this.#bytes = bytes && new TokenBucket(bytes);
    this.#shared = limiter.acquire(connection.conn.remoteAddress);
    this.#measures = this.#bytes !== undefined || this.#shared.bytes !== undefined;
    if (decoder.addFrom !== undefined) {
      this.addFrom = (text, start) => {
        if (this.#measures) this.#size += utf8Length(text);
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
    if (this.#measures) {
      this.#size += typeof message === "string" ? utf8Length(message) : message.length;
    }
    this.#decoder.add(message);
  }

  destroy(): void {
    this.#decoder.destroy();
    if (!this.#over) this.#limiter.release(this.#shared);
    this.#over = true;
  }

  #admits(packet: Packet): boolean {
    const size = this.#size;
    this.#size = 0;
    const socket = this.#connection.find(packet.nsp);
    const count = isEvent(packet)
      ? this.#limiter.cost(packet.data as Event, socket)
      : isConnect(packet, socket)
      ? 1
      : 0;
    const limit = this.#exceeded(count, size);
    return limit === undefined || this.#passes(packet, limit, count, size, socket);
  }

  // Takes from all buckets, or from none.
  #exceeded(count: number, size: number): RateExcess["limit"] | undefined {
    const now = Date.now();
    const { events, bytes } = this.#shared;
    if (this.#events?.has(count, now) === false) return "events";
    if (events?.has(count, now) === false) return "eventsPerAddress";
    if (this.#bytes?.has(size, now) === false) return "bytes";
    if (bytes?.has(size, now) === false) return "bytesPerAddress";
    this.#events?.spend(count);
    events?.spend(count);
    this.#bytes?.spend(size);
    bytes?.spend(size);
    return undefined;
  }

  #wait(limit: RateExcess["limit"], count: number, size: number): number {
    switch (limit) {
      case "events":
        return this.#events!.wait(count);
      case "eventsPerAddress":
        return this.#shared.events!.wait(count);
      case "bytes":
        return this.#bytes!.wait(size);
      case "bytesPerAddress":
        return this.#shared.bytes!.wait(size);
    }
  }

  // Whether it passes all the same; if not, the client is told as the options say.
  #passes(
    packet: Packet,
    limit: RateExcess["limit"],
    count: number,
    size: number,
    socket: AnySocket | undefined,
  ): boolean {
    const event = isEvent(packet) ? String((packet.data as Event)[0]) : undefined;
    const retryAfter = this.#wait(limit, count, size);
    const action = this.#limiter.choose({ limit, retryAfter, event }, socket);
    log("socket.io:client", "rateLimit.%s is exceeded: %s", limit, action);
    if (action === "pass") return true;
    // The server waits for acknowledgements, and whoever wants to leave may.
    const matters = event !== undefined || isConnect(packet, socket);
    if (action !== "disconnect" && !matters) return true;
    // In a flood, what is dropped should cost nothing.
    if (action === "drop" && event !== undefined) return false;
    const error = new RateLimitError(limit, retryAfter, event);
    if (action === "disconnect") this.#connection.violate(error.message);
    else if (event === undefined) this.#connection.refuse(packet.nsp, error);
    else if (socket !== undefined) {
      const answer = { error: error.message, limit, retryAfter };
      if (packet.id !== undefined) this.#connection.acknowledge(packet.nsp, packet.id, [answer]);
      failSocket(socket, error);
    }
    return false;
  }
}

function isEvent({ type }: Packet): boolean {
  return type === PacketType.EVENT || type === PacketType.BINARY_EVENT;
}

// A second CONNECT is another thing: it breaks the protocol.
function isConnect({ type }: Packet, socket: AnySocket | undefined): boolean {
  return type === PacketType.CONNECT && socket === undefined;
}
