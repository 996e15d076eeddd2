/** How much of something may come. */
export interface Rate {
  /** How much in a second, over time. */
  readonly perSecond: number;
  /**
   * How much at once, after a pause; up to a sixteenth more may pass, since the clock is not read each time.
   *
   * @default perSecond, and at least 1
   */
  readonly burst?: number;
}

/** Which part of a burst is lent at once. */
const LOAN = 1 / 16;
/** Loans are small whole numbers, which take no memory of their own. */
const MOST_LENT = 2 ** 30 - 1;

/**
 * Allows a rate: a bucket of tokens that fills by and by, and from which is taken what comes. What is larger than the
 * whole bucket passes when it is full, and leaves a debt.
 */
export class TokenBucket {
  readonly #rate: Required<Rate>;
  #tokens: number;
  #filled = Date.now();

  constructor(rate: Required<Rate>) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** Whether there is all that there can be. */
  get full(): boolean {
    return this.#fill() >= this.#rate.burst;
  }

  /** Whether there are enough tokens; for nothing, there always are. */
  has(count: number): boolean {
    return count === 0 || this.#fill() >= Math.min(count, this.#rate.burst);
  }

  /** Takes tokens, if there are enough. */
  take(count: number): boolean {
    const has = this.has(count);
    if (has) this.#tokens -= count;
    return has;
  }

  /** How long it takes until there are enough, in milliseconds. */
  wait(count: number): number {
    const { perSecond, burst } = this.#rate;
    return Math.max(0, Math.ceil((Math.min(count, burst) - this.#fill()) / perSecond * 1000));
  }

  /**
   * Takes tokens out for someone who spends them without asking again: a look at the clock takes longer than all the
   * rest. There are none to lend in a bucket of less than sixteen.
   */
  lend(): number {
    const loan = Math.floor(
      Math.min(this.#rate.burst * LOAN, MOST_LENT, Math.max(0, this.#tokens)),
    );
    this.#tokens -= loan;
    return loan;
  }

  /** Takes back what is left of a loan; less than nothing, if more was spent. */
  settle(left: number): void {
    this.#tokens += left;
  }

  // Puts in what has come since the last time.
  #fill(): number {
    const { perSecond, burst } = this.#rate;
    const now = Date.now();
    // A clock that was set back gives nothing, and takes nothing.
    const passed = Math.max(0, now - this.#filled);
    this.#filled = now;
    return this.#tokens = Math.min(burst, this.#tokens + passed * perSecond / 1000);
  }
}
