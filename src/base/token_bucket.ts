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

/** Which part of a burst may be taken between two looks at the clock: a look takes longer than all the rest. */
const UNTIMED = 1 / 16;

/**
 * Allows a rate: a bucket of tokens that fills by and by, and from which is taken what comes. What is larger than the
 * whole bucket passes when it is full, and leaves a debt.
 *
 * It never gives more than one that looks at the clock each time and holds a sixteenth more: what is taken between two
 * looks may have been there, or may have come to a bucket that was full. One of less than 16 tokens is exact.
 */
export class TokenBucket {
  readonly #rate: Required<Rate>;
  /** The tokens: those that may be taken before the next look at the clock, and the others. */
  #untimed = 0;
  #others: number;
  #filled = Date.now();

  constructor(rate: Required<Rate>) {
    this.#rate = rate;
    this.#others = rate.burst;
  }

  /** Whether there are enough tokens; for nothing, there always are. */
  has(count: number): boolean {
    return count <= this.#untimed || count === 0 || this.#hasNow(count);
  }

  /** Takes tokens that are there. */
  spend(count: number): void {
    this.#untimed -= count;
  }

  /** Takes tokens, if there are enough. */
  take(count: number): boolean {
    if (!this.has(count)) return false;
    this.spend(count);
    return true;
  }

  /** How long it takes until there are enough, in milliseconds. */
  wait(count: number): number {
    const tokens = this.#fill();
    const { perSecond, burst } = this.#rate;
    return Math.max(0, Math.ceil((Math.min(count, burst) - tokens) / perSecond * 1000));
  }

  #hasNow(count: number): boolean {
    const tokens = this.#fill();
    return tokens >= count || tokens >= this.#rate.burst;
  }

  // Puts in what has come since the last time.
  #fill(): number {
    const { perSecond, burst } = this.#rate;
    const now = Date.now();
    // A clock that was set back gives nothing, and takes nothing.
    const passed = Math.max(0, now - this.#filled);
    this.#filled = now;
    const tokens = Math.min(burst, this.#untimed + this.#others + passed * perSecond / 1000);
    this.#untimed = Math.min(burst * UNTIMED, tokens);
    this.#others = tokens - this.#untimed;
    return tokens;
  }
}
