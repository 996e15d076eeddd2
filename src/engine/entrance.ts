import { messageFrame } from "../wire/frame.ts";
import type { DeadlineTable } from "./deadlines.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { admit } from "./guards/admission.ts";
import { type ConnectionLimits, Place } from "./guards/connection_limits.ts";
import { admitOrigin } from "./guards/origins.ts";
import { senderOf } from "./guards/trust_proxy.ts";
import { HandshakeRequest, hrefOf } from "./handshake.ts";
import type { Answers } from "./http/answers.ts";
import { findLocals } from "./http/locals.ts";
import { ERRORS, refuse } from "./http/refusal.ts";
import { openFrame } from "./open_frame.ts";
import type { ResolvedEngineOptions } from "./options.ts";
import { Session, type SessionHost } from "./session.ts";
import { drawId, idTaken } from "./session_id.ts";
import type { TransportName } from "./transport.ts";
import { PollSweep } from "./transports/poll.ts";
import { PollingTransport } from "./transports/polling.ts";
import { type WebSocketHost, WebSocketTransport } from "./transports/websocket.ts";

/** What an entrance needs of its engine. */
export interface EntranceHost {
  /** The engine's options. */
  readonly options: ResolvedEngineOptions;
  /** What is said to those who ask. */
  readonly answers: Answers;
  /** How many may be in. */
  readonly limits: ConnectionLimits;
  /** What sessions need. */
  readonly sessions: SessionHost;
  /** What WebSockets need. */
  readonly webSocketHost: WebSocketHost;
  /** Time limits. */
  readonly deadlines: DeadlineTable;
  /** Whether sessions may still begin. */
  isOpen(): boolean;
  /** When it is closed: in how many milliseconds another server may be there. */
  retryAfter(): number;
  /** Whether middlewares stand before the requests. */
  guarded(): boolean;
  /** What the ids of sessions begin with. */
  prefix(): string;
  /** Draws the id of a session. */
  generateId(request: Request): string | Promise<string>;
  /** Whether no session has an id: users may draw one twice, also while the first request is still under way. */
  isFree(id: string): boolean;
  /** The transports that a client may move to. */
  upgrades(transport: TransportName): TransportName[];
  /** A session has begun. */
  begin(session: Session): void;
}

/** Where clients come in: decides who may open a session, cheapest question first, and makes it. */
export class Entrance {
  readonly #host: EntranceHost;
  readonly #options: ResolvedEngineOptions;
  readonly #answers: Answers;
  readonly #sweep = new PollSweep();

  constructor(host: EntranceHost) {
    this.#host = host;
    this.#options = host.options;
    this.#answers = host.answers;
  }

