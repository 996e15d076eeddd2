import { duration, flag, shown } from "./base/checks.ts";
import type { EngineOptions } from "./engine/options.ts";
import type { AdapterConstructor } from "./socket/adapter.ts";
import { type LimitOptions, resolveLimits } from "./socket/limits/limits.ts";
import {
  type RateLimitOptions,
  type ResolvedRateLimit,
  resolveRateLimit,
} from "./socket/limits/rate_limit.ts";
import {
  type RecoveryOptions,
  type ResolvedRecoveryOptions,
  resolveRecovery,
} from "./socket/recovery/recovery.ts";
import type { Parser } from "./wire/parser.ts";

/** Options of the Socket.IO server, with those of the Engine.IO server under it. Times are in milliseconds. */
export interface ServerOptions extends EngineOptions, LimitOptions {
  /**
   * Whether the browser bundles of the official client are served under the path.
   *
   * @default true
   */
  serveClient?: boolean;
  /** Makes the adapter of each namespace; by default one that keeps to this process. */
  adapter?: AdapterConstructor;
  /**
   * Lets clients that come back after a loss of their connection go on where they were: with their id, rooms and data,
   * and with the events that they have missed. Off by default.
   */
  connectionStateRecovery?: RecoveryOptions;
  /** How packets are written and read; the client needs the same one. JSON by default. */
  parser?: Parser;
  /**
   * How long a client may stay without joining a namespace.
   *
   * @default 45_000
   */
  connectTimeout?: number;
  /**
   * How long a broadcast waits for acknowledgements, unless `timeout()` says otherwise. In Durable Objects that
   * hibernate, so does an event to one client: elsewhere, that waits as long as the client is connected.
   *
   * @default 5_000
   */
  ackTimeout?: number;
  /**
   * Whether an event is acknowledged with what its handler returns, or resolves to, unless that is `undefined`. A handler
   * may still call the acknowledgement itself; what comes first is sent.
   *
   * @default false
   */
  ackReturnValues?: boolean;
  /**
   * How often clients may send, and how much; without it, as they like.
   *
   * @default without limit
   */
  rateLimit?: RateLimitOptions;
  /**
   * Whether a dynamic namespace is removed when its last socket has left. What was kept for the recovery of its sockets
   * goes with it.
   *
   * @default false
   */
  cleanupEmptyChildNamespaces?: boolean;
}

/** The options of the Socket.IO layer with all defaults in place. */
export type ResolvedServerOptions = Readonly<
  & Required<
    Pick<
      ServerOptions,
      | "serveClient"
      | "connectTimeout"
      | "ackTimeout"
      | "ackReturnValues"
      | "cleanupEmptyChildNamespaces"
    >
  >
  & Required<LimitOptions>
  & {
    connectionStateRecovery: ResolvedRecoveryOptions | undefined;
    rateLimit: ResolvedRateLimit | undefined;
  }
>;

/** The same for the server itself, which may change them later. */
export type ServerSettings = {
  -readonly [Option in keyof ResolvedServerOptions]: ResolvedServerOptions[Option];
};

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {TypeError} if one is of the wrong kind
 * @throws {RangeError} if one is out of range
 */
export function resolveServerOptions(options: ServerOptions): ServerSettings {
  checkOptions(options);
  if (options.adapter !== undefined) checkAdapter(options.adapter);
  if (options.parser !== undefined) checkParser(options.parser);
  return {
    serveClient: flag("serveClient", options.serveClient ?? true),
    connectionStateRecovery: resolveRecovery(options.connectionStateRecovery),
    rateLimit: resolveRateLimit(options.rateLimit),
    connectTimeout: duration("connectTimeout", options.connectTimeout ?? 45_000),
    ackTimeout: duration("ackTimeout", options.ackTimeout ?? 5_000),
    ackReturnValues: flag("ackReturnValues", options.ackReturnValues ?? false),
    ...resolveLimits(options, options.maxHttpBufferSize),
    cleanupEmptyChildNamespaces: flag(
      "cleanupEmptyChildNamespaces",
      options.cleanupEmptyChildNamespaces ?? false,
    ),
  };
}

/** Checks what makes adapters. */
export function checkAdapter(adapter: AdapterConstructor): AdapterConstructor {
  if (typeof adapter !== "function") {
    throw new TypeError(`adapter must be a class or a function, got ${shown(adapter)}`);
  }
  return adapter;
}

function checkOptions(options: ServerOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Server needs options or a port, got ${shown(options)}`);
  }
  if ("listen" in options) {
    throw new TypeError("Server needs options or a port, got a server that is none of node:http");
  }
}

function checkParser(parser: Parser): void {
  const { Encoder, Decoder } = parser ?? {};
  if (typeof Encoder !== "function" || typeof Decoder !== "function") {
    throw new TypeError("parser must have the classes Encoder and Decoder");
  }
}
