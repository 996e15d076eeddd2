import { Emitter, fire } from "../base/emitter.ts";
import type { DefaultEventsMap } from "../base/events.ts";
import { randomId } from "../base/ids.ts";
import { log, logFault } from "../base/log.ts";
import { Answers } from "./http/answers.ts";
import { ClosingSockets } from "./guards/closing_sockets.ts";
import { ConnectionLimits } from "./guards/connection_limits.ts";
import type { Channel, Receiver, Relay, Runtime } from "./channel.ts";
import { type Deadlines, DeadlineTable } from "./deadlines.ts";
import { preflight } from "./http/cors.ts";
import type { Dialect } from "./dialect.ts";
import { Drain, type DrainOptions } from "./drain.ts";
import type { EngineEvents } from "./engine_events.ts";
import { Entrance } from "./entrance.ts";
import { handOver } from "./hand_over.ts";
import { type HandshakeRequest, parseAsked, parseQuery, pathOf } from "./handshake.ts";
import {
  type EngineOptions,
  type ResolvedEngineOptions,
  resolveEngineOptions,
  resolvePath,
} from "./options.ts";
import { ERROR_MESSAGES, type ErrorCode, ERRORS, refuse } from "./http/refusal.ts";
import {
  answerBehind,
  checkMiddleware,
  type RequestMiddleware,
} from "./http/request_middleware.ts";
import type { EngineSocket } from "./engine_socket.ts";
import { Session, type SessionConsumer, type SessionHost } from "./session.ts";
import { type TransportName, UPGRADES } from "./transport.ts";
import { WebSocketHost, WebSocketTransport } from "./transports/websocket.ts";
import { asksForWebSocket, verify } from "./verify.ts";

/** Sets the path that an engine answers. */
export let setPath: (engine: Engine, path: string) => void;

/** Whether a path is the one that an engine answers, or below it. */
export let ownsPath: (engine: Engine, path: string) => boolean;

/** The time limits of an engine, of a length in milliseconds. */
export let deadlinesOf: (engine: Engine, ms: number) => Deadlines;

/** Makes `accept` the layer above the sessions of an engine. */
export let consumeSessions: (
  engine: Engine,
  accept: (session: Session) => SessionConsumer,
) => void;

/**
 * Ends the sessions of an engine whose runtime has put it away in between: their timers are no more. Nobody is told of
 * those whose transports still are: they go on by {@link resumeSession}.
 */
export let forsakeSessions: (engine: Engine) => void;

/** Lets a closed engine serve again, and says whether it was closed. */
export let reopen: (engine: Engine) => boolean;

/** Goes on with a session of an earlier life, over a WebSocket that has stayed open. */
export let resumeSession: (
  engine: Engine,
  id: string,
  handshake: HandshakeRequest,
  dialect: Dialect,
  channel: Channel,
) => { readonly session: Session; readonly receiver: Receiver };

/**
 * The Engine.IO server: connections over HTTP long-polling and WebSocket, as a fetch handler.
 */
export class Engine extends Emitter<DefaultEventsMap, EngineEvents> {
  /** The revision of the protocol. */
  static readonly protocol = 4;
  /** The codes of refused requests. */
  static readonly errors: typeof ERRORS = ERRORS;
  /** What the codes mean. */
  static readonly errorMessages: Readonly<Record<ErrorCode, string>> = ERROR_MESSAGES;

  /** The options in force. */
  readonly opts: ResolvedEngineOptions;
  /** The same object as `opts`. */
  readonly #settings: { path: string };
  readonly #sessions = new Map<string, Session>();
  readonly #runtimeOf: (context: unknown) => Runtime;
  readonly #deadlines = new DeadlineTable();
  readonly #limits: ConnectionLimits;
  readonly #host: SessionHost;
  readonly #webSocketHost: WebSocketHost;
  readonly #answers: Answers;
  readonly #entrance: Entrance;
  readonly #middlewares: RequestMiddleware[] = [];
  #accept: ((conn: Session) => SessionConsumer) | undefined;
  #closed = false;
  #drain: Drain | undefined;

