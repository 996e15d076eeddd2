import { call, Emitter, fire, isHeard } from "../base/emitter.ts";
import type { DefaultEventsMap } from "../base/events.ts";
import { log } from "../base/log.ts";
import { decodePacket, type Packet } from "../wire/engine_packet.ts";
import {
  controlFrame,
  type Frame,
  messageFrame,
  type MessagePart,
  textFrame,
} from "../wire/frame.ts";
import type { Deadlines, Limited } from "./deadlines.ts";
import type { Revision } from "./dialect.ts";
import type {
  CloseReason,
  EngineSocket,
  EngineSocketEvents,
  ReadyState,
  SendCallback,
  SendOptions,
} from "./engine_socket.ts";
import { type HandshakeRequest, requestLike } from "./handshake.ts";
import type { ResolvedEngineOptions } from "./options.ts";
import { type Patience, recheck } from "./recheck.ts";
import { mustClose } from "./guards/slow_clients.ts";
import type { CloseDetails, Transport, TransportConsumer } from "./transport.ts";
import { Upgrade } from "./upgrade.ts";

/** The layer above a session. */
export interface SessionConsumer {
  /** The session is open, and its id is in use. */
  open(): void;
  /** A message came in: bytes, or the text that begins at `start`. */
  message(data: string | Uint8Array, start: number): void;
  /** The session is over. */
  close(reason: CloseReason, details: CloseDetails | undefined): void;
  /** Whether something is under way that would be lost, if the session ended now. */
  readonly busy: boolean;
  /** The session is about to be closed because the server goes. */
  retire(): void;
  /** The session has moved to a transport that stays open while the server is put away. */
  moved(): void;
  /** The session goes on in a later life of the server: nobody is told. */
  forsake(): void;
}

/** What a session needs of its engine. */
export interface SessionHost {
  /** The engine's options. */
  readonly options: ResolvedEngineOptions;
  /** The time limits of a length, in milliseconds. */
  deadlines(ms: number): Deadlines;
  /** The session is over. */
  closed(session: Session): void;
  /** A listener failed, or a message could not be read from its blob. */
  fault(session: Session, error: unknown): void;
}

const PING = controlFrame("2");
const PONG = controlFrame("3");
const NOOP = controlFrame("6");

function onFault(session: Session, error: unknown): void {
  session.host.fault(session, error);
}

