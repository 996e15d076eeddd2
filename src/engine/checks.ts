import type { AnyFunction } from "../base/events.ts";
import type { Relay, WsEngine } from "./channel.ts";

/**
 * Checks an option that is on or off.
 *
 * @throws {TypeError} if it is neither
 */
export function flag(name: string, value: boolean): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`${name} must be true or false, got ${shown(value)}`);
}

/**
 * Checks an option that is a function, if it is given.
 *
 * @throws {TypeError} if it is something else
 */
export function hook<Hook extends AnyFunction | WsEngine>(
  name: string,
  value: Hook | undefined,
): Hook | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw new TypeError(`${name} must be a function, got ${shown(value)}`);
}

/** Writes what was given instead of what was expected. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "function":
      return "a function";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "a list" : "an object";
    default:
      return String(value);
  }
}

/** Checks what reaches the sessions of other servers. */
export function checkRelay(relay: Relay | undefined): Relay | undefined {
  if (relay === undefined) return undefined;
  const methods = [relay?.join, relay?.knows, relay?.hand, relay?.close];
  if (methods.every((it) => typeof it === "function")) return relay;
  throw new TypeError(`relay must be a relay such as a BroadcastChannelRelay, got ${shown(relay)}`);
}
