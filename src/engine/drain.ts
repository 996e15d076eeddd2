import { duration, shown } from "../base/checks.ts";
import type { Session } from "./session.ts";

/** How often it is looked who is to go next. */
const STEP = 100;
/** The part of the period in which those leave that have nothing under way; what is left is for the others. */
const SPREAD = 0.8;
/** How long the runtime gets to write the last answers, when all are gone. */
const LAST_WORDS = 50;

/** Options of a drain. */
export interface DrainOptions {
  /**
   * How long it may take, in milliseconds. The default ends before Docker loses its patience, after ten seconds.
   *
   * @default 8_000
   */
  within?: number;
}

/**
 * Lets the sessions of an engine go, one after the other over a period, so that the server they come back to is not
 * stormed. A session that has something under way waits for it, until the period ends.
 */
export class Drain {
  /** Resolved when all are gone. */
  readonly done: Promise<void>;
  readonly #sessions: ReadonlyMap<string, Session>;
  readonly #within: number;
  readonly #end: number;
  /** Those that were not told to go yet. */
  readonly #staying: Set<Session>;
  /** How many go with each step. */
  readonly #pace: number;
  /** How many should still be there. */
  #allowed: number;
  #resolve!: () => void;
  readonly #steps: ReturnType<typeof setInterval>;
  readonly #limit: ReturnType<typeof setTimeout>;
  #over = false;

  /**
   * @param sessions those that are open, as they are at any time
   * @throws {TypeError} if the options are no object
   * @throws {RangeError} if the period is out of range
   */
  constructor(sessions: ReadonlyMap<string, Session>, options: DrainOptions) {
    if (typeof options !== "object" || options === null) {
      throw new TypeError(`drain() needs options such as { within }, got ${shown(options)}`);
    }
    this.#within = duration("within", options.within ?? 8_000);
    this.#end = Date.now() + this.#within;
    this.#sessions = sessions;
    this.#staying = new Set(sessions.values());
    this.#allowed = this.#staying.size;
    this.#pace = this.#allowed * STEP / (this.#within * SPREAD);
    this.done = new Promise((resolve) => this.#resolve = resolve);
    this.#steps = setInterval(() => this.#step(), STEP);
    this.#limit = setTimeout(() => this.#finish(), this.#within);
    this.check();
  }

  /** How long it may still take, in milliseconds. */
  get remaining(): number {
    // The clock may be set meanwhile.
    return Math.min(Math.max(0, this.#end - Date.now()), this.#within);
  }

  /** Ends the drain if all are gone. */
  check(): void {
    if (this.#over || this.#sessions.size > 0) return;
    this.#over = true;
    clearInterval(this.#steps);
    clearTimeout(this.#limit);
    setTimeout(this.#resolve, LAST_WORDS);
  }

  #step(): void {
    this.#allowed -= this.#pace;
    for (const session of this.#staying) {
      if (this.#staying.size <= this.#allowed) break;
      if (session.busy) continue;
      this.#staying.delete(session);
      session.retire();
    }
  }

  #finish(): void {
    for (const session of [...this.#sessions.values()]) {
      session.retire();
      session.close(true);
    }
  }
}
