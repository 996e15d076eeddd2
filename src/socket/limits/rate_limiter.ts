import { PerAddress, type Share } from "../../engine/guards/per_address.ts";
import type { PacketDecoder } from "../../wire/parser.ts";
import { Allowance } from "./allowance.ts";
import type { Connection } from "../connection.ts";
import { LimitedDecoder } from "./limited_decoder.ts";
import type { RateExcess, RateLimitAction, ResolvedRateLimit } from "./rate_limit.ts";
import type { AnySocket } from "../socket.ts";
import type { Event } from "../socket_events.ts";

/** Limits how often clients send, and how much: those of a server. */
export class RateLimiter {
  readonly options: ResolvedRateLimit;
  readonly #report: (error: unknown, socket: AnySocket | undefined) => void;
  readonly #shares: PerAddress<Allowance> | undefined;

  /** @param report told of what a function of the options fails with */
  constructor(
    options: ResolvedRateLimit,
    report: (error: unknown, socket: AnySocket | undefined) => void,
  ) {
    this.options = options;
    this.#report = report;
    const { eventsPerAddress: events, bytesPerAddress: bytes } = options;
    if (events === undefined && bytes === undefined) return;
    this.#shares = new PerAddress(() => new Allowance(events, bytes), events, bytes);
  }

  /** Puts the decoder of a connection behind the limits. */
  limit(connection: Connection, decoder: PacketDecoder): PacketDecoder {
    return new LimitedDecoder(this, connection, decoder);
  }

  /** Forgets the addresses that nobody is connected from. */
  clear(): void {
    this.#shares?.clear();
  }

  /** What all clients of an address may send, to be released; `undefined` if that is not limited. */
  acquire(address: string): Share<Allowance> | undefined {
    return this.#shares?.acquire(address);
  }

  /** Gives it back. */
  release(share: Share<Allowance>): void {
    this.#shares!.release(share);
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
