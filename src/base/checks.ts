/**
 * What options are checked with.
 *
 * @module
 */

import type { Rate } from "./token_bucket.ts";

/** How many milliseconds a timer can wait: one that is set for longer fires at once. */
export const LONGEST_WAIT = 2 ** 31 - 1;

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
export function hook<Hook extends object>(
  name: string,
  value: Hook | undefined,
): Hook | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw new TypeError(`${name} must be a function, got ${shown(value)}`);
}

/**
 * Checks a size, a number or a time.
 *
 * @throws {RangeError} if it is not above 0
 */
export function positive(name: string, value: number): number {
  if (typeof value !== "number" || !(value > 0)) {
    throw new RangeError(`${name} must be a number above 0, got ${String(value)}`);
  }
  return value;
}

/**
 * Checks a time in milliseconds.
 *
 * @throws {RangeError} if it is not above 0, or more than a timer can wait
 */
export function duration(name: string, value: number): number {
  if (value > LONGEST_WAIT) {
    throw new RangeError(`${name} must be at most ${LONGEST_WAIT} ms, got ${value}`);
  }
  return positive(name, value);
}

/**
 * Checks the time that `timeout()` is given, in milliseconds.
 *
 * @throws {RangeError} if it is below 0, or more than a timer can wait
 */
export function timeLimit(value: number): number {
  if (typeof value === "number" && value >= 0 && value <= LONGEST_WAIT) return value;
  throw new RangeError(
    `timeout() needs milliseconds from 0 to ${LONGEST_WAIT}, got ${shown(value)}`,
  );
}

/**
 * Checks a rate: a number per second, or an object; `undefined` if it is not given.
 *
 * @throws {TypeError} if it is something else
 * @throws {RangeError} if a number of it is not above 0, or is infinite
 */
export function rate(name: string, value: number | Rate | undefined): Required<Rate> | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number") return rate(name, { perSecond: value });
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${name} must be a number or { perSecond, burst }, got ${shown(value)}`);
  }
  const perSecond = finite(`${name}.perSecond`, value.perSecond);
  return { perSecond, burst: finite(`${name}.burst`, value.burst ?? Math.max(1, perSecond)) };
}

function finite(name: string, value: number): number {
  if (value === Infinity) throw new RangeError(`${name} must be a finite number`);
  return positive(name, value);
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
