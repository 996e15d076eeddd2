import { ProtocolError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { SEPARATOR } from "../../wire/engine_packet.ts";
import { controlFrame, type Frame } from "../../wire/frame.ts";
import { readBytes, Reading, readText, type UnreadBody } from "../http/body.ts";
import type { DeadlineTable, Limited } from "../deadlines.ts";
import type { Dialect } from "../dialect.ts";
import type { ResolvedEngineOptions } from "../options.ts";
import { Poll, type Poller, type PollSweep } from "./poll.ts";
import type { Reply } from "../http/reply.ts";
import type { Transport, TransportConsumer } from "../transport.ts";

const CLOSE = controlFrame("1");
const NOOP = controlFrame("6");
const NONE: Frame[] = [];
const MESSAGE = 52; // "4"
/** How long a closing session waits for one more GET, to tell the client. */
const CLOSE_TIMEOUT = 30_000;

/** The transport over HTTP: a GET waits for packets, a POST brings some. */
export class PollingTransport implements Transport, Poller, Limited {
  readonly name = "polling";
  declare consumer: TransportConsumer;

  readonly #options: ResolvedEngineOptions;
  readonly #dialect: Dialect;
  readonly #sweep: PollSweep;
  readonly #deadlines: DeadlineTable;
  #poll: Poll | undefined;
  #posting: Reading | undefined;
  /** What the waiting GET will be answered with at the end of this turn. */
  #frames: Frame[] = NONE;
  #ending: (() => void) | undefined;
  #over = false;

  /** @param dialect how the client reads and writes */
  constructor(
    options: ResolvedEngineOptions,
    dialect: Dialect,
    sweep: PollSweep,
    deadlines: DeadlineTable,
  ) {
    this.#options = options;
    this.#dialect = dialect;
    this.#sweep = sweep;
    this.#deadlines = deadlines;
  }

  get writable(): boolean {
    return this.#poll !== undefined;
  }

  get poll(): Poll | undefined {
    return this.#poll;
  }

  get buffered(): number {
    return 0;
  }

  get congested(): boolean {
    return false;
  }

  /** Answers a request of this session. */
  handle(request: Request, reply: Reply): Response | Promise<Response> {
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
    // What else this turn sends shares the answer.
    if (this.#frames.length > 0) return void this.#frames.push(frame);
    // Nearly always the only one: a list that grows has room for 17 on V8.
    this.#frames = [frame];
    queueMicrotask(() => this.#answer());
  }

  end(done: () => void): void {
    // Not in one answer with messages: a client that reads of the end forgets what it has not handled yet.
    if (this.#poll !== undefined && this.#frames.length === 0) return done();
    this.#ending = done;
    // workerd has so many timers and no more: clients who are sent away must not use them up.
    this.#deadlines.of(CLOSE_TIMEOUT).start(this);
  }

  expired(): void {
    this.#ending?.();
  }

  discard(moved = false): void {
    this.#finish(moved ? NOOP : CLOSE);
  }

  #get(reply: Reply): Response | Promise<Response> {
    const { noticesLoss } = reply;
    if (this.#poll !== undefined && noticesLoss) {
      this.consumer.transportFailed("overlap from client");
      return reply.empty(400);
    }
    // The client may have given up the first one, unnoticed.
    this.#answer(NOOP);
    const poll = this.#poll = new Poll(reply, this.#dialect.payloads, () => {
      this.#fail("poll connection closed prematurely");
    });
    if (this.#ending !== undefined) this.#ending();
    else {
      this.consumer.ready();
      if (this.#frames.length === 0 && noticesLoss) this.#sweep.watch(this, poll);
    }
    return poll.response;
  }

  #post(request: Request, reply: Reply): Response | Promise<Response> {
    if (this.#posting !== undefined) {
      this.consumer.transportFailed("data request overlap from client");
      return reply.empty(400);
    }
    const binary =
      request.headers.get("content-type")?.startsWith("application/octet-stream") === true;
    if (binary && this.#dialect.revision === 4) {
      this.consumer.transportFailed("invalid content");
      return reply.empty(400);
    }
    const posting = this.#posting = new Reading();
    const limit = this.#options.maxHttpBufferSize;
    return binary
      ? readBytes(request, limit, posting).then((body) => this.#posted(body, reply))
      : readText(request, limit, posting, reply.checksLength)
        .then((body) => this.#posted(body, reply));
  }

  #posted(
    body: { content: string | Uint8Array } | UnreadBody,
    reply: Reply,
  ): Response | Promise<Response> {
    if (body === "too large") {
      log("engine:polling", "body refused: it is larger than maxHttpBufferSize");
      this.#posting = undefined;
      return reply.empty(413);
    }
    if (body === "aborted") {
      this.#fail("data request connection closed prematurely");
      return reply.empty(400);
    }
    const readable = this.#receive(body.content);
    this.#posting = undefined;
    return readable ? reply.ok() : reply.empty(400);
  }

  #receive(body: string | Uint8Array): boolean {
    try {
      if (this.#isMessage(body)) {
        this.consumer.message(body, 1);
        return true;
      }
      let left = this.#options.maxPacketsPerPayload;
      for (const packet of this.#dialect.packets(body)) {
        if (--left < 0) {
          const { maxPacketsPerPayload: most } = this.#options;
          throw new ProtocolError(`too many packets (maxPacketsPerPayload is ${most})`);
        }
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

  // A body has one message, as a rule, which needs no packet around it.
  #isMessage(body: string | Uint8Array): body is string {
    return this.#dialect.revision === 4 && typeof body === "string" &&
      body.charCodeAt(0) === MESSAGE && !body.includes(SEPARATOR);
  }

  #answer(last?: Frame): void {
    const poll = this.#poll;
    if (poll === undefined) return;
    if (last !== undefined && this.#frames.length === 0) this.#frames = [last];
    if (this.#frames.length === 0) return;
    this.#poll = undefined;
    const payload = this.#dialect.payload(this.#frames);
    const compress = this.#frames.some((it) => it.compress);
    this.#frames = NONE;
    poll.answer(payload, compress);
  }

  // What goes wrong with a transport that the client has left concerns nobody.
  #fail(message: string): void {
    if (!this.#over) this.consumer.transportFailed(message);
  }

  #finish(last: Frame): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#ending !== undefined) this.#deadlines.of(CLOSE_TIMEOUT).stop(this);
    this.#posting?.abort();
    this.#answer(last);
  }
}
