/** How much later than asked for a timer may fire before the clock is thought to have been set. */
const MOST_LATE = 5_000;
/** How many lengths a table knows before it forgets those of which none is under way. */
const MANY_LENGTHS = 64;

/** Something that has a time limit. */
export interface Limited {
  /** The limit is over. */
  expired(): void;
}

/**
 * Time limits of one length, with one timer for all of them: a timer each would take more memory than a quiet
 * connection otherwise does. Since all are of one length, they end in the order in which they began.
 */
export class Deadlines {
  readonly #length: number;
  /** When each limit ends, by the clock; the next one first. */
  readonly #ends = new Map<Limited, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer should fire, by the clock. */
  #due = 0;

  /** @param length of each limit, in milliseconds */
  constructor(length: number) {
    // One that begins as another one ends must not end at once, and so on for ever.
    this.#length = Math.max(1, length);
  }

  /** Whether none is under way. */
  get idle(): boolean {
    return this.#ends.size === 0;
  }

  /** Begins a limit, or begins it anew. */
  start(item: Limited): void {
    if (this.#ends.size > 0) this.#ends.delete(item);
    const end = Date.now() + this.#length;
    this.#ends.set(item, end);
    if (this.#timer === undefined) this.#arm(end, this.#length);
  }

  /** Lifts a limit. */
  stop(item: Limited): void {
    if (!this.#ends.delete(item) || this.#ends.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(end: number, ms: number): void {
    this.#due = end;
    this.#timer = setTimeout(this.#fire, ms);
  }

  // Made once: a lone limit that begins and ends with each message would make it each time.
  readonly #fire = (): void => {
    const now = this.#clock();
    try {
      // The timer is still set, so that limits which begin here arm no other.
      for (const [item, end] of this.#ends) {
        if (end > now) break;
        this.#ends.delete(item);
        item.expired();
      }
    } finally {
      // Also if one has thrown: it must not take the others with it.
      this.#timer = undefined;
      const next = this.#ends.values().next();
      if (!next.done) this.#arm(next.value, Math.max(0, next.value - Date.now()));
    }
  };

  // A clock that was set must not end all limits at once, or none for hours: they move with it.
  #clock(): number {
    const now = Date.now();
    const late = now - this.#due;
    if (late < -MOST_LATE || late > MOST_LATE) {
      for (const [item, end] of this.#ends) this.#ends.set(item, end + late);
    }
    return now;
  }
}

/** The time limits of an engine by their length. */
export class DeadlineTable {
  readonly #known = new Map<number, Deadlines>();
  #most = MANY_LENGTHS;

  /** Those of a length in milliseconds. */
  of(length: number): Deadlines {
    let deadlines = this.#known.get(length);
    if (deadlines === undefined) {
      if (this.#known.size >= this.#most) this.#forget();
      this.#known.set(length, deadlines = new Deadlines(length));
    }
    return deadlines;
  }

  /** Forgets all of them: their timers are no more. */
  clear(): void {
    this.#known.clear();
  }

  // Each event may have a timeout of another length. Whoever has been given one that is forgotten may go on with it.
  #forget(): void {
    for (const [length, it] of this.#known) if (it.idle) this.#known.delete(length);
    this.#most = Math.max(MANY_LENGTHS, 2 * this.#known.size);
  }
}
