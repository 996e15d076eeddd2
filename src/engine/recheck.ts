import type { Deadlines, Limited } from "./deadlines.ts";

const FIRST = 1;
const LONGEST = 64;

/**
 * Asks a question again and again, ever more seldom, until the answer is yes: not every runtime tells when a client has
 * read what was sent.
 *
 * @param deadlines gives the time limits of a length, in milliseconds
 */
export function recheck(deadlines: (ms: number) => Deadlines, question: () => boolean): void {
  new Recheck(deadlines, question).wait();
}

class Recheck implements Limited {
  readonly #deadlines: (ms: number) => Deadlines;
  readonly #question: () => boolean;
  #pause = FIRST;

  constructor(deadlines: (ms: number) => Deadlines, question: () => boolean) {
    this.#deadlines = deadlines;
    this.#question = question;
  }

  wait(): void {
    this.#deadlines(this.#pause).start(this);
  }

  expired(): void {
    if (this.#question()) return;
    this.#pause = Math.min(this.#pause * 2, LONGEST);
    this.wait();
  }
}
