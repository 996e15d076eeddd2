import type { Deadlines, Limited } from "./deadlines.ts";

/** How often it is asked at the end of a turn before it is left to timers, which are milliseconds late. */
const TURNS = 8;
const LONGEST = 64;

/** How to wait. */
export interface Patience {
  /** Calls at the end of this turn of the event loop; `false` if the runtime has no such thing. */
  soon(callback: () => void): boolean;
  /** The time limits of a length, in milliseconds. */
  deadlines(ms: number): Deadlines;
}

/**
 * Asks a question again and again, ever more seldom, until the answer is yes: not every runtime tells when a client has
 * read what was sent.
 */
export function recheck(patience: Patience, question: () => boolean): void {
  new Recheck(patience, question).wait();
}

class Recheck implements Limited {
  readonly #patience: Patience;
  readonly #question: () => boolean;
  #turns = 0;
  #pause = 1;

  constructor(patience: Patience, question: () => boolean) {
    this.#patience = patience;
    this.#question = question;
  }

  wait(): void {
    if (this.#turns++ < TURNS && this.#patience.soon(() => this.#ask())) return;
    this.#patience.deadlines(this.#pause).start(this);
    this.#pause = Math.min(this.#pause * 2, LONGEST);
  }

  expired(): void {
    this.#ask();
  }

  #ask(): void {
    if (!this.#question()) this.wait();
  }
}
