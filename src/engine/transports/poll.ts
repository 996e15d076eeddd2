import type { Dialect } from "../dialect.ts";
import type { Reply } from "../http/reply.ts";

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
  /** The answer. */
  readonly response: Promise<Response>;
  /** In which round of the sweep it began to wait. */
  since = Infinity;
  #resolve!: (response: Response | Promise<Response>) => void;
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #answered = false;
  readonly #reply: Reply;
  /** What the answer may hold. */
  readonly #payloads: Dialect["payloads"];
  #zipped = false;
  readonly #lost: () => void;

  /**
   * @param reply makes the answer
   * @param payloads what the answer may hold
   * @param lost called if the client goes while it waits, or cannot be answered
   */
  constructor(reply: Reply, payloads: Dialect["payloads"], lost: () => void) {
    this.#reply = reply;
    this.#payloads = payloads;
    this.#lost = lost;
    this.response = new Promise((resolve) => this.#resolve = resolve);
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
      const encoding = compress ? this.#reply.compression?.ofBody(payload) : undefined;
      const response = this.#reply.packets(payload, encoding);
      // The client must not go on as if it had read what it never gets. The engine reports it.
      if (response instanceof Promise) response.catch(this.#lost);
      return this.#resolve(response);
    }
    if (!this.#zipped) {
      return this.#end(typeof payload === "string" ? encoder.encode(payload) : payload);
    }
    const bytes = this.#reply.compression!.streamed(payload, compress);
    if (bytes instanceof Uint8Array) this.#end(bytes);
    else bytes.then((bytes) => this.#end(bytes), (error) => this.#fail(error));
  }

  /** Goes on waiting: the answer begins, where it can, so that a loss of the client is noticed. */
  stay(): void {
    if (this.#answered || this.#stream !== undefined) return;
    this.#reply.hold();
    if (this.#payloads === "either") return;
    const encoding = this.#reply.compression?.ofStream();
    this.#zipped = encoding !== undefined;
    const body = new ReadableStream({
      start: (controller) => void (this.#stream = controller),
      cancel: () => this.#lose(),
    });
    const response = this.#reply.packets(body, encoding, this.#payloads === "bytes");
    // Nobody would read the stream.
    if (response instanceof Promise) response.catch(() => this.#lose());
    this.#resolve(response);
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

  #fail(error: unknown): void {
    if (this.#answered) return;
    this.#reply.failed(error);
    this.#stream!.error(error);
    this.#lose();
  }

  #lose(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#lost();
  }
}

/** Who may have a poll that waits. */
export interface Poller {
  /** The poll that waits now. */
  readonly poll: Poll | undefined;
}

/**
 * Turns polls that wait into streams: one timer for all of them, and none while nobody waits.
 *
 * It holds those who poll rather than their polls, nearly all of which are answered long before: held until then, each
 * would live on with its request and its response, and be copied by the garbage collector.
 */
export class PollSweep {
  readonly #pollers = new Set<Poller>();
  #rounds = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Watches over a poll that has begun to wait. */
  watch(poller: Poller, poll: Poll): void {
    poll.since = this.#rounds;
    this.#pollers.add(poller);
    this.#timer ??= setTimeout(() => this.#sweep(), QUIET);
  }

  #sweep(): void {
    this.#rounds++;
    for (const poller of this.#pollers) {
      const { poll } = poller;
      const due = poll !== undefined && poll.since < this.#rounds - 1;
      if (due || poll === undefined) this.#pollers.delete(poller);
      if (due) poll.stay();
    }
    this.#timer = this.#pollers.size > 0 ? setTimeout(() => this.#sweep(), QUIET) : undefined;
  }
}
