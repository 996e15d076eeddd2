import { ProtocolError } from "../base/errors.ts";
import type { BinaryValue } from "./frame.ts";

/** A function as `JSON.stringify` takes it. */
export type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/** Text with placeholders where bytes were, and the bytes in the order of their numbers. */
export interface Detached {
  /** The JSON text. */
  readonly json: string;
  /** What its placeholders stand for. */
  readonly attachments: BinaryValue[];
}

/** Tells whether a value goes over the wire as bytes. */
export function isBinary(value: unknown): value is BinaryValue {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) || value instanceof Blob;
}

/** Tells whether a value holds bytes at any depth. */
export function hasBinary(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!isPlain(value) && isBinary(value)) return true;
  const { toJSON } = value as { toJSON?: unknown };
  // As JSON does: what toJSON() returned is not asked for another toJSON().
  return typeof toJSON === "function"
    ? hasBinaryInside(toJSON.call(value))
    : hasBinaryInside(value);
}

function hasBinaryInside(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (typeof item === "object" && item !== null && hasBinary(item)) return true;
    }
    return false;
  }
  if (!isPlain(value) && isBinary(value)) return true;
  for (const key in value) {
    if (Object.hasOwn(value, key) && hasBinary((value as Record<string, unknown>)[key])) {
      return true;
    }
  }
  return false;
}

// Nearly everything is: it spares the slower questions of isBinary().
function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * Turns a value into JSON text, taking the bytes in it aside. The value itself stays as it is. A replacer is shown the
 * bytes, not their placeholders.
 *
 * @throws {TypeError} if it has a cycle
 */
export function detach(value: unknown, replacer: Replacer | undefined): Detached {
  if (replacer === undefined) {
    const attachments: BinaryValue[] = [];
    const shown = withPlaceholders(value, attachments, 0);
    if (shown !== UNSURE) return { json: JSON.stringify(shown), attachments };
  }
  return detachByReplacer(value, replacer);
}

// JSON does all of it, but calls back for each value, which takes three times as long.
function detachByReplacer(value: unknown, replacer: Replacer | undefined): Detached {
  const attachments: BinaryValue[] = [];
  const json = JSON.stringify(value, function (this: unknown, key, given) {
    // `given` has been through toJSON(), which would turn a Buffer into a list of numbers.
    const original = (this as Record<string, unknown>)[key];
    const shown = isBinary(original) ? original : given;
    const chosen = replacer === undefined ? shown : replacer.call(this, key, shown);
    return isBinary(chosen) ? placeholder(chosen, attachments) : chosen;
  });
  return { json, attachments };
}

/** What is not known to be the same for JSON when it is copied, or is too deep, perhaps a cycle. */
const UNSURE = Symbol();
const DEEP = 100;

/** Copies what holds bytes, with placeholders instead; all else stays what it is. */
function withPlaceholders(value: unknown, attachments: BinaryValue[], depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) {
    if (isBinary(value)) return placeholder(value, attachments);
    return prototype === Date.prototype ? value : UNSURE;
  }
  if (depth > DEEP || typeof (value as { toJSON?: unknown }).toJSON === "function") return UNSURE;
  const given = value as Record<string, unknown>;
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(given)) {
    const shown = withPlaceholders(given[key], attachments, depth + 1);
    if (shown === given[key]) continue;
    // An assignment to "__proto__" is none.
    if (shown === UNSURE || key === "__proto__") return UNSURE;
    copy ??= Array.isArray(given) ? given.slice() as unknown as typeof given : { ...given };
    copy[key] = shown;
  }
  return copy ?? value;
}

function placeholder(bytes: BinaryValue, attachments: BinaryValue[]): object {
  return { _placeholder: true, num: attachments.push(bytes) - 1 };
}

/**
 * Puts attachments in the place of their placeholders, in a value that came out of `JSON.parse`.
 *
 * @throws {ProtocolError} unless each attachment has exactly one placeholder
 */
export function attach(value: unknown, attachments: readonly Uint8Array[]): unknown {
  const used = new Set<number>();
  const holder = { value };
  // A list of work instead of recursion: the depth is the sender's choice.
  const open: object[] = [holder];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const key of Object.keys(node)) {
      const child = (node as Record<string, unknown>)[key];
      if (typeof child !== "object" || child === null) continue;
      const num = placeholderNumber(child);
      if (num === undefined) {
        open.push(child);
        continue;
      }
      const attachment = Number.isInteger(num) ? attachments[num as number] : undefined;
      if (attachment === undefined || used.has(num as number)) {
        throw new ProtocolError("illegal attachments");
      }
      used.add(num as number);
      // Not an assignment: the key may be "__proto__".
      Object.defineProperty(node, key, {
        value: attachment,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }
  if (used.size !== attachments.length) throw new ProtocolError("illegal attachments");
  return holder.value;
}

function placeholderNumber(value: object): unknown {
  const { _placeholder, num } = value as { _placeholder?: unknown; num?: unknown };
  return _placeholder === true ? num ?? null : undefined;
}
