import { randomHex } from "../base/ids.ts";
import { attach, detach, isBinary } from "../wire/attachments.ts";
import { type BinaryValue, bytesOf } from "../wire/frame.ts";

/** What a message says, in a form that other workers can be sent: JSON, and the bytes beside it. */
export interface Contents {
  /** The JSON text, with placeholders where bytes were. */
  readonly json: string;
  /** What the placeholders stand for. */
  readonly attachments: readonly Uint8Array[];
  /** What stands for `true` in data that looks like a placeholder; `undefined` if there is no such data. */
  readonly alias: string | undefined;
}

const KEY = "_placeholder";
const MARK = `"${KEY}":true`;

/**
 * Writes a message.
 *
 * @throws {TypeError} if it has a cycle, a blob or a BigInt
 */
export function pack(message: unknown): Contents {
  const { json, attachments } = detach(message, undefined);
  const bytes = attachments.map(cloneable);
  // Clients may send what looks like a placeholder, and it must not be taken for one.
  const marks = json.includes(MARK) ? json.split(MARK).length - 1 : 0;
  return marks === bytes.length
    ? { json, attachments: bytes, alias: undefined }
    : packWithAlias(message);
}

/** Reads a message. */
export function unpack({ json, attachments, alias }: Contents): unknown {
  const message = attach(JSON.parse(json), attachments);
  if (alias !== undefined) restore(message, alias);
  return message;
}

function packWithAlias(message: unknown): Contents {
  const alias = randomHex();
  const attachments: Uint8Array[] = [];
  const own = new Set<unknown>();
  const json = JSON.stringify(message, function (this: Record<string, unknown>, key, given) {
    // `given` has been through toJSON(), which would turn a Buffer into a list of numbers.
    const shown = isBinary(this[key]) ? this[key] : given;
    if (isBinary(shown)) {
      const placeholder = { [KEY]: true, num: attachments.push(cloneable(shown)) - 1 };
      own.add(placeholder);
      return placeholder;
    }
    return key === KEY && shown === true && !own.has(this) ? alias : shown;
  });
  return { json, attachments, alias };
}

function restore(message: unknown, alias: string): void {
  const open = [message];
  // A list of work instead of recursion: the depth is a client's choice.
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== "object" || node === null || isBinary(node)) continue;
    const data = node as Record<string, unknown>;
    if (data[KEY] === alias) data[KEY] = true;
    for (const key of Object.keys(data)) open.push(data[key]);
  }
}

function cloneable(value: BinaryValue): Uint8Array {
  if (value instanceof Blob) throw new TypeError("A Blob cannot be sent to other servers");
  const bytes = bytesOf(value);
  // A view would take all of its buffer along.
  return bytes.byteLength < bytes.buffer.byteLength ? bytes.slice() : bytes;
}