/** An Engine.IO session: it outlives its transports. */
export class Session extends Emitter<DefaultEventsMap, EngineSocketEvents>
  implements EngineSocket, TransportConsumer, Limited, Patience {
  // What each message needs comes first, to be close together in memory: with many clients, most of the time of a message
  // goes by until its objects are there.
  /** The layer above, if it is not just event listeners. */
  consumer: SessionConsumer | undefined;
  #state: ReadyState = "open";
  #awaitsPong = false;
  #transport: Transport;
  /** What waits to be sent, if anything does. */
  #queue: Frame[] | undefined;
  #flushing = false;
  #callbacks: SendCallback[] | undefined;

  readonly id: string;
  readonly protocol: Revision;
  readonly handshake: HandshakeRequest;
  readonly host: SessionHost;

  #upgrade: Upgrade | undefined;
  #upgraded = false;
  #request: Request | undefined;

  #queued = 0;
  /** Whether the first frame waits for its blobs. */
  #blocked = false;

  /** Until the next ping is due, then until its pong is overdue. */
  #deadlines: Deadlines | undefined;
  #extended = false;
  #pinged = false;

  constructor(id: string, host: SessionHost, transport: Transport, handshake: HandshakeRequest) {
    super();
    this.id = id;
    this.host = host;
    this.handshake = handshake;
    this.protocol = handshake.revision;
    this.#transport = transport;
    this.#upgraded = transport.name !== handshake.transport;
    transport.consumer = this;
    if (this.protocol === 3) this.#awaitPing();
    else this.#schedulePing();
  }

  get remoteAddress(): string {
    return this.handshake.address;
  }

  get request(): Request {
    return this.#request ??= requestLike(this.handshake);
  }

  // For apps from Node, where setting it to null saves memory. Here it is made when it is asked for.
  set request(request: Request | null) {
    this.#request = request ?? undefined;
  }

  get readyState(): ReadyState {
    return this.#state;
  }

  get transport(): Transport {
    return this.#transport;
  }

  get upgrading(): boolean {
    return this.#upgrade !== undefined;
  }

  get upgraded(): boolean {
    return this.#upgraded;
  }

  send(data: MessagePart, options?: SendOptions | SendCallback, callback?: SendCallback): this {
    const done = typeof options === "function" ? options : callback;
    const compress = typeof options === "function" || options?.compress !== false;
    if (this.#state !== "open") return this;
    if (done !== undefined) (this.#callbacks ??= []).push(done);
    this.writeFrame(messageFrame([data], compress));
    return this;
  }

  write(data: MessagePart, options?: SendOptions | SendCallback, callback?: SendCallback): this {
    return this.send(data, options, callback);
  }

  get writeBuffer(): readonly Packet[] {
    return this.#queue?.flatMap((it) => it.parts.map(decodePacket)) ?? [];
  }

  get bufferedAmount(): number {
    return this.#queued + this.#transport.buffered;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      const isDrained = () => {
        const isWaiting = this.#queue !== undefined || this.#transport.congested;
        if (isWaiting && this.#isAlive()) return false;
        resolve();
        return true;
      };
      if (!isDrained()) recheck(this, isDrained);
    });
  }

  /** Whether a volatile message would be sent now rather than wait. */
  get accepts(): boolean {
    return this.#state === "open" && this.#queue === undefined && this.#transport.writable &&
      !this.#transport.congested;
  }

  /** Sends a frame, now or when the transport is ready. */
  writeFrame(frame: Frame): void {
    if (this.#state !== "open") return;
    if (this.#isClear && frame.ready === undefined) return this.#transport.send(frame);
    if (this.listenerCount("packetCreate") > 0) this.#announce(frame);
    (this.#queue ??= []).push(frame);
    this.#queued += frame.size;
    this.#flush();
    if (this.#queue !== undefined) this.#limitBacklog();
  }

  /** Sends a packet of text, without a frame where it can go right through. */
  writeText(text: string, compress: boolean): void {
    if (this.#state !== "open") return;
    const goesThrough = this.#queue === undefined && !isHeard(this) &&
      this.#transport.sendText?.(text, compress);
    if (!goesThrough) this.writeFrame(textFrame(text, compress));
  }

  close(discard = false): void {
    if (discard && (this.#state === "open" || this.#state === "closing")) {
      this.#end("forced close", undefined);
    } else if (this.#state === "open") {
      this.#state = "closing";
      if (this.#queue === undefined) this.#closeTransport();
    }
  }

  // Called by the transport.

  ready(): void {
    this.#flush();
  }

  stalled(): void {
    this.#limitBacklog();
    if (this.#isAlive()) recheck(this, () => this.#resumes());
  }

  message(data: string | Uint8Array, start: number): void {
    if (this.#state !== "open") return;
    if (this.#awaitsPong) this.#extend();
    if (isHeard(this)) return this.#messageAloud(start === 0 ? data : data.slice(start));
    this.consumer?.message(data, start);
  }

  packet(packet: Packet): void {
    if (packet.type === "message") return this.message(packet.data, 0);
    // A client that goes while it is told to go has gone.
    if (this.#state !== "open" && packet.type !== "close") return;
    if (this.listenerCount("packet") > 0) this.#fire("packet", [packet]);
    if (this.#awaitsPong && packet.type !== "pong") this.#extend();
    switch (packet.type) {
      case "ping":
        if (this.protocol !== 3) return this.transportFailed("invalid heartbeat direction");
        // One answer for all pings of a turn: a body may be full of them.
        if (!this.#pinged) queueMicrotask(() => this.#answerPing());
        this.#pinged = true;
        this.#fire("heartbeat", []);
        break;
      case "pong":
        if (this.protocol === 3) return this.transportFailed("invalid heartbeat direction");
        // An unsolicited one changes nothing, or a client could make the server ping at will.
        if (this.#awaitsPong) this.#schedulePing();
        this.#fire("heartbeat", []);
        break;
      case "close":
        this.transportClosed({ description: "closed by the client" });
    }
  }

  transportClosed(details: CloseDetails): void {
    this.#end("transport close", details);
  }

  transportFailed(description: string): void {
    this.#end("transport error", { description });
  }

  unreadable(error: Error): void {
    this.#end("parse error", { description: error.message });
  }

  beat(heardAt: number, lastBeat: number): void {
    const { pingInterval, pingTimeout } = this.host.options;
    // A beat that comes late must not end those who have answered the last one.
    const awaited = Math.min(lastBeat, Date.now() - pingInterval - pingTimeout);
    if (heardAt < awaited) this.#end("ping timeout", undefined);
    else if (this.protocol !== 3) this.writeFrame(PING);
  }

  // Called by the engine and by an upgrade.

  /** Ends here, and goes on in a later life of the server. */
  forsake(): void {
    this.#state = "closed";
    this.#transport.forsake?.();
    this.host.closed(this);
    this.consumer?.forsake();
  }

  /** Whether something is under way that would be lost, if it ended now. */
  get busy(): boolean {
    return this.#state === "open" && this.consumer?.busy === true;
  }

  /** Closes, since the server goes: the client may come back to another one. */
  retire(): void {
    if (this.#state === "open") this.consumer?.retire();
    this.close();
  }

  /** Lets the client try another transport. */
  probe(transport: Transport): void {
    log("engine:session", "upgrade to %s is tried", transport.name);
    this.#upgrade = new Upgrade(this, transport);
  }

  /** The client has reached the server through the transport it tries. */
  probed(transport: Transport): void {
    this.#fire("upgrading", [transport]);
  }

  /** Ends a waiting poll, so that the client can leave the transport. */
  nudge(): void {
    if (this.#transport.name === "polling" && this.#transport.writable) this.#transport.send(NOOP);
  }

  /** The trial is over without success. */
  upgradeFailed(): void {
    this.#upgrade = undefined;
  }

  /** The client has moved to the transport it tried. */
  upgradeDone(transport: Transport): void {
    const previous = this.#transport;
    this.#upgrade = undefined;
    this.#upgraded = true;
    this.#transport = transport;
    previous.discard(true);
    if (transport.lasting) {
      this.#schedulePing();
      this.consumer?.moved();
    }
    this.#fire("upgrade", [transport]);
    if (this.#state === "closing" && this.#queue === undefined) this.#closeTransport();
    else this.#flush();
  }

  /** Whether a frame can go right through: nothing waits, and nobody listens to what is sent. */
  get #isClear(): boolean {
    return this.#queue === undefined && this.#transport.writable && !isHeard(this) &&
      !this.#flushing && this.#callbacks === undefined;
  }

  soon(callback: () => void): boolean {
    return this.#transport.soon?.(callback) === true;
  }

  deadlines(ms: number): Deadlines {
    return this.host.deadlines(ms);
  }

  #resumes(): boolean {
    if (!this.#isAlive()) return true;
    if (this.#transport.resumes?.() === false) return false;
    this.#flush();
    return true;
  }

  #limitBacklog(): void {
    const { maxBufferedAmount, slowClients } = this.host.options;
    if (this.bufferedAmount <= maxBufferedAmount) return;
    if (!mustClose(slowClients, this, (error) => onFault(this, error))) return;
    // It would be written in vain, while all others wait.
    this.#transport.forget?.();
    const limit = `maxBufferedAmount is ${maxBufferedAmount}`;
    this.#end("transport error", { description: `too much data waits for the client (${limit})` });
  }

  #messageAloud(data: string | Uint8Array): void {
    this.#fire("packet", [{ type: "message", data }]);
    this.consumer?.message(data, 0);
    this.#fire("data", [data]);
    this.#fire("message", [data]);
  }

  #flush(): void {
    if (this.#queue === undefined || !this.#transport.writable || !this.#isAlive()) return;
    // What is written from within goes to the end of the queue, and out with the rest.
    if (this.#flushing) return;
    this.#flushing = true;
    if (this.listenerCount("flush") > 0) this.#fire("flush", [this.writeBuffer]);
    this.#sendQueue();
    this.#flushing = false;
    if (this.#queue !== undefined || !this.#isAlive()) return;
    this.#fire("drain", []);
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    const transport = [this.#transport];
    for (const it of callbacks ?? []) call<Session>(this, it, transport, "drain", onFault);
    if (this.#state === "closing") this.#closeTransport();
  }

  #sendQueue(): void {
    // A listener of "flush" may have closed.
    const queue = this.#queue ?? [];
    let sent = 0;
    for (const frame of queue) {
      if (frame.ready !== undefined) {
        this.#flushAfter(frame.ready);
        break;
      }
      if (!this.#transport.writable) break;
      sent++;
      this.#queued -= frame.size;
      if (frame.error === undefined) this.#transport.send(frame);
      else this.host.fault(this, frame.error);
    }
    if (sent === queue.length) this.#queue = undefined;
    else queue.splice(0, sent);
  }

  #flushAfter(ready: Promise<void>): void {
    if (this.#blocked) return;
    this.#blocked = true;
    ready.then(() => {
      this.#blocked = false;
      this.#flush();
    });
  }

  #isAlive(): boolean {
    return this.#state !== "closed";
  }

  #closeTransport(): void {
    this.#transport.end(() => this.#end("forced close", undefined));
  }

  #end(reason: CloseReason, details: CloseDetails | undefined): void {
    if (this.#state === "closed") return;
    log("engine:session", "closed: %s", reason);
    this.#state = "closed";
    this.#deadlines?.stop(this);
    this.#callbacks = undefined;
    this.#upgrade?.abort();
    this.#transport.discard();
    this.host.closed(this);
    this.consumer?.close(reason, details);
    this.#fire("close", [reason, details]);
    this.#queue = undefined;
    this.#queued = 0;
  }

  #schedulePing(): void {
    this.#awaitsPong = false;
    this.#startTimer(this.host.options.pingInterval);
  }

  // A busy client may have its pong behind a large message: it gets one more period, once.
  #extend(): void {
    if (this.#extended) return;
    this.#extended = true;
    this.#startTimer(this.host.options.pingTimeout);
  }

  #answerPing(): void {
    this.#pinged = false;
    if (this.#state !== "open") return;
    this.#awaitPing();
    this.writeFrame(PONG);
  }

  // In the third revision, the client pings.
  #awaitPing(): void {
    this.#awaitsPong = true;
    this.#extended = true;
    this.#startTimer(this.host.options.pingInterval + this.host.options.pingTimeout);
  }

  #startTimer(ms: number): void {
    this.#deadlines?.stop(this);
    this.#deadlines = undefined;
    // A timer would keep the server awake.
    if (this.#transport.lasting) return;
    this.#deadlines = this.host.deadlines(ms);
    this.#deadlines.start(this);
  }

  /** The ping is due, or its pong is overdue. */
  expired(): void {
    if (this.#awaitsPong) return this.#end("ping timeout", undefined);
    this.#awaitsPong = true;
    this.#extended = false;
    this.#startTimer(this.host.options.pingTimeout);
    this.writeFrame(PING);
  }

  #announce(frame: Frame): void {
    for (const packet of frame.parts.map(decodePacket)) {
      if (packet.type === "message") this.#fire("packetCreate", [packet]);
    }
  }

  #fire(event: keyof EngineSocketEvents, args: unknown[]): void {
    fire<Session>(this, event, args, onFault);
  }
}
