import { type AddressBucket, AddressBuckets } from "../engine/guards/address_buckets.ts";
import type { PacketDecoder } from "../wire/parser.ts";
import type { Connection } from "./connection.ts";
import { LimitedDecoder } from "./limited_decoder.ts";
import type { RateExcess, RateLimitAction, ResolvedRateLimit } from "./rate_limit.ts";
import type { AnySocket } from "./socket.ts";
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
    return cost === undefined || socket === undefined ? 1 : this.#askCost(cost, event, socket);
  }

  /** What happens to what comes too early. */
  choose(excess: RateExcess, socket: AnySocket | undefined): RateLimitAction | "pass" {
    const { exceeded } = this.options;
    if (typeof exceeded !== "function") return exceeded;
    return this.#ask(() => exceeded(excess, socket), socket) ?? "drop";
  }

  // By itself, since a function with a closure in it takes memory at each call.
  #askCost(cost: Cost, event: Event, socket: AnySocket): number {
    const count = this.#ask(() => cost(event, socket), socket);
    return typeof count === "number" && count >= 0 ? count : 1;
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

type Cost = NonNullable<ResolvedRateLimit["cost"]>;

/** The buckets of an address. */
export interface SharedBuckets {
  /** What is left of its events. */
  readonly events: AddressBucket | undefined;
  /** What is left of its bytes. */
  readonly bytes: AddressBucket | undefined;
}
