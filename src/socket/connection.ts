import { ProtocolError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import type { Deadlines, Limited } from "../engine/deadlines.ts";
import type { CloseDetails } from "../engine/transport.ts";
import type { EngineSocket } from "../engine/engine_socket.ts";
import type { Session, SessionConsumer } from "../engine/session.ts";
import { asBuffer } from "../wire/bytes.ts";
import { Decoder, type PacketDecoder, type PacketEncoder } from "../wire/parser.ts";
import {
  type DecoderOptions,
  eventDataAt,
  isValid,
  type Packet,
  PacketType,
  readEvent,
  readId,
} from "../wire/socket_packet.ts";
import { encodeMembers, encodePacket } from "./encode_packet.ts";
import type { Auth } from "./handshake.ts";
import { isLegacy, rejection, withoutQuery } from "./legacy.ts";
import { LimitedDecoder } from "./limits/limited_decoder.ts";
import type { ExtendedError } from "./middleware.ts";
import type { AnyNamespace } from "./namespace.ts";
import type { RateLimiter } from "./limits/rate_limiter.ts";
import { sendMessage } from "./send.ts";
import {
  abandonSocket,
  type AnySocket,
  closeSocket,
  dispatch,
  dispatchEvent,
  failSocket,
  isBusy,
} from "./socket.ts";
import type { DisconnectReason } from "./socket_events.ts";

const CONNECT = 48; // "0"

/** Why a client is not let in that has left by itself, or was closed. */
export const LEFT: unique symbol = Symbol("left");

const NOTHING = () => {};

/** A connection as its sockets show it: `socket.client`. */
export interface Client {
  /** The Engine.IO connection. */
  readonly conn: EngineSocket;
  /** The first request. */
  readonly request: Request;
  /** The id of the Engine.IO connection: a secret between server and client. */
  readonly id: string;
}

/** What a connection needs of its server. */
export interface ConnectionHost {
  /** The server's options. */
  readonly options: {
    readonly connectTimeout: number;
    readonly attachmentTimeout: number;
    readonly maxConnectLength: number;
    readonly maxNamespaces: number;
    readonly maxPendingConnects: number;
  };
  /** Makes the decoder of a connection. */
  createDecoder(): PacketDecoder;
  /** How events are read, which need no decoder; `undefined` if they have a parser of their own. */
  readonly decoding: DecoderOptions | undefined;
  /** A connection has moved to a transport that outlives the server in memory. */
  moved(connection: Connection): void;
  /** Limits how often clients send, if the server does. */
  readonly rateLimiter: RateLimiter | undefined;
  /** Finds the namespace that the client asks for, now or later. */
  find(
    name: string,
    auth: Auth | undefined,
    isWanted: () => boolean,
    found: (nsp: AnyNamespace | undefined) => void,
  ): void;
  /** Adds a socket to a namespace; see {@link Connection.joined} and {@link Connection.refuse}. */
  join(nsp: AnyNamespace, connection: Connection, auth: Auth | undefined): void;
  /** Writes packets. */
  readonly encoder: PacketEncoder;
}

/** The Socket.IO side of a session: decodes what comes in, and leads it to the socket of its namespace. */
export class Connection implements Client, SessionConsumer, Limited {
  readonly conn: Session;
  readonly #host: ConnectionHost;
  readonly #decoder: PacketDecoder;
  /** The socket of one namespace: most connections have no other, and a `Map` is large. */
  #first: AnySocket | undefined;
  #others: Map<string, AnySocket> | undefined;
  /** What ends the wait for the middlewares of namespaces. */
  #joining: Map<string, (reason: typeof LEFT) => void> | undefined;
  /** Namespaces that the server has closed; packets that were on their way are no violation. */
  #left: Set<string> | undefined;
  /** While the client is awaited: in a namespace, or with the attachments it has announced. */
  #deadline: Deadlines | undefined;

  constructor(host: ConnectionHost, conn: Session) {
    this.conn = conn;
    this.#host = host;
    const decoder = host.createDecoder();
    this.#decoder = host.rateLimiter?.limit(this, decoder) ?? decoder;
    this.#decoder.on(
      "decoded",
      isLegacy(conn)
        ? (packet) => this.#receive(withoutQuery(packet))
        : decoder instanceof Decoder
        ? (packet) => this.#receive(packet)
        : (packet) => isPacket(packet) ? this.#receive(packet) : this.violate(),
    );
    this.#limit(host.options.connectTimeout);
  }

  get id(): string {
    return this.conn.id;
  }

  get request(): Request {
    return this.conn.request;
  }

  // Called by the session.

  open(): void {
    if (isLegacy(this.conn)) this.#join({ type: PacketType.CONNECT, nsp: "/" });
  }

  message(data: string | Uint8Array, start: number): void {
    const decoder = this.#decoder;
    try {
      if (typeof data === "string" && this.#takePlainEvent(data, start)) return;
      if (decoder.addFrom === undefined) {
        decoder.add(typeof data === "string" ? data.slice(start) : asBuffer(data));
      } else if (typeof data === "string") {
        if (data.charCodeAt(start) === CONNECT) this.#checkConnect(data.length - start);
        decoder.addFrom(data, start);
        if (decoder.incomplete) this.#limit(this.#host.options.attachmentTimeout);
      } else {
        decoder.add(data);
        if (!decoder.incomplete) this.#liftLimit();
      }
    } catch (error) {
      log("socket.io:client", "unreadable packet: %s", error);
      for (const socket of this.sockets) failSocket(socket, error);
      this.violate(error instanceof Error ? error.message : undefined);
    }
  }

  close(reason: DisconnectReason, details: CloseDetails | undefined): void {
    this.#liftLimit();
    const joining = this.#joining;
    this.#joining = undefined;
    for (const end of joining?.values() ?? []) end(LEFT);
    for (const socket of this.sockets) closeSocket(socket, reason, details);
    this.#decoder.destroy();
  }

  get busy(): boolean {
    return this.sockets.some(isBusy);
  }

  retire(): void {
    this.close("server shutting down", undefined);
  }

  moved(): void {
    this.#host.moved(this);
  }

  forsake(): void {
    for (const socket of this.sockets) abandonSocket(socket);
    this.#decoder.destroy();
  }

  // Called when the server goes on after it was put away.

  /** Takes the client out of a namespace that is there no more. */
  dismiss(nsp: string): void {
    const packet: Packet = { type: PacketType.DISCONNECT, nsp };
    sendMessage(this.conn, encodePacket(this.#host.encoder, packet, true), true, false);
  }

  /** Its sockets are there again; it may have none. */
  resumed(): void {
    this.#liftLimit();
  }

  // Called by sockets and namespaces.

  /** The client's socket in a namespace. */
  find(nsp: string): AnySocket | undefined {
    return this.#first?.nsp.name === nsp ? this.#first : this.#others?.get(nsp);
  }

  /** Whether the client is in a namespace, or on its way in. */
  knows(nsp: string): boolean {
    return this.find(nsp) !== undefined || this.#joining?.has(nsp) === true;
  }

  /**
   * A namespace begins to ask its middlewares.
   *
   * @param end ends that, and is called if the client leaves
   */
  admitting(nsp: string, end: (reason: typeof LEFT) => void): void {
    this.#joining?.set(nsp, end);
  }

  /** A socket is connected. */
  joined(socket: AnySocket): void {
    const { name } = socket.nsp;
    this.#settled(name);
    this.#left?.delete(name);
    if (this.#first === undefined) this.#first = socket;
    else (this.#others ??= new Map()).set(name, socket);
    if (!this.#decoder.incomplete) this.#liftLimit();
  }

  /** A namespace does not take the client. */
  refuse(nsp: string, error: ExtendedError): void {
    this.#settled(nsp);
    const data = rejection(this.conn, error);
    const packet: Packet = { type: PacketType.CONNECT_ERROR, nsp, data };
    sendMessage(this.conn, encodePacket(this.#host.encoder, packet, true), true, false);
  }

  /** Answers an event of the client. */
  acknowledge(nsp: string, id: number, data: unknown[]): void {
    const message = encodeMembers(this.#host.encoder, PacketType.ACK, nsp, id, data, true);
    sendMessage(this.conn, message, true, false);
  }

  /** The server is about to take the client out of a namespace. */
  leave(nsp: string): void {
    const left = this.#left ??= new Set();
    left.add(nsp);
    if (left.size > this.#host.options.maxNamespaces) left.delete(left.values().next().value!);
  }

  /** A socket is disconnected. */
  remove(socket: AnySocket): void {
    if (this.#first === socket) this.#first = undefined;
    else this.#others?.delete(socket.nsp.name);
  }

  /** Takes the client out of all namespaces, and closes. */
  disconnect(): void {
    for (const socket of this.sockets) socket.disconnect();
    this.violate();
  }

  /**
   * Closes: the client has broken the protocol, is too greedy, or has no business here.
   *
   * @param description which rule or limit it was, if it was one
   */
  violate(description?: string): void {
    if (this.conn.readyState !== "open") return;
    log("socket.io:client", "closed: %s", description ?? "no business here");
    // In this order, or the reason would depend on the transport: some close within the call.
    this.close("forced server close", description === undefined ? undefined : { description });
    this.conn.close();
  }

  /** The client has had its time to join a namespace, or to send what it has announced. */
  expired(): void {
    const { attachmentTimeout, connectTimeout } = this.#host.options;
    this.violate(
      this.#decoder.incomplete
        ? `attachments took too long (attachmentTimeout is ${attachmentTimeout})`
        : `no namespace was joined in time (connectTimeout is ${connectTimeout})`,
    );
  }

  #limit(ms: number): void {
    this.#deadline?.stop(this);
    this.#deadline = this.conn.host.deadlines(ms);
    this.#deadline.start(this);
  }

  #liftLimit(): void {
    this.#deadline?.stop(this);
    this.#deadline = undefined;
  }

  /** Its sockets. A copy: those who are told may leave. */
  get sockets(): AnySocket[] {
    const others = this.#others?.values() ?? [];
    return this.#first === undefined ? [...others] : [this.#first, ...others];
  }

  #settled(nsp: string): void {
    // Nearly always the only one: a quiet connection should hold nothing that it does not need.
    if (this.#joining?.delete(nsp) && this.#joining.size === 0) this.#joining = undefined;
  }

  // Nearly all that comes in is an event of the main namespace: it reaches its socket without a packet around it.
  #takePlainEvent(text: string, start: number): boolean {
    const socket = this.#first;
    // What is awaited may be attachments.
    if (socket === undefined || this.#deadline !== undefined) return false;
    if (socket.nsp.name !== "/") return false;
    const at = eventDataAt(text, start);
    if (at < 0) return false;
    const { decoding } = this.#host;
    if (decoding === undefined) return false;
    const event = readEvent(text, at, decoding);
    const id = readId(text, start + 1, at);
    const decoder = this.#decoder;
    if (!(decoder instanceof LimitedDecoder) || decoder.admitsEvent(socket, event, id, text)) {
      dispatchEvent(socket, event, id);
    }
    return true;
  }

  #receive(packet: Packet): void {
    const socket = this.find(packet.nsp);
    if (packet.type === PacketType.CONNECT) {
      if (!this.knows(packet.nsp)) return this.#join(packet);
      // An old client says it again when its user calls connect() too early.
      if (isLegacy(this.conn)) return;
    } else if (packet.type !== PacketType.CONNECT_ERROR) {
      if (socket !== undefined) return dispatch(socket, packet);
      if (this.#left?.has(packet.nsp)) return;
    }
    this.violate(`packet of type ${packet.type} out of order`);
  }

  #join({ nsp, data }: Packet): void {
    const excess = this.#excess();
    if (excess !== undefined) return this.refuse(nsp, new Error(excess));
    (this.#joining ??= new Map()).set(nsp, NOTHING);
    // Without prototype: its keys are the client's choice.
    const auth: Auth | undefined = data === undefined
      ? undefined
      : Object.setPrototypeOf(data, null);
    const isWanted = () => this.conn.readyState === "open";
    this.#host.find(nsp, auth, isWanted, (namespace) => {
      if (!isWanted()) return;
      if (namespace === undefined) this.refuse(nsp, new Error("Invalid namespace"));
      else this.#host.join(namespace, this, auth);
    });
  }

  #checkConnect(length: number): void {
    const { maxConnectLength } = this.#host.options;
    if (length > maxConnectLength) {
      throw new ProtocolError(`CONNECT is too long (maxConnectLength is ${maxConnectLength})`);
    }
  }

  // Which limit keeps the client from one more namespace, if any.
  #excess(): string | undefined {
    const { maxNamespaces, maxPendingConnects } = this.#host.options;
    const joining = this.#joining?.size ?? 0;
    if (joining + this.sockets.length >= maxNamespaces) {
      return `too many namespaces (maxNamespaces is ${maxNamespaces})`;
    }
    return joining >= maxPendingConnects
      ? `too many connects at once (maxPendingConnects is ${maxPendingConnects})`
      : undefined;
  }
}

/** Checks what comes from another parser: official ones let events pass that are named as ours are. */
function isPacket(value: Packet): boolean {
  return typeof value === "object" && value !== null && typeof value.nsp === "string" &&
    isValid(value);
}
