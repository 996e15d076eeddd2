import { duration, flag, hook, positive, rate, shown } from "../base/checks.ts";
import type { Rate } from "../base/token_bucket.ts";
import { isBinary } from "../wire/attachments.ts";
import type { MessagePart } from "../wire/frame.ts";
import type { Relay, WsEngine } from "./channel.ts";
import type { CompressionOptions } from "./http/compression.ts";
import { type CookieOptions, resolveCookie } from "./http/cookie.ts";
import { type CorsOptions, type CorsOptionsDelegate, resolveCors } from "./http/cors.ts";
import { type OriginRule, type Origins, resolveOrigins } from "./guards/origins.ts";
import {
  resolveSlowClients,
  type SlowClientDecision,
  type SlowClientPolicy,
} from "./guards/slow_clients.ts";
import type { TransportName } from "./transport.ts";
import { resolveTrust, type Trust, type TrustProxy } from "./guards/trust_proxy.ts";

/** Calls back with whether a request may open a session, and why not. */
export type AllowRequestCallback = (error: string | null | undefined, success: boolean) => void;

/** Decides whether a request may open a session: by the callback, or without it by what it returns. */
export type AllowRequest = (
  request: Request,
  callback: AllowRequestCallback,
) => boolean | void | Promise<boolean | void>;

/** Changes the headers of a response in place. */
export type EditHeaders = (
  headers: Headers,
  request: Request,
  context: unknown,
) => void | Promise<void>;

/** Options of the Engine.IO server. Times are in milliseconds, sizes in bytes. */
export interface EngineOptions {
  /**
   * Where requests are answered, with and without a slash at its end.
   *
   * @default "/engine.io" of the Engine.IO server by itself, "/socket.io" of the Socket.IO server
   */
  path?: string;
  /**
   * Kept for compatibility: the path is answered with and without a slash at its end in any case.
   *
   * @default true
   */
  addTrailingSlash?: boolean;
  /**
   * How long a client may take to answer a ping.
   *
   * @default 20_000
   */
  pingTimeout?: number;
  /**
   * How long after a pong the next ping is sent.
   *
   * @default 25_000
   */
  pingInterval?: number;
  /**
   * How long a client may take to move to another transport.
   *
   * @default 10_000
   */
  upgradeTimeout?: number;
  /**
   * How large a message may be, or the body of a POST with several. A larger body is answered with 413, a larger
   * message over WebSocket closes the connection with 1009.
   *
   * @default 1_000_000
   */
  maxHttpBufferSize?: number;
  /**
   * How much may wait for a client that reads slowly.
   *
   * @default 16_777_216
   */
  maxBufferedAmount?: number;
  /**
   * What happens to a client for whom more than that waits; a function decides about each.
   *
   * @default "close"
   */
  slowClients?: SlowClientPolicy | SlowClientDecision;
  /**
   * How many packets the body of a POST may have. More end the connection.
   *
   * @default 100_000
   */
  maxPacketsPerPayload?: number;
  /**
   * How many connections there may be, those included that `allowRequest` is asked about. Further requests for one are
   * answered with 503.
   *
   * @default 100_000
   */
  maxConnections?: number;
  /**
   * How many connections one address may have, as `handshake.address` tells it: behind a proxy, `trustProxy` has to be
   * right, or all clients have the same one. Of IP version 6, the first 64 bits count. Further requests are answered with
   * 429.
   *
   * @default Infinity
   */
  maxConnectionsPerAddress?: number;
  /**
   * How often one address may begin a connection: a number of times per second, or `{ perSecond, burst }`. What comes
   * more often is answered with 429 and `Retry-After`. Addresses are told apart as for `maxConnectionsPerAddress`.
   *
   * @default without limit
   */
  handshakeRate?: number | Rate;
  /**
   * Decides whether a request may open a session: by callback, or by what it returns or resolves to. `false`, throwing
   * and rejecting refuse with status 403; the message of the error is the answer's.
   */
  allowRequest?: AllowRequest;
  /**
   * The transports that clients may use.
   *
   * @default ["polling", "websocket"]
   */
  transports?: TransportName[];
  /**
   * Whether clients may move from polling to WebSocket.
   *
   * @default true
   */
  allowUpgrades?: boolean;
  /**
   * Whether clients of Engine.IO 3 are let in: those of Socket.IO 1 and 2, also over JSONP. In the main namespace, their
   * `socket.id` is the id of the connection, which is a secret: show others something else. Clients of Socket.IO 1
   * encode UTF-8 twice in what they poll as text, as they do with the official server.
   *
   * @default false
   */
  allowEIO3?: boolean;
  /**
   * Whether answers over polling are compressed, as gzip or deflate, for clients that read that. Messages sent with
   * `compress(false)` alone are not.
   *
   * @default { threshold: 1024 }
   */
  httpCompression?: boolean | CompressionOptions;
  /**
   * Whether messages over WebSocket are compressed for clients that ask for it, except those sent with `compress(false)`.
   * Costs processor time and memory for each client. Bun and Node do it; elsewhere the option has no effect.
   *
   * @default false
   */
  perMessageDeflate?: boolean | CompressionOptions;
  /**
   * On Node, what makes WebSockets: the class `WebSocketServer` of the package `ws`, or of another one with the same
   * interface. By default `ws` is imported when it is needed; bundles may need it from here. Other runtimes bring their
   * own WebSockets.
   */
  wsEngine?: WsEngine;
  /**
   * On a server of `node:http`, whether a request for a WebSocket of another path is ended if nobody has answered it in
   * time.
   *
   * @default true
   */
  destroyUpgrade?: boolean;
  /**
   * How long that takes.
   *
   * @default 1_000
   */
  destroyUpgradeTimeout?: number;
  /** A message that every client receives first. */
  initialPacket?: MessagePart;
  /**
   * Sets a cookie with the session id in the first answer, for load balancers that route by it; `true` for the defaults.
   *
   * @default false
   */
  cookie?: boolean | CookieOptions;
  /**
   * Who may read the answers from other origins. Leave it out where a framework's middleware takes care of that.
   *
   * @default none but the own origin
   */
  cors?: false | CorsOptions | CorsOptionsDelegate;
  /**
   * Pages of which origins may connect, over polling and WebSocket alike: `"same"` for those of the server's own host,
   * a list, or a function, which is also asked about requests without an `Origin`; others let these in, since they come
   * from clients outside of browsers. Whoever may not is refused with status 403. A pattern has to match the whole
   * origin, as `/^https:\/\/[\w-]+\.app\.example$/` does. `cors` is no help here: browsers open WebSockets to any
   * server, and send its cookies along.
   *
   * @default "*"
   */
  origins?: Origins;
  /**
   * Which proxies are believed about who sent a request, by `X-Forwarded-For` and `X-Forwarded-Proto`, or `Forwarded`:
   * how many of them there are, their addresses or ranges such as `"loopback, 10.0.0.0/8"`, or a function that is asked
   * for each, the nearest first. It decides about `handshake.address` and `handshake.secure`. `true` believes everybody,
   * so what comes first in the header: only for proxies that overwrite it.
   *
   * @default false
   */
  trustProxy?: TrustProxy;
  /**
   * Draws session ids. They must be impossible to guess.
   *
   * @default 20 characters from 120 random bits
   */
  generateId?: (request: Request) => string | Promise<string>;
  /**
   * Lets servers behind the same address receive each other's requests, so that the requests of a session need not all
   * reach the server that has it: `new BroadcastChannelRelay()` of `@fetchio/server/adapter`.
   */
  relay?: Relay;
  /** Changes the headers of the answer that opens a session, also of the one that becomes a WebSocket. */
  editHandshakeHeaders?: EditHeaders;
  /** Changes the headers of every answer. */
  editResponseHeaders?: EditHeaders;
}

