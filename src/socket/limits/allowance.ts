import { type Rate, TokenBucket } from "../../base/token_bucket.ts";

/** As much as anybody spends at once, where there is no rate. */
const PLENTY = 2 ** 30 - 1;

/** What an {@linkcode Allowance} limits. */
export type Allowed = "events" | "bytes";

/**
 * What a client may send, or all clients of an address: events and bytes.
 *
 * Both have a bucket, of which it has borrowed a part. Most messages are paid for with that: one look for both rates,
 * and none at the clock. It never gives more than buckets that look at the clock each time and hold a sixteenth more:
 * what is borrowed may have been there, or may have come to a bucket that was full.
 */
export class Allowance {
  /** What is left of the loans; less than nothing, if a bucket lends none or there is a debt. */
  #events = 0;
  #bytes = 0;
  readonly #eventBucket: TokenBucket | undefined;
  readonly #byteBucket: TokenBucket | undefined;

  constructor(events: Required<Rate> | undefined, bytes: Required<Rate> | undefined) {
    this.#eventBucket = events && new TokenBucket(events);
    this.#byteBucket = bytes && new TokenBucket(bytes);
  }

  /** Whether it is as it was when it was made. */
  get full(): boolean {
    this.#settle();
    return this.#eventBucket?.full !== false && this.#byteBucket?.full !== false;
  }

  /** Whether the loans are enough. */
  covers(events: number, bytes: number): boolean {
    return events <= this.#events && bytes <= this.#bytes;
  }

  /** Asks the buckets which of both there is not enough of, and borrows again. */
  lacks(events: number, bytes: number): Allowed | undefined {
    this.#settle();
    const hasEvents = this.#eventBucket?.has(events) !== false;
    const hasBytes = this.#byteBucket?.has(bytes) !== false;
    this.#events = this.#eventBucket === undefined ? PLENTY : this.#eventBucket.lend();
    this.#bytes = this.#byteBucket === undefined ? PLENTY : this.#byteBucket.lend();
    return !hasEvents ? "events" : hasBytes ? undefined : "bytes";
  }

  /** Takes what is there. */
  spend(events: number, bytes: number): void {
    this.#events -= events;
    this.#bytes -= bytes;
  }

  /** How long it takes until there is enough of one, in milliseconds. */
  wait(what: Allowed, count: number): number {
    this.#settle();
    const bucket = what === "events" ? this.#eventBucket : this.#byteBucket;
    return bucket?.wait(count) ?? 0;
  }

  #settle(): void {
    this.#eventBucket?.settle(this.#events);
    this.#byteBucket?.settle(this.#bytes);
    this.#events = this.#bytes = 0;
  }
}
