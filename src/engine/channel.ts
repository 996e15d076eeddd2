/**
 * The border between the engine and the runtimes.
 *
 * @module
 */

/** A WebSocket of the runtime: what the engine may ask of it. */
export interface Channel {
  /** Bytes that are accepted and not yet handed to the network. */
  readonly buffered: number;
  /**
   * Whether the runtime keeps it after `close()` until the client answers or goes, and tells of that in any case: it is
   * counted until then. Where nobody would tell, it must not be.
   */
  readonly lingers?: boolean;
  /**
   * Sends one frame. Never throws, also when the peer is gone.
   *
   * @param shared whether it goes to many: then it may wait for the others of this turn
   */
  send(data: string | Uint8Array<ArrayBuffer>, compress: boolean, shared: boolean): void;
  /** Calls at the end of this turn of the event loop, where the runtime has such a thing. */
  soon?(callback: () => void): void;
  /** Drops what waits for the end of this turn. */
  forget?(): void;
  /** Closes; may call the receiver's `close` before it returns. */
  close(code?: number, reason?: string): void;
  /**
   * Keeps what is needed to go on with the WebSocket when the runtime has put the server away and takes it up again. Only
   * where that can happen; there, the runtime also says when a heartbeat is due.
   *
   * @throws if it cannot be copied
   */
  keep?(state: unknown): void;
}

/** A class that makes WebSockets of upgrades, as `WebSocketServer` of the package `ws` does. */
export type WsEngine = new (options: never) => object;

/** Those of the engine's options that a runtime may have to know; sizes in bytes. */
export interface ChannelOptions {
  /** The largest message. */
  readonly maxHttpBufferSize: number;
  /** From which size on messages are compressed, if at all. */
  readonly perMessageDeflate: { readonly threshold: number } | undefined;
  /** What makes WebSockets, where the runtime does not. */
  readonly wsEngine: WsEngine | undefined;
}

/** What a WebSocket of the runtime calls. */
export interface Receiver {
  /** The options; the same object for all receivers of an engine. */
  readonly options: ChannelOptions;
  /** The WebSocket is open. */
  open(channel: Channel): void;
  /** A frame came in. */
  message(data: string | Uint8Array): void;
  /** The WebSocket is gone; may be called more than once. */
  close(code: number, reason: string): void;
  /**
   * A heartbeat is due.
   *
   * @param heardAt when the client was heard of last
   * @param lastBeat when the last one was due
   */
  beat?(heardAt: number, lastBeat: number): void;
}

/** Who sent a request. */
export interface Peer {
  /** IP address, `""` if the runtime cannot tell. */
  readonly address: string;
}

/** What {@link Runtime.listen} serves. */
export interface Service {
  /** Whether a request's path is its own. */
  handles(request: Pick<Request, "url">): boolean;
  /** Answers requests. */
  fetch(request: Request, context?: unknown): Promise<Response>;
  /** The WebSocket handlers of a runtime that wants them apart from `fetch`. */
  readonly websocket: unknown;
}

/** Milliseconds that a listener gives to what is under way when it closes. */
export const CLOSE_GRACE = 1000;

/** A port that is listened to. */
export interface Listener {
  /** The port, also when 0 was asked for. On Node with a `hostname`, it is 0 until that is found, a moment later. */
  readonly port: number;
  /** The interface listened on. */
  readonly hostname: string;
  /** Stops listening, lets the answers under way get out, and ends what is left after a second. */
  close(): Promise<void>;
}

/**
 * One runtime. `context` is what the runtime hands to a fetch handler beside the request.
 */
export interface Runtime {
  /** Whether it makes sure that no body is longer than its `Content-Length`. */
  readonly checksLength: boolean;
  /** Whether it tells when the client of a request goes that waits for its answer. */
  readonly noticesLoss: boolean;
  /** Makes the request that users see of one that is made for the engine alone. */
  whole?(request: Request): Request;
  /** Makes a response with a text that is not for caches, where that takes less than by its constructor. */
  textResponse?(context: unknown, text: string, type: string): Response | undefined;
  /** Tells who sent the request. */
  peer(request: Request, context: unknown): Peer;
  /** Takes care that the runtime lets the request wait for its answer. */
  hold(request: Request, context: unknown): void;
  /**
   * Makes the request a WebSocket.
   *
   * @param headers for the response, beside those of the upgrade, if there are any
   * @returns the response to return to the runtime, or `undefined` if it is no request for a WebSocket
   * @throws {TypeError} if the runtime cannot do it from here
   */
  upgrade(
    request: Request,
    context: unknown,
    receiver: Receiver,
    headers?: Headers,
  ): Response | undefined | Promise<Response | undefined>;
  /** Serves on a port. */
  listen(service: Service, port: number, hostname: string | undefined): Listener;
}

/** A server that the runtime may put away and take up again, while its WebSockets stay open. */
export interface Sleeper extends Service {
  /** Milliseconds from one heartbeat to the next. */
  readonly pingInterval: number;
  /** What clients send as a heartbeat or its answer, and what is to be sent back without waking the server. */
  readonly autoResponse: readonly [message: string, answer: string];
  /** Begins a life: what is left of an earlier one in memory is forgotten. */
  begin(): void;
  /** Goes on with a WebSocket, given what {@link Channel.keep} was; resolves to `undefined` if that is nothing known. */
  resume(state: unknown, channel: Channel): Promise<Receiver | undefined>;
  /** All of them go on. */
  resumed(): void;
  /** Something of the runtime's has failed. */
  report(error: unknown): void;
}

/** What a WebSocket calls whose session is on another server. */
export type RelayReceiver = Omit<Receiver, "options">;

/** A request of a session that another server has. */
export interface RelayedRequest {
  /** The session. */
  readonly sid: string;
  /** Its method. */
  readonly method: string;
  /** Its URL. */
  readonly url: string;
  /** Its headers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Its body, if it has one. */
  readonly body: Uint8Array | undefined;
  /** Makes it a WebSocket here, if that is what it asks for. */
  readonly upgrade:
    | ((receiver: RelayReceiver, headers: Headers) => Promise<Response | undefined>)
    | undefined;
}

/** Answers a request that another server has handed over; `context` is a {@link Runtime} of its own. */
export type RelayService = (request: Request, context: unknown) => Promise<Response>;

/**
 * Reaches the sessions of the other servers behind the same address, so that any of them may receive any request: the
 * value of the `relay` option.
 */
export interface Relay {
  /**
   * Begins to take requests of the others; a second call changes nothing.
   *
   * @param path the path of the server: servers of other paths are none of the others
   * @param serve answers what the others hand over
   * @returns what the ids of this server's sessions begin with
   */
  join(path: string, serve: RelayService): string;
  /** Tells whether the server is there that a session's id names; if not, nothing of the request is read. */
  knows(sid: string): Promise<boolean>;
  /** Hands a request to the server that has its session; resolves to `undefined` if none has. */
  hand(request: RelayedRequest): Promise<Response | undefined>;
  /** Leaves the others. */
  close(): void;
}
