import { LONGEST_WAIT } from "../../base/checks.ts";
import type { Rate } from "../../base/token_bucket.ts";
import { addressGroup } from "./address_group.ts";
import { Deadlines, type Limited } from "../deadlines.ts";

/** How many are kept that nobody uses: with more, the oldest are forgotten before they are full. */
const MOST_IDLE = 100_000;

/** Something that is used up, and fills again: a bucket, or some. */
export interface Filling {
  /** Whether it is as a new one. */
  readonly full: boolean;
}

/** What an address has. */
export class Share<Value extends Filling> implements Limited {
  /** The address. */
  readonly group: string;
  readonly value: Value;
  /** How many use it. */
  users = 0;
  readonly #expired: (share: Share<Value>) => void;

  constructor(value: Value, group: string, expired: (share: Share<Value>) => void) {
    this.value = value;
    this.group = group;
    this.#expired = expired;
  }

  /** It should be full again. */
  expired(): void {
    this.#expired(this);
  }
}

/** Buckets for each address. Those that are full, and that nobody uses, are forgotten: new ones would be the same. */
export class PerAddress<Value extends Filling> {
  readonly #create: () => Value;
  readonly #shares = new Map<string, Share<Value>>();
  /** Those that nobody uses, the oldest first. */
  readonly #idle = new Set<Share<Value>>();
  readonly #filling: Deadlines;

  /**
   * @param create makes what a new address has
   * @param rates those at which it fills
   */
  constructor(create: () => Value, ...rates: (Required<Rate> | undefined)[]) {
    this.#create = create;
    const seconds = Math.max(...rates.map((it) => it === undefined ? 0 : it.burst / it.perSecond));
    this.#filling = new Deadlines(Math.min(Math.ceil(seconds * 1000), LONGEST_WAIT));
  }

  /** How many there are. */
  get size(): number {
    return this.#shares.size;
  }

  /** What an address has, which is to be released; `undefined` if the address is unknown. */
  acquire(address: string): Share<Value> | undefined {
    if (address === "") return undefined;
    const group = addressGroup(address);
    let share = this.#shares.get(group);
    if (share === undefined) {
      share = new Share(this.#create(), group, (it) => this.#check(it));
      this.#shares.set(group, share);
    } else if (this.#idle.delete(share)) this.#filling.stop(share);
    share.users++;
    return share;
  }

  /** Says that it is not used any more. */
  release(share: Share<Value>): void {
    if (--share.users > 0) return;
    this.#idle.add(share);
    this.#filling.start(share);
    if (this.#idle.size > MOST_IDLE) this.#forget(this.#idle.values().next().value!);
  }

  /** Forgets those that nobody uses. */
  clear(): void {
    for (const share of [...this.#idle]) this.#forget(share);
  }

  // With a debt, it takes longer.
  #check(share: Share<Value>): void {
    if (share.value.full) this.#forget(share);
    else this.#filling.start(share);
  }

  #forget(share: Share<Value>): void {
    this.#filling.stop(share);
    this.#idle.delete(share);
    this.#shares.delete(share.group);
  }
}
