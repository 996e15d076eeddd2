import type { Encoding } from "./compression.ts";
import type { Reply } from "./reply.ts";

/** How long a poll waits, at least, before its answer is begun as a stream. */
const QUIET = 50;

/** The body of a poll's answer. */
export type PollBody = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

const encoder = new TextEncoder();

/**
 * A GET that waits for something to say.
 *
 * What comes within moments makes a plain body, the cheapest answer by far. A poll that goes on waiting becomes a
 * stream: its cancel is the one sign of a lost client that every runtime gives.
 *
 * A stream has to say how it is encoded before there is anything to encode. For a client that takes gzip it is gzip, and
 * what is too small to be compressed is stored in it as it is; a compressor is made when there is work for it.
 */
export class Poll {
  /** The body of the answer. */
  readonly body: Promise<PollBody>;
  #resolve!: (body: PollBody) => void;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #answered = false;
  readonly #reply: Reply;
  #encoding: Encoding | undefined;
  readonly #lost: () => void;

  /**
   * @param reply makes the answer
   * @param lost called if the client goes while it waits
   */
  constructor(reply: Reply, lost: () => void) {
    this.#reply = reply;
    this.#lost = lost;
    this.body = new Promise((resolve) => this.#resolve = resolve);
  }

  /** Whether there is an answer. */
  get answered(): boolean {
    return this.#answered;
  }

  /** How the answer is encoded: known once there is a body. */
  get encoding(): Encoding | undefined {
    return this.#encoding;
  }

  /**
   * Ends the wait.
   *
   * @param compress whether to compress it, if the client can read that
   */
  answer(payload: string | Uint8Array<ArrayBuffer>, compress: boolean): void {
    if (this.#answered) return;
    if (this.#stream === undefined) {
      this.#answered = true;
      if (compress) this.#encoding = this.#reply.compression?.ofBody(payload);
      return this.#resolve(payload);
    }
    if (this.#encoding === undefined) {
      return this.#end(typeof payload === "string" ? encoder.encode(payload) : payload);
    }
    const bytes = this.#reply.compression!.streamed(payload, compress);
    if (bytes instanceof Uint8Array) this.#end(bytes);
    else bytes.then((bytes) => this.#end(bytes), () => this.#lose());
  }

  /** Begins the answer, so that a loss of the client is noticed. */
  stream(): void {
    if (this.#answered || this.#stream !== undefined) return;
    this.#reply.hold();
    this.#encoding = this.#reply.compression?.ofStream();
    this.#resolve(
      new ReadableStream({
        start: (controller) => void (this.#stream = controller),
        cancel: () => this.#lose(),
      }),
    );
  }

  #end(bytes: Uint8Array): void {
    if (this.#answered) return;
    try {
      this.#stream!.enqueue(bytes);
      // Deno may find only here that the client has gone, and cancel within the call.
      if (this.#answered) return;
      this.#answered = true;
      this.#stream!.close();
    } catch {
      this.#lose();
    }
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
