import type { ProtocolError } from "../../base/errors.ts";
import { decodePayload, joinPayload } from "../../wire/engine_packet.ts";
import type { Frame } from "../../wire/frame.ts";
import { readBody } from "../body.ts";
import type { ResolvedEngineOptions } from "../options.ts";
import { Poll, type PollSweep } from "../poll.ts";
import type { Reply } from "../reply.ts";
import type { Transport, TransportConsumer } from "../transport.ts";

const CLOSE = "1";
const NOOP = "6";
/** How long a closing session waits for one more GET, to tell the client. */
const CLOSE_TIMEOUT = 30_000;

/** The transport over HTTP: a GET waits for packets, a POST brings some. */
export class PollingTransport implements Transport {
  readonly name = "polling";
  declare consumer: TransportConsumer;

  readonly #options: ResolvedEngineOptions;
  readonly #sweep: PollSweep;
  #poll: Poll | undefined;
  #posting: AbortController | undefined;
  /** What the waiting GET will be answered with at the end of this turn. */
  #payloads: string[] = [];
  #ending: (() => void) | undefined;
  #endTimer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(options: ResolvedEngineOptions, sweep: PollSweep) {
    this.#options = options;
    this.#sweep = sweep;
  }

  get writable(): boolean {
    return this.#poll !== undefined;
  }

  get congested(): boolean {
    return false;
  }

  /** Answers a request of this session. */
  handle(request: Request, reply: Reply): Promise<Response> {
    switch (request.method) {
      case "GET":
        return this.#get(reply);
      case "POST":
        return this.#post(request, reply);
      default:
        return reply.empty(400);
    }
  }

  send(frame: Frame): void {
    if (this.#poll === undefined) return;
    this.#payloads.push(frame.payload);
    // What else this turn sends shares the answer.
    if (this.#payloads.length === 1) queueMicrotask(() => this.#answer());
  }

  end(done: () => void): void {
    // Not in one answer with messages: a client that reads of the end forgets what it has not handled yet.
    if (this.#poll !== undefined && this.#payloads.length === 0) return done();
    this.#ending = done;
    this.#endTimer = setTimeout(done, CLOSE_TIMEOUT);
  }

  discard(moved = false): void {
    this.#finish(moved ? NOOP : CLOSE);
  }

  async #get(reply: Reply): Promise<Response> {
    if (this.#poll !== undefined) {
      this.consumer.transportFailed("overlap from client");
      return reply.empty(400);
    }
    const poll = this.#poll = new Poll(() => this.#fail("poll connection closed prematurely"));
    if (this.#ending !== undefined) this.#ending();
    else {
      this.consumer.ready();
      if (this.#payloads.length === 0) this.#sweep.add(poll);
    }
    return reply.packets(await poll.body);
  }

  async #post(request: Request, reply: Reply): Promise<Response> {
    if (this.#posting !== undefined) {
      this.consumer.transportFailed("data request overlap from client");
      return reply.empty(400);
    }
    if (request.headers.get("content-type")?.startsWith("application/octet-stream")) {
      this.consumer.transportFailed("invalid content");
      return reply.empty(400);
    }
    const posting = this.#posting = new AbortController();
    const body = await readBody(request, this.#options.maxHttpBufferSize, posting.signal);
    if (body === "too large") {
      this.#posting = undefined;
      return reply.empty(413);
    }
    if (body === "aborted") {
      this.#fail("data request connection closed prematurely");
      return reply.empty(400);
    }
    const readable = this.#receive(body.text);
    this.#posting = undefined;
    return readable ? reply.ok() : reply.empty(400);
  }

  #receive(payload: string): boolean {
    try {
      for (const packet of decodePayload(payload)) {
        // The client goes in good order: its GET gets nothing more to read.
        if (packet.type === "close") this.#finish(NOOP);
        this.consumer.packet(packet);
      }
      return true;
    } catch (error) {
      this.consumer.unreadable(error as ProtocolError);
      return false;
    }
  }

  #answer(last?: string): void {
    const poll = this.#poll;
    if (poll === undefined) return;
    if (last !== undefined && this.#payloads.length === 0) this.#payloads.push(last);
    this.#poll = undefined;
    const payload = joinPayload(this.#payloads);
    this.#payloads = [];
    poll.answer(payload);
  }

  // What goes wrong with a transport that the client has left concerns nobody.
  #fail(message: string): void {
    if (!this.#over) this.consumer.transportFailed(message);
  }

  #finish(last: typeof CLOSE | typeof NOOP): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#endTimer);
    this.#posting?.abort();
    this.#answer(last);
  }
}