/** The options that have a default. */
export type DefaultedOption =
  | "path"
  | "addTrailingSlash"
  | "pingTimeout"
  | "pingInterval"
  | "upgradeTimeout"
  | "maxHttpBufferSize"
  | "maxBufferedAmount"
  | "maxPacketsPerPayload"
  | "maxConnections"
  | "maxConnectionsPerAddress"
  | "slowClients"
  | "destroyUpgrade"
  | "destroyUpgradeTimeout"
  | "transports"
  | "allowUpgrades"
  | "allowEIO3";

/** The options with all defaults in place. */
export type ResolvedEngineOptions = Readonly<
  & Required<Pick<EngineOptions, DefaultedOption>>
  & {
    [
      Option in Exclude<
        keyof EngineOptions,
        | DefaultedOption
        // Those that take several forms.
        | "cookie"
        | "cors"
        | "handshakeRate"
        | "httpCompression"
        | "origins"
        | "perMessageDeflate"
        | "trustProxy"
      >
    ]-?:
      | EngineOptions[Option]
      | undefined;
  }
  & {
    cookie: CookieOptions | undefined;
    cors: CorsOptions | CorsOptionsDelegate | undefined;
    handshakeRate: Required<Rate> | undefined;
    httpCompression: Required<CompressionOptions> | undefined;
    origins: OriginRule | undefined;
    perMessageDeflate: Required<CompressionOptions> | undefined;
    trustProxy: Trust | undefined;
  }
>;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {TypeError} if one is of the wrong kind
 * @throws {RangeError} if one is out of range
 */
