import { hook, rate, shown } from "../../base/checks.ts";
import type { Rate } from "../../base/token_bucket.ts";
import type { AnySocket } from "../socket.ts";
import type { Event } from "../socket_events.ts";

/** The rates that clients have to keep to. Each is a number per second, or `{ perSecond, burst }`. */
export interface Rates<Value> {
  /** Events of a client: of all its sockets on a connection. */
  readonly events?: Value;
  /** Bytes of a client's events and acknowledgements. */
  readonly bytes?: Value;
  /** Events of all clients of an address. */
  readonly eventsPerAddress?: Value;
  /** Bytes of all clients of an address. */
  readonly bytesPerAddress?: Value;
}

/** What a client has exceeded. */
export interface RateExcess {
  /** Which rate. */
  readonly limit: keyof Rates<never>;
  /** After how many milliseconds the event would pass. */
  readonly retryAfter: number;
  /** The name of the event; `undefined` if it is no event: the client joins a namespace, or acknowledges. */
  readonly event: string | undefined;
}

/** What happens to an event that comes too early; see {@link RateLimitOptions.exceeded}. */
export type RateLimitAction = "drop" | "error" | "disconnect";

/** The `rateLimit` option. */
export interface RateLimitOptions extends Rates<number | Rate> {
  /**
   * What happens to an event that comes too early:
   *
   * - `"drop"`: nothing else;
   * - `"error"`: it is acknowledged with `{ error, limit, retryAfter }` if the client asks for that, and the socket has
   *   an event `error` with a {@link RateLimitError};
   * - `"disconnect"`: the connection is closed;
   * - a function chooses one of these, or lets it pass by returning `"pass"`.
   *
   * In any case, a client that joins a namespace too early is refused with a `connect_error`.
   *
   * @default "error"
   */
  readonly exceeded?:
    | RateLimitAction
    | ((excess: RateExcess, socket: AnySocket | undefined) => RateLimitAction | "pass");
  /**
   * For how many events one counts, by what it is or by its namespace: 0 for one that nobody has to limit.
   *
   * @default 1
   */
  readonly cost?: (event: Event, socket: AnySocket) => number;
}

/** The same with all defaults in place. */
export interface ResolvedRateLimit extends Rates<Required<Rate> | undefined> {
  /** What happens to an event that comes too early. */
  readonly exceeded: Required<RateLimitOptions>["exceeded"];
  /** For how many events one counts. */
  readonly cost: RateLimitOptions["cost"] | undefined;
}

/**
 * Checks the `rateLimit` option.
 *
 * @throws {TypeError} if something of it is of the wrong kind, or it limits nothing
 * @throws {RangeError} if a rate is out of range
 */
export function resolveRateLimit(
  options: RateLimitOptions | undefined,
): ResolvedRateLimit | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`rateLimit must be an object, got ${shown(options)}`);
  }
  const rates = {
    events: rate("rateLimit.events", options.events),
    bytes: rate("rateLimit.bytes", options.bytes),
    eventsPerAddress: rate("rateLimit.eventsPerAddress", options.eventsPerAddress),
    bytesPerAddress: rate("rateLimit.bytesPerAddress", options.bytesPerAddress),
  };
  if (Object.values(rates).every((it) => it === undefined)) {
    throw new TypeError(`rateLimit must have one of ${Object.keys(rates).join(", ")}`);
  }
  const { exceeded = "error" } = options;
  if (typeof exceeded !== "function" && !["drop", "error", "disconnect"].includes(exceeded)) {
    throw new TypeError(
      `rateLimit.exceeded must be "drop", "error", "disconnect" or a function, got ${
        shown(exceeded)
      }`,
    );
  }
  return { ...rates, exceeded, cost: hook("rateLimit.cost", options.cost) };
}