  /** Answers a request of an open session, to move it to a WebSocket. */
  async move(request: Request, context: unknown, session: Session): Promise<Response> {
    const { origins } = this.#options;
    const foreign = origins && await admitOrigin(origins, request, session.handshake.secure);
    if (foreign !== undefined) return this.#answers.refuse(request, context, foreign, true);
    const { webSocketHost, limits } = this.#host;
    const { remoteAddress } = session;
    // Each trial that fails may leave a WebSocket that is closed and stays.
    const excess = limits.excess(remoteAddress, 1);
    if (excess !== undefined) return this.#answers.refuse(request, context, excess, true);
    const dialect = dialectOf(request);
    const transport = new WebSocketTransport(webSocketHost, dialect, remoteAddress, () => {
      // Another trial, or the end of the session, may have been quicker.
      const late = session.readyState !== "open" || session.upgrading || session.upgraded;
      if (late) transport.discard();
      else session.probe(transport);
    });
    return await this.#answers.upgrade(
      request,
      context,
      transport,
      undefined,
      this.#host.guarded(),
    );
  }

  /** Answers a request for a session. */
  async open(request: Request, context: unknown, name: TransportName): Promise<Response> {
    if (!this.#host.isOpen()) return this.#unavailable(request);
    const url = hrefOf(request);
    if (url === undefined) {
      const refusal = refuse(ERRORS.BAD_REQUEST, { name: "INVALID_URL", url: request.url });
      return this.#answers.refuse(request, context, refusal, name === "websocket");
    }
    const peer = this.#answers.runtimeOf(context).peer(request, context);
    const sender = senderOf(request, peer, this.#options.trustProxy);
    const upgrade = name === "websocket";
    const { origins, allowRequest } = this.#options;
    const foreign = origins && await admitOrigin(origins, request, sender.secure);
    if (foreign !== undefined) return this.#answers.refuse(request, context, foreign, upgrade);
    const place = this.#host.limits.admit(sender.address);
    if (!(place instanceof Place)) {
      return this.#answers.refuse(request, context, place, upgrade);
    }
    try {
      const dialect = dialectOf(request);
      const handshake = new HandshakeRequest(url, request, sender, dialect.revision, name);
      const admission = allowRequest && await admit(request, allowRequest);
      if (admission !== undefined) {
        return await this.#answers.refuse(request, context, admission, upgrade);
      }
      // It may have been closed meanwhile, and have left the others.
      if (!this.#host.isOpen()) return await this.#unavailable(request);
      handshake.locals = findLocals(request);
      const host = this.#host;
      const draw = () => host.generateId(request);
      const id = await drawId(draw, host.prefix(), (id) => host.isFree(id));
      if (typeof id !== "string") {
        return await this.#answers.refuse(request, context, id, upgrade);
      }

      return upgrade
        ? await this.#openWebSocket(request, context, id, handshake, dialect, place)
        : await this.#openPolling(request, context, id, handshake, dialect, place);
    } finally {
      place.leave();
    }
  }

  async #openPolling(
    request: Request,
    context: unknown,
    id: string,
    handshake: HandshakeRequest,
    dialect: Dialect,
    place: Place,
  ): Promise<Response> {
    const { initialPacket } = this.#options;
    const first = initialPacket === undefined ? undefined : messageFrame([initialPacket], true);
    await first?.ready;
    const frames = [openFrame(id, this.#host.upgrades("polling"), this.#options)];
    if (first !== undefined) frames.push(first);
    const reply = this.#answers.reply(request, context, id);
    const payload = dialect.payload(frames);
    const response = await reply.packets(payload, reply.compression?.ofBody(payload));
    // The session comes last, so that a request that fails on its way here leaves nothing behind.
    if (!this.#host.isFree(id)) {
      return this.#answers.refuse(request, context, idTaken(), false);
    }
    if (!this.#host.isOpen()) return this.#unavailable(request);
    const { deadlines, sessions } = this.#host;
    const transport = new PollingTransport(this.#options, dialect, this.#sweep, deadlines);
    place.keep();
    this.#host.begin(new Session(id, sessions, transport, handshake));
    return response;
  }

  #openWebSocket(
    request: Request,
    context: unknown,
    id: string,
    handshake: HandshakeRequest,
    dialect: Dialect,
    place: Place,
  ): Response | Promise<Response> {
    const { address } = handshake;
    const transport = new WebSocketTransport(this.#host.webSocketHost, dialect, address, () => {
      if (!this.#host.isOpen() || !this.#host.isFree(id) || !place.keep()) {
        return transport.discard();
      }
      const session = new Session(id, this.#host.sessions, transport, handshake);
      session.writeFrame(openFrame(id, this.#host.upgrades("websocket"), this.#options));
      const { initialPacket } = this.#options;
      if (initialPacket !== undefined) session.send(initialPacket);
      // The very first packets may have been too much for maxBufferedAmount.
      if (session.readyState === "open") this.#host.begin(session);
      else this.#host.limits.remove(place.address);
    });
    return this.#answers.upgrade(request, context, transport, id, this.#host.guarded());
  }

  #unavailable(request: Request): Promise<Response> {
    return this.#answers.unavailable(request, this.#host.retryAfter());
  }
}
