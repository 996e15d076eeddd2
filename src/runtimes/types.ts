/**
 * What we use of each runtime, and no more: users of one need not have the types of another.
 *
 * | trap | where it is met |
 * | --- | --- |
 * | Deno: headers and address of a request are gone once it is a WebSocket | the engine copies them first |
 * | Deno: does not answer an offered subprotocol by itself; browsers then hang up | `deno.ts` |
 * | Deno: closes a WebSocket after 30 s of silence, pings on its own | `deno.ts` sets `idleTimeout: 0` |
 * | Deno: `close` may fire twice, with code 0 if the network failed; never if the client does not answer | the engine settles at once, and once; `engine/closing_sockets.ts` counts what is still there |
 * | workerd: tells nothing of a WebSocket that was closed here, if its client goes without an answer | only what `lingers` is counted after its close |
 * | Deno: messages up to 64 MiB arrive whole, there is no lower limit to set | `transports/websocket.ts` checks the size |
 * | Bun: `close()` calls the close handler before it returns | `transports/websocket.ts` lets go first |
 * | Deno: a client that does not read keeps what it was sent in memory, also when its WebSocket was closed | `transports/websocket.ts` hands over little at a time |
 * | Bun: over its limit for unsent data, messages are dropped and the WebSocket stays open | `bun.ts` sets no limit; `bun_channel.ts` ends the WebSocket if something was dropped all the same |
 * | Bun: cuts an HTTP request after 10 s without an answer | `bun.ts` lifts that, poll by poll |
 * | Bun: the URL of a request without `Host` is a bare path | `engine/handshake.ts` completes it |
 * | Bun: only headers given to `upgrade()` reach the 101; a response must be returned all the same | `bun.ts` |
 * | Bun: with `--hot`, WebSockets stay with the modules from before a change | `bun_hot.ts` ends them |
 * | workerd: no timers and no random numbers while modules load | nothing does that, nor does the constructor of a server |
 * | workerd: what one Durable Object or request has opened, another must not touch, though they share variables | `durable_object.ts` gives each object a server |
 * | workerd: says nothing when the client of a waiting poll goes | `transports/polling.ts` lets a second poll replace the first |
 * | workerd: encodes a body as `Content-Encoding` says, encoded or not | `engine/encoded_response.ts` says that it is |
 * | workerd: frames arrive as blobs; codes such as 1005 must not be sent | `workerd.ts` |
 * | workerd: nobody says when an object is put away, and a timer keeps it awake | `hibernation.ts` keeps what changes at the end of each turn; sessions start no timers |
 * | workerd: the WebSocket that is accepted is another object than the one that messages come with | `lasting_channels.ts` goes by tags |
 * | workerd: an object has one alarm | `alarms.ts` shares it with the user |
 *
 * @module
 */

import type { Receiver } from "../engine/channel.ts";

/** Deno's global object. */
export interface DenoGlobal {
  /** Makes a request a WebSocket. */
  upgradeWebSocket(
    request: Request,
    options: { idleTimeout: number },
  ): { socket: WebSocket; response: Response };
  /** Serves on a port. */
  serve(
    options: { port: number; hostname?: string; signal: AbortSignal; onListen: () => void },
    handler: (request: Request, info: DenoInfo) => Promise<Response>,
  ): DenoServer;
}

/** What Deno hands to a fetch handler beside the request. */
export interface DenoInfo {
  /** The client's address; of another shape on a Unix socket. */
  readonly remoteAddr?: { readonly hostname?: string };
}

/** A server of Deno's. */
export interface DenoServer {
  /** Where it listens. */
  readonly addr: { readonly hostname: string; readonly port: number };
  /** Ends it when the requests under way are answered. */
  shutdown(): Promise<void>;
}

/** Bun's global object. */
export interface BunGlobal {
  /** Serves on a port. */
  serve(options: {
    port: number;
    hostname?: string;
    fetch: (request: Request, server: BunServer) => Promise<Response>;
    websocket: unknown;
  }): BunServer;
}

/** The timers of Bun, Deno and Node that the Web does not have. */
export interface Timers {
  /** Calls at the end of this turn of the event loop. */
  setImmediate(callback: () => void): unknown;
}

/** A server of Bun's, which it also hands to a fetch handler beside the request. */
export interface BunServer {
  /** The port it listens on. */
  readonly port: number;
  /** The interface it listens on. */
  readonly hostname: string;
  /** Makes a request a WebSocket. */
  upgrade(request: Request, options: { headers?: Headers; data: Receiver }): boolean;
  /** Tells who sent a request. */
  requestIP(request: Request): { readonly address: string } | null;
  /** Sets after how many seconds a request is cut, 0 for never. */
  timeout(request: Request, seconds: number): void;
  /** Stops listening. */
  stop(closeConnections?: boolean): Promise<void>;
}

/** A WebSocket of Bun's. */
export interface BunWebSocket {
  /** What `upgrade` was given. */
  readonly data: unknown;
  /** As what binary frames arrive. */
  binaryType?: string | undefined;
  /** Sends a frame: its bytes, -1 if it waits, 0 if it was dropped. */
  send(data: string | Uint8Array<ArrayBuffer>, compress?: boolean): number;
  /** Joins what is sent within the call into one write. */
  cork(callback: () => void): void;
  /** Closes, calling the close handler before it returns. */
  close(code?: number, reason?: string): void;
  /** Ends the connection. */
  terminate(): void;
  /** Unsent bytes. */
  getBufferedAmount(): number;
}

/** Bun's WebSocket handlers: the `websocket` member of what it serves. */
export interface BunWebSocketHandler {
  /** The WebSocket is open. */
  open(ws: BunWebSocket): void;
  /** A frame came in. */
  message(ws: BunWebSocket, data: string | Uint8Array): void;
  /** The WebSocket is gone. */
  close(ws: BunWebSocket, code: number, reason: string): void;
  /** Seconds of silence until it is closed, 0 for never. */
  readonly idleTimeout: number;
  /** The largest message in bytes. */
  readonly maxPayloadLength: number;
  /** How many unsent bytes are kept, 0 for any number. */
  readonly backpressureLimit: number;
  /** Whether to close above that, instead of dropping. */
  readonly closeOnBackpressureLimit: boolean;
  /** Whether Bun pings on its own. */
  readonly sendPings: boolean;
  /** Whether clients are offered compression. */
  readonly perMessageDeflate: boolean;
}