  /**
   * Makes an engine: it starts nothing before the first request.
   *
   * @param options the options
   * @param runtimeOf finds the runtime of a request by what `fetch` was given beside it
   */
  constructor(options: EngineOptions, runtimeOf: (context: unknown) => Runtime) {
    super();
    this.opts = this.#settings = resolveEngineOptions(options);
    this.#runtimeOf = runtimeOf;
    this.#limits = new ConnectionLimits(this.opts);
    this.#host = {
      options: this.opts,
      deadlines: (ms) => this.#deadlines.of(ms),
      closed: (session) => {
        if (this.#sessions.delete(session.id)) this.#limits.remove(session.remoteAddress);
        this.#drain?.check();
      },
      fault: (session, error) => this.#fault(error, session),
    };
    this.#webSocketHost = new WebSocketHost(this.opts, new ClosingSockets(this.#limits));
    this.#answers = new Answers(this.opts, runtimeOf, this, (error) => {
      this.#fault(error, undefined);
    });
    this.#entrance = new Entrance({
      options: this.opts,
      answers: this.#answers,
      limits: this.#limits,
      sessions: this.#host,
      webSocketHost: this.#webSocketHost,
      deadlines: this.#deadlines,
      isOpen: () => !this.#closed && this.#drain === undefined,
      retryAfter: () => this.#drain?.remaining ?? 0,
      guarded: () => this.#middlewares.length > 0,
      prefix: () => this.opts.relay === undefined ? "" : this.#join(this.opts.relay),
      generateId: (request) => this.generateId(request),
      isFree: (id) => !this.#sessions.has(id),
      upgrades: (transport) => this.upgrades(transport),
      begin: (session) => this.#begin(session),
    });
  }

  /** The open connections by their id. */
  get clients(): ReadonlyMap<string, EngineSocket> {
    return this.#sessions;
  }

  /** How many connections are open. */
  get clientsCount(): number {
    return this.#sessions.size;
  }

  /** How many WebSockets were closed here, and are there until their clients answer: on Deno alone, they may be many. */
  get closingCount(): number {
    return this.#webSocketHost.closing.size;
  }

  /** The transports that a client on `transport` may move to. */
  upgrades(transport: TransportName): TransportName[] {
    if (!this.opts.allowUpgrades) return [];
    return UPGRADES[transport].filter((name) => this.opts.transports.includes(name));
  }

  /**
   * Draws the id of a new session, by default as the option of the same name says. Assign another function to replace it.
   */
  generateId(request: Request): string | Promise<string> {
    const { generateId } = this.opts;
    return generateId === undefined ? randomId() : generateId(request);
  }

  /**
   * Adds a middleware: it stands before every request from now on, also before those that become a WebSocket. Preflights
   * that the `cors` option answers, and client bundles, do not reach it.
   *
   * @param middleware answers a request, by itself or by `next()`
   * @throws {TypeError} if it is none
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Server } from "@fetchio/server/engine";
   *
   * const engine = new Server();
   * engine.use(async (request, next) => {
   *   if (request.headers.get("authorization") === null) return new Response(null, { status: 401 });
   *   const response = await next();
   *   response.headers.set("x-served-by", "me");
   *   return response;
   * });
   * const url = "http://localhost/engine.io/?EIO=4&transport=polling";
   * assertEquals((await engine.fetch(new Request(url))).status, 401);
   * ```
   */
  use(middleware: RequestMiddleware): this {
    checkMiddleware(middleware);
    this.#middlewares.push(middleware);
    return this;
  }

  /** Whether a request's path is the one answered here. */
  handles(request: Pick<Request, "url">): boolean {
    return this.#owns(pathOf(request));
  }

  /**
   * Answers a request, whatever its path.
   *
   * @param request the request as it came from the runtime; a copy of it cannot become a WebSocket
   * @param context what the runtime gave beside it
   */
  handleRequest(request: Request, context?: unknown): Promise<Response> {
    return this.opts.cors === undefined && this.#middlewares.length === 0
      ? this.#handle(request, context)
      : this.#handleInside(this.#answers.whole(request, context), context);
  }

  // Inside of what stands before it: the answers to preflights, and middlewares.
  async #handleInside(request: Request, context: unknown): Promise<Response> {
    const { cors } = this.opts;
    try {
      const preflighted = cors && await preflight(cors, request);
      if (preflighted) return preflighted;
    } catch (error) {
      return this.#answers.failed(error);
    }
    if (this.#middlewares.length === 0) return await this.#handle(request, context);
    return await this.#handleBehindMiddlewares(request, context);
  }

  /** Gives a response the headers that let other origins read it, as far as the options say so. */
  share(request: Request, response: Response | Promise<Response>): Promise<Response> {
    return this.#answers.share(request, response);
  }

  /** Closes all connections, and refuses new ones until it is attached to a server again. */
  close(): this {
    this.#closed = true;
    for (const session of [...this.#sessions.values()]) session.close(true);
    this.#limits.clear();
    this.opts.relay?.close();
    return this;
  }

  /**
   * Refuses new connections with status 503, and lets those that there are go over a period. Clients are told to by the
   * close of their transport, upon which official ones come back by themselves: to another server behind the same
   * address. A second call changes nothing.
   *
   * @returns resolved when all are gone, at the end of the period at the latest; rejected with a `TypeError` if the
   * options are no object, with a `RangeError` if the period is out of range: then nothing has changed
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    this.#drain ??= new Drain(this.#sessions, options);
    await this.#drain.done;
  }

  async #handleBehindMiddlewares(request: Request, context: unknown): Promise<Response> {
    try {
      const handle = () => this.#handle(request, context);
      const { response, foreign } = await answerBehind(this.#middlewares, request, handle);
      return foreign ? this.share(request, response) : response;
    } catch (error) {
      const refusal = refuse(ERRORS.BAD_REQUEST, { name: "MIDDLEWARE_FAILURE", error });
      const upgrade = asksForWebSocket(request, parseQuery(request.url));
      return this.#answers.refuse(request, context, refusal, upgrade);
    }
  }

  #handle(request: Request, context: unknown): Promise<Response> {
    try {
      const response = this.#respond(request, context);
      return response instanceof Promise
        ? response.catch(this.#answers.failed)
        : Promise.resolve(response);
    } catch (error) {
      return Promise.resolve(this.#answers.failed(error));
    }
  }

  #owns(asked: string): boolean {
    const { path } = this.opts;
    return asked.startsWith(path) && (asked.length === path.length || asked[path.length] === "/");
  }

  #respond(request: Request, context: unknown): Response | Promise<Response> {
    const query = parseAsked(request.url);
    const upgrade = asksForWebSocket(request, query);
    const { relay } = this.opts;
    // Once it is closed, it has left the others.
    if (relay !== undefined && !this.#closed && query.sid && !this.#sessions.has(query.sid)) {
      return this.#handOver(relay, request, context, query.sid, upgrade);
    }
    const verdict = verify({ request, query, upgrade }, this.opts, this.#sessions);
    switch (verdict.kind) {
      case "refuse":
        return this.#answers.refuse(request, context, verdict.refusal, upgrade);
      case "continue":
        return upgrade
          ? this.#entrance.move(request, context, verdict.session)
          : verdict.session.transport.handle!(request, this.#answers.reply(request, context));
      case "open":
        return this.#entrance.open(request, context, verdict.transport);
    }
  }

  // A request of a session that another server has, if any.
  async #handOver(
    relay: Relay,
    request: Request,
    context: unknown,
    sid: string,
    upgrade: boolean,
  ): Promise<Response> {
    this.#join(relay);
    const runtime = this.#runtimeOf(context);
    const answer = await handOver(relay, request, context, sid, upgrade, runtime, this.opts);
    if (typeof answer === "number") {
      return await this.#answers.reply(request, context).empty(answer);
    }
    return answer ??
      await this.#answers.refuse(request, context, refuse(ERRORS.UNKNOWN_SID, { sid }), upgrade);
  }

  #join(relay: Relay): string {
    return relay.join(this.opts.path, (request, context) => this.#handle(request, context));
  }

  #begin(session: Session): void {
    log("engine", "session opened over %s", session.transport.name);
    this.#enter(session);
    if (session.readyState === "open") session.consumer?.open();
  }

  #enter(session: Session): void {
    this.#sessions.set(session.id, session);
    // A session with listeners takes a longer way with each message.
    if (this.listenerCount("flush") > 0) {
      session.on("flush", (buffer) => this.#fire("flush", [session, buffer]));
    }
    if (this.listenerCount("drain") > 0) {
      session.on("drain", () => this.#fire("drain", [session]));
    }
    session.consumer = this.#accept?.(session);
    this.#fire("connection", [session]);
  }

  #resume(
    id: string,
    handshake: HandshakeRequest,
    dialect: Dialect,
    channel: Channel,
  ): { session: Session; receiver: Receiver } {
    const { address } = handshake;
    const receiver = new WebSocketTransport(this.#webSocketHost, dialect, address, () => {});
    receiver.open(channel);
    const session = new Session(id, this.#host, receiver, handshake);
    this.#limits.add(address);
    this.#enter(session);
    return { session, receiver };
  }

  #fault(error: unknown, conn: EngineSocket | undefined): void {
    const rethrown = (_: unknown, error: unknown) => logFault("An error listener failed:", error);
    const heard = fire<Engine>(this, "error", [error, conn], rethrown);
    if (!heard) logFault("Uncaught error in the Engine.IO server:", error);
  }

  #fire(event: keyof EngineEvents, args: unknown[]): void {
    fire<Engine>(this, event, args, (engine, error) => engine.#fault(error, undefined));
  }

  #forsake(): void {
    this.#deadlines.clear();
    for (const session of [...this.#sessions.values()]) {
      if (session.transport.lasting) session.forsake();
      else session.transportClosed({ description: "the server was put away" });
    }
    this.#webSocketHost.closing.clear();
    this.#limits.clear();
  }

  static {
    forsakeSessions = (engine) => engine.#forsake();
    reopen = (engine) => {
      const closed = engine.#closed;
      if (closed) engine.#drain = undefined;
      engine.#closed = false;
      return closed;
    };
    resumeSession = (engine, id, handshake, dialect, channel) =>
      engine.#resume(id, handshake, dialect, channel);
    deadlinesOf = (engine, ms) => engine.#deadlines.of(ms);
    ownsPath = (engine, path) => engine.#owns(path);
    setPath = (engine, path) => engine.#settings.path = resolvePath(path);
    consumeSessions = (engine, accept) => engine.#accept = accept;
  }
}