export function resolveEngineOptions(options: EngineOptions): ResolvedEngineOptions {
  return {
    path: resolvePath(options.path ?? "/engine.io"),
    addTrailingSlash: flag("addTrailingSlash", options.addTrailingSlash ?? true),
    pingTimeout: duration("pingTimeout", options.pingTimeout ?? 20_000),
    pingInterval: duration("pingInterval", options.pingInterval ?? 25_000),
    upgradeTimeout: duration("upgradeTimeout", options.upgradeTimeout ?? 10_000),
    maxHttpBufferSize: positive("maxHttpBufferSize", options.maxHttpBufferSize ?? 1_000_000),
    maxBufferedAmount: positive("maxBufferedAmount", options.maxBufferedAmount ?? 16_777_216),
    slowClients: resolveSlowClients(options.slowClients ?? "close"),
    maxPacketsPerPayload: positive(
      "maxPacketsPerPayload",
      options.maxPacketsPerPayload ?? 100_000,
    ),
    maxConnections: positive("maxConnections", options.maxConnections ?? 100_000),
    maxConnectionsPerAddress: positive(
      "maxConnectionsPerAddress",
      options.maxConnectionsPerAddress ?? Infinity,
    ),
    handshakeRate: rate("handshakeRate", options.handshakeRate),
    allowRequest: hook("allowRequest", options.allowRequest),
    transports: resolveTransports(options.transports ?? ["polling", "websocket"]),
    allowUpgrades: flag("allowUpgrades", options.allowUpgrades ?? true),
    allowEIO3: flag("allowEIO3", options.allowEIO3 ?? false),
    httpCompression: compression("httpCompression", options.httpCompression ?? true),
    perMessageDeflate: compression("perMessageDeflate", options.perMessageDeflate ?? false),
    destroyUpgrade: flag("destroyUpgrade", options.destroyUpgrade ?? true),
    destroyUpgradeTimeout: duration(
      "destroyUpgradeTimeout",
      options.destroyUpgradeTimeout ?? 1_000,
    ),
    wsEngine: hook("wsEngine", options.wsEngine),
    initialPacket: message("initialPacket", options.initialPacket),
    cookie: resolveCookie(options.cookie ?? false),
    cors: resolveCors(options.cors),
    origins: resolveOrigins(options.origins),
    trustProxy: resolveTrust(options.trustProxy ?? false),
    generateId: hook("generateId", options.generateId),
    relay: resolveRelay(options.relay),
    editHandshakeHeaders: hook("editHandshakeHeaders", options.editHandshakeHeaders),
    editResponseHeaders: hook("editResponseHeaders", options.editResponseHeaders),
  };
}

/**
 * Takes the slash from the end of a path.
 *
 * @throws {TypeError} if no URL has such a path
 */
export function resolvePath(path: string): string {
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw new TypeError(`path must start with a slash, got ${shown(path)}`);
  }
  const { pathname } = new URL(`http://localhost${path}`);
  if (path !== pathname) {
    throw new TypeError(`path must be as URLs have it, ${shown(pathname)}, got ${shown(path)}`);
  }
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function resolveTransports(names: TransportName[]): TransportName[] {
  const expected = 'transports must be a list of "polling" and "websocket"';
  if (!Array.isArray(names)) throw new TypeError(`${expected}, got ${shown(names)}`);
  if (names.length === 0) throw new TypeError("transports must name at least one transport");
  for (const name of names) {
    if (name !== "polling" && name !== "websocket") {
      throw new TypeError(`${expected}, got ${shown(name)}`);
    }
  }
  return [...names];
}

function message(name: string, value: MessagePart | undefined): MessagePart | undefined {
  if (value === undefined || typeof value === "string" || isBinary(value)) return value;
  throw new TypeError(`${name} must be text or bytes, got ${shown(value)}`);
}

function compression(
  name: string,
  option: boolean | { threshold?: number },
): { threshold: number } | undefined {
  if (option === false) return undefined;
  if (option !== true && typeof option !== "object") {
    throw new TypeError(`${name} must be true, false or an object, got ${shown(option)}`);
  }
  const { threshold = 1024 } = option === true ? {} : option;
  if (Number.isInteger(threshold) && threshold >= 0) return { threshold };
  throw new RangeError(`${name}.threshold must be an integer from 0, got ${String(threshold)}`);
}

function resolveRelay(relay: Relay | undefined): Relay | undefined {
  if (relay === undefined) return undefined;
  const methods = [relay?.join, relay?.knows, relay?.hand, relay?.close];
  if (methods.every((it) => typeof it === "function")) return relay;
  throw new TypeError(`relay must be a relay such as a BroadcastChannelRelay, got ${shown(relay)}`);
}
