import { LONGEST_WAIT } from "../../base/checks.ts";
import { type Rate, TokenBucket } from "../../base/token_bucket.ts";
import { addressGroup } from "./address_group.ts";
import { Deadlines, type Limited } from "../deadlines.ts";

/** How many buckets are kept that nobody uses: with more, the oldest are forgotten before they are full. */
const MOST_IDLE = 100_000;

/** The bucket of an address. */
export class AddressBucket extends TokenBucket implements Limited {
  /** The address. */
  readonly group: string;
  /** How many use it. */
  users = 0;
  readonly #expired: (bucket: AddressBucket) => void;

  constructor(rate: Required<Rate>, group: string, expired: (bucket: AddressBucket) => void) {
    super(rate);
    this.group = group;
    this.#expired = expired;
  }

  /** It is full again. */
  expired(): void {
    this.#expired(this);
  }
}

/** A bucket for each address. One that is full, and that nobody uses, is forgotten: a new one would be the same. */
export class AddressBuckets {
  readonly #rate: Required<Rate>;
  readonly #buckets = new Map<string, AddressBucket>();
  /** Those that nobody uses, the oldest first. */
  readonly #idle = new Set<AddressBucket>();
  readonly #filling: Deadlines;

  constructor(rate: Required<Rate>) {
    this.#rate = rate;
    this.#filling = new Deadlines(
      Math.min(Math.ceil(rate.burst / rate.perSecond * 1000), LONGEST_WAIT),
    );
  }

  /** How many there are. */
  get size(): number {
    return this.#buckets.size;
  }

  /** The bucket of an address, which is to be released; `undefined` if the address is unknown. */
  acquire(address: string): AddressBucket | undefined {
    if (address === "") return undefined;
    const group = addressGroup(address);
    let bucket = this.#buckets.get(group);
    if (bucket === undefined) {
      bucket = new AddressBucket(this.#rate, group, (it) => this.#forget(it));
      this.#buckets.set(group, bucket);
    } else if (this.#idle.delete(bucket)) this.#filling.stop(bucket);
    bucket.users++;
    return bucket;
  }

  /** Says that a bucket is not used any more. */
  release(bucket: AddressBucket): void {
    if (--bucket.users > 0) return;
    this.#idle.add(bucket);
    this.#filling.start(bucket);
    if (this.#idle.size > MOST_IDLE) this.#forget(this.#idle.values().next().value!);
  }

  /** Forgets those that nobody uses. */
  clear(): void {
    for (const bucket of [...this.#idle]) this.#forget(bucket);
  }

  #forget(bucket: AddressBucket): void {
    this.#filling.stop(bucket);
    this.#idle.delete(bucket);
    this.#buckets.delete(bucket.group);
  }
}
