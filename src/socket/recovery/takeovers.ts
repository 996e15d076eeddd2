import type { PrivateSessionId } from "../adapter.ts";

/** How often in a period a client may do it: a bad network takes several connections in one. */
const MOST = 20;

interface Count {
  readonly since: number;
  times: number;
}

/**
 * How often clients have lately taken over a connection that seemed to be open, because they were back before its loss
 * was noticed. Two clients that share a private id, two tabs perhaps, would take over from each other for ever: after
 * some times, the next one is new.
 */
export class Takeovers {
  /** The one that began first is first. */
  readonly #counts = new Map<PrivateSessionId, Count>();
  readonly #period: number;

  /** @param period in milliseconds */
  constructor(period: number) {
    this.#period = period;
  }

  /** Whether a client may take over once more. */
  allow(pid: PrivateSessionId): boolean {
    const now = Date.now();
    for (const [known, { since }] of this.#counts) {
      if (now - since < this.#period) break;
      this.#counts.delete(known);
    }
    let count = this.#counts.get(pid);
    if (count === undefined) this.#counts.set(pid, count = { since: now, times: 0 });
    return count.times++ < MOST;
  }
}
