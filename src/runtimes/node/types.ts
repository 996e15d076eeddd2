/**
 * What we use of Node and of the package `ws`, and no more: users need not have the types of either.
 *
 * | trap | where it is met |
 * | --- | --- |
 * | a socket between its upgrade event and its WebSocket has no listener for errors: a reset ends the process | `server.ts` listens |
 * | an upgrade that nobody takes waits for ever, once somebody listens for upgrades | `server.ts` ends it after `destroyUpgradeTimeout` |
 * | a WebSocket is nothing that `close()` of a server ends | `server.ts` keeps the sockets |
 * | a server of `node:http2` closes when its sessions have ended, and ends none, nor tells which there are | `server.ts` keeps the sessions |
 * | `ws` answers what it does not understand by itself | `websocket.ts` hears of it, and the engine answers |
 * | `ws` keeps a compressor for each client | `websocket.ts` negotiates that none is kept |
 * | `ws` before 8.23 keeps pongs without end for a client that pings and does not read | the README asks for a newer one |
 * | a body that is cancelled destroys the socket, and the answer with it | `request.ts` reads on and forgets |
 *
 * @module
 */

import type { AnyFunction } from "../../base/events.ts";

/** Node's global object `process`. */
export interface NodeProcess {
  /** What it is made of. */
  readonly versions?: { readonly node?: string };
  /** Gives a module of Node's own; since 20.16. */
  getBuiltinModule?(name: "node:http"): NodeHttp;
}

/** The module `node:http`. */
export interface NodeHttp {
  /** Makes a server that does not listen yet. */
  createServer(listener: (incoming: NodeIncoming, outgoing: NodeOutgoing) => void): NodeServer;
}

/** What tells of events. */
export interface NodeEmitter {
  /** Adds a listener. */
  on(event: string, listener: AnyFunction): unknown;
  /** Adds a listener for one event. */
  once(event: string, listener: AnyFunction): unknown;
  /** Removes a listener. */
  off(event: string, listener: AnyFunction): unknown;
}

/** A server of `node:http`, `node:https`, or of `node:http2` with `allowHTTP1`. */
export interface NodeServer extends NodeEmitter {
  /** Tells the listeners of an event. */
  emit(event: string, ...args: unknown[]): boolean;
  /** Where it listens; a path on a Unix socket. */
  address(): { readonly address: string; readonly port: number } | string | null;
  /** Listens on a port. */
  listen(port: number, hostname?: string): unknown;
  /** Stops listening. */
  close(done?: (error?: Error) => void): unknown;
  /** Ends the connections, also those with requests. */
  closeAllConnections?(): void;
}

/** A connection of HTTP/2. */
export interface Http2Session {
  /** Adds a listener for one event. */
  once(event: "close", listener: () => void): unknown;
  /** Ends it when its requests are answered. */
  close(): void;
  /** Breaks it off. */
  destroy(): void;
}

/** A request as Node has it. */
export interface NodeIncoming extends NodeEmitter {
  /** Its method. */
  readonly method?: string | undefined;
  /** The path with the query; the whole URL if a proxy was meant. */
  readonly url?: string | undefined;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** The headers by their names in lower case. */
  readonly headers: {
    /** The host, in HTTP/1. */
    readonly host?: string | undefined;
    /** The host, in HTTP/2. */
    readonly ":authority"?: string | undefined;
  };
  /** Where it came from. */
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean };
  /** Whether it has come to its end, or never will. */
  readonly destroyed: boolean;
  /** Has the body come as text. */
  setEncoding(encoding: "utf8"): unknown;
  /** Lets the body come. */
  resume(): unknown;
  /** Keeps the body from coming. */
  pause(): unknown;
}

/** An answer as Node has it. */
export interface NodeOutgoing extends NodeEmitter {
  /** Its status. */
  statusCode: number;
  /** Whether the client is gone. */
  readonly destroyed: boolean;
  /** Sets status and headers. */
  writeHead(status: number, headers: Record<string, string>): unknown;
  /** Sets a header. */
  setHeader(name: string, value: string | string[]): unknown;
  /** Writes a part of the body: whether more is welcome at once. */
  write(chunk: Uint8Array): boolean;
  /** Ends it. */
  end(text?: string): unknown;
  /** Breaks it off. */
  destroy(error?: Error): unknown;
}

/** A connection, taken over from a server. */
export interface NodeSocket extends NodeEmitter {
  /** How many bytes were written to it. */
  readonly bytesWritten?: number;
  /** Whether it can still be written to. */
  readonly writable: boolean;
  /** Keeps what is written, until `uncork`. */
  cork(): void;
  /** Writes what was kept, at once. */
  uncork(): void;
  /** Writes. */
  write(text: string): unknown;
  /** Writes, and ends it. */
  end(bytes?: Uint8Array, done?: () => void): unknown;
  /** Breaks it off. */
  destroy(): unknown;
}

/** The class `WebSocketServer` of the package `ws`. */
export interface WsServerConstructor {
  /** Makes one that listens to nothing. */
  new (options: WsServerOptions): WsServer;
}

/** Options of {@link WsServerConstructor}. */
export interface WsServerOptions {
  /** Whether upgrades are handed to it. */
  noServer: true;
  /** Whether it keeps a list of WebSockets. */
  clientTracking: boolean;
  /** The largest message in bytes. */
  maxPayload: number;
  /** Whether messages are compressed, and which. */
  perMessageDeflate: false | {
    threshold: number;
    serverNoContextTakeover: boolean;
    clientNoContextTakeover: boolean;
  };
}

/** A server of the package `ws`. */
export interface WsServer {
  /** Adds a listener. */
  on(event: string, listener: AnyFunction): unknown;
  /** Removes a listener. */
  off(event: string, listener: AnyFunction): unknown;
  /** Makes an upgrade a WebSocket; calls back before it returns, or never. */
  handleUpgrade(
    incoming: NodeIncoming,
    socket: NodeSocket,
    head: Uint8Array,
    opened: (ws: WsWebSocket) => void,
  ): void;
}

/** A WebSocket of the package `ws`. */
export interface WsWebSocket {
  /** As what binary frames arrive. */
  binaryType: string;
  /** 1 if it is open. */
  readonly readyState: number;
  /** Unsent bytes. */
  readonly bufferedAmount: number;
  /** Adds a listener. */
  on(event: string, listener: AnyFunction): unknown;
  /** Sends a frame. */
  send(data: string | Uint8Array, options: { binary?: boolean; compress: boolean }): void;
  /** Begins to close. */
  close(code?: number, reason?: { toString(): string }): void;
}
