/** How often something happened in some ten seconds. */
export interface Count {
  /** Their beginning, in milliseconds since 1970. */
  readonly timestamp: number;
  /** What happened. */
  readonly type: string;
  /** Of which kind. */
  readonly subType: string | undefined;
  /** How often. */
  count: number;
}

/** What the front end shows as one point, and how far back it goes, in milliseconds. */
const STEP = 10_000;
const SPAN = 600_000;

/** Counts what happens, for as long as the front end would show it. */
export class Tally {
  #counts = new Map<string, Count>();

  /** Something happened. */
  add(type: string, times = 1, subType?: string): void {
    const now = Date.now();
    const timestamp = now - now % STEP;
    const key = `${timestamp} ${type} ${subType}`;
    const known = this.#counts.get(key);
    if (known !== undefined) {
      known.count += times;
      return;
    }
    this.#counts.set(key, { timestamp, type, subType, count: times });
    for (const [old, it] of this.#counts) {
      if (it.timestamp > timestamp - SPAN) break;
      this.#counts.delete(old);
    }
  }

  /** What was counted since this was asked last. */
  take(): Count[] {
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    return counts;
  }
}
