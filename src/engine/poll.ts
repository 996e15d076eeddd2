/** How long a poll waits, at least, before its answer is begun as a stream. */
const QUIET = 50;

/** The body of a poll's answer; a stream is of text. */
export type PollBody = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

const encoder = new TextEncoder();

/**
 * A GET that waits for something to say.
 *
 * What comes within moments makes a plain body, the cheapest answer by far. A poll that goes on waiting becomes a
 * stream: its cancel is the one sign of a lost client that every runtime gives.
 */
export class Poll {
  /** The body of the answer. */
  readonly body: Promise<PollBody>;
  #resolve!: (body: PollBody) => void;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #answered = false;
  readonly #lost: () => void;

  /** @param lost called if the client goes while it waits */
  constructor(lost: () => void) {
    this.#lost = lost;
    this.body = new Promise((resolve) => this.#resolve = resolve);
  }

  /** Whether there is an answer. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Whether the answer has begun, as a stream of text. */
  get streaming(): boolean {
    return this.#stream !== undefined;
  }

  /** Ends the wait. */
  answer(payload: string | Uint8Array<ArrayBuffer>): void {
    if (this.#answered) return;
    if (this.#stream === undefined) {
      this.#answered = true;
      return this.#resolve(payload);
    }
    try {
      this.#stream.enqueue(typeof payload === "string" ? encoder.encode(payload) : payload);
      // Deno may find only here that the client has gone, and cancel within the call.
      if (this.#answered) return;
      this.#answered = true;
      this.#stream.close();
    } catch {
      this.#lose();
    }
  }

  /** Begins the answer, so that a loss of the client is noticed. */
  stream(): void {
    if (this.#answered || this.#stream !== undefined) return;
    this.#resolve(
      new ReadableStream({
        start: (controller) => void (this.#stream = controller),
        cancel: () => this.#lose(),
      }),
    );
  }

  #lose(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#lost();
  }
}

/** Turns polls that wait into streams: one timer for all of them, and none while nobody waits. */
export class PollSweep {
  #young: Poll[] = [];
  #old: Poll[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Watches over a poll that has begun to wait. */
  add(poll: Poll): void {
    this.#young.push(poll);
    this.#timer ??= setTimeout(() => this.#sweep(), QUIET);
  }

  #sweep(): void {
    const due = this.#old;
    this.#old = this.#young.filter((poll) => !poll.answered);
    this.#young = [];
    for (const poll of due) poll.stream();
    this.#timer = this.#old.length > 0 ? setTimeout(() => this.#sweep(), QUIET) : undefined;
  }
}
