/** How much of something may come. */
export interface Rate {
  /** How much in a second, over time. */
  readonly perSecond: number;
  /**
   * How much at once, after a pause.
   *
   * @default perSecond, and at least 1
   */
  readonly burst?: number;
}

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

  /** Whether there are enough tokens; for nothing, there always are. */
  has(count: number, now: number): boolean {
    if (count === 0) return true;
    if (now !== this.#filled) this.#fill(now);
    return this.#tokens >= count || this.#tokens >= this.#rate.burst;
  }

  /** Takes tokens that are there. */
  spend(count: number): void {
    this.#tokens -= count;
  }

  /** Takes tokens, if there are enough. */
  take(count: number): boolean {
    if (!this.has(count, Date.now())) return false;
    this.spend(count);
    return true;
  }

  /** How long it takes until there are enough, in milliseconds. */
  wait(count: number): number {
    this.#fill(Date.now());
    const { perSecond, burst } = this.#rate;
    return Math.max(0, Math.ceil((Math.min(count, burst) - this.#tokens) / perSecond * 1000));
  }

  #fill(now: number): void {
    const { perSecond, burst } = this.#rate;
    // A clock that was set back gives nothing, and takes nothing.
    const passed = Math.max(0, now - this.#filled);
    this.#filled = now;
    this.#tokens = Math.min(burst, this.#tokens + passed * perSecond / 1000);
  }
}
