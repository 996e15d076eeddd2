/**
 * The parser for clients that use `socket.io-msgpack-parser`: packets are binary, and usually smaller, above all those
 * with bytes or many numbers in them. It works on the wire as the official one does.
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 * import { msgpack } from "@fetchio/server/msgpack";
 *
 * const io = new Server({ parser: msgpack });
 * // the client: io("…", { parser: require("socket.io-msgpack-parser") })
 * ```
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { PacketType } from "@fetchio/server";
 * import { msgpack } from "@fetchio/server/msgpack";
 *
 * const decoder = new msgpack.Decoder();
 * decoder.on("decoded", ({ data }) => assertEquals(data, ["hello", new Uint8Array([1, 2])]));
 * const data = ["hello", new Uint8Array([1, 2])];
 * for (const message of new msgpack.Encoder().encode({ type: PacketType.EVENT, nsp: "/", data })) {
 *   decoder.add(message as Uint8Array);
 * }
 * ```
 *
 * @module
 */
import { decode, encode, ExtensionCodec } from "@msgpack/msgpack";
import {
  isPacketValid,
  type MessagePart,
  type Packet,
  type PacketDecoder,
  type PacketEncoder,
  PacketType,
  type Parser,
  ProtocolError,
} from "../../mod.ts";

/** Encodes packets, each as one binary message. */
export class Encoder implements PacketEncoder {
  /**
   * Encodes one packet.
   *
   * @throws {TypeError} if its data has a cycle, a blob or a BigInt
   */
  encode({ type, nsp, id, data }: Packet): MessagePart[] {
    const packet: Record<string, unknown> = { type, nsp };
    if (data !== undefined) packet.data = encodable(data, 0);
    if (id !== undefined) packet.id = id;
    return [encode(packet, { extensionCodec: extensions, maxDepth: MAX_DEPTH + 2 })];
  }
}

/** Decodes packets. */
export class Decoder implements PacketDecoder {
  #listener: ((packet: Packet) => void) | undefined;

  /** Sets who receives the packets. */
  on(_event: "decoded", listener: (packet: Packet) => void): this {
    this.#listener = listener;
    return this;
  }

  /**
   * Takes the next message.
   *
   * @throws {ProtocolError} if it is no packet
   */
  add(message: string | Uint8Array): void {
    if (typeof message === "string") throw new ProtocolError("a packet of msgpack is binary");
    // A Buffer would have its own kind in the place of each Uint8Array.
    const { buffer, byteOffset, length } = message;
    const packet = packetOf(decoded(new Uint8Array(buffer, byteOffset, length)));
    this.#listener?.(packet);
  }

  /** Nothing is ever incomplete. */
  destroy(): void {}
}

/** The value of the `parser` option. */
export const msgpack: Parser = { Encoder, Decoder };

// As the default parser, which overflows the stack at some thousands.
const MAX_DEPTH = 1000;
const UNDEFINED = Symbol("undefined");
// Bytes are part of a packet here, so there are no binary types.
const TYPES: ReadonlySet<unknown> = new Set([
  PacketType.CONNECT,
  PacketType.DISCONNECT,
  PacketType.EVENT,
  PacketType.ACK,
  PacketType.CONNECT_ERROR,
]);

// The official parser's library has `undefined`, dates and bytes in extension 0, told apart by how the length is written:
// in the format's first byte for the former two.
const FIXEXT_1 = 0xd4;
const FIXEXT_8 = 0xd7;
const extensions = new ExtensionCodec();
extensions.register({
  type: 0,
  encode: (value) => {
    if (value instanceof Nothing) return new Uint8Array(1);
    if (!(value instanceof Moment)) return null;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(value.time));
    return bytes;
  },
  decode: (bytes) => {
    const view = new DataView(bytes.buffer);
    const format = view.getUint8(bytes.byteOffset - 2);
    if (format === FIXEXT_1) return UNDEFINED;
    return format === FIXEXT_8 ? new Date(Number(view.getBigInt64(bytes.byteOffset))) : bytes;
  },
});

class Nothing {}
const NOTHING = new Nothing();

/** A date; one of JavaScript's would be encoded in another way. */
class Moment {
  readonly time: number;

  constructor(date: Date) {
    this.time = date.getTime() || 0;
  }
}

/** A copy of a value in which everything has a form that can be encoded. */
function encodable(value: unknown, depth: number): unknown {
  if (value === undefined) return NOTHING;
  if (typeof value === "bigint") throw new TypeError("A BigInt cannot be sent");
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) throw new TypeError("The data is nested too deeply, or has a cycle");
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof Blob) throw new TypeError("A Blob cannot be sent with msgpack");
  if (value instanceof Date) return new Moment(value);
  if (Array.isArray(value)) return value.map((it) => encodable(it, depth + 1));
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return encodable(toJSON.call(value), depth + 1);
  const entries = Object.entries(value).filter(([, it]) => typeof it !== "function");
  return Object.fromEntries(entries.map(([key, it]) => [key, encodable(it, depth + 1)]));
}

function decoded(bytes: Uint8Array): unknown {
  const most = bytes.length;
  try {
    checkCounts(bytes);
    return decode(bytes, {
      extensionCodec: extensions,
      maxStrLength: most,
      maxBinLength: most,
      maxArrayLength: most,
      maxMapLength: most,
      maxExtLength: most,
    });
  } catch {
    throw new ProtocolError("invalid payload");
  }
}

// How many bytes follow each head from 0xca to 0xd8: numbers, and extensions of fixed length.
const FIXED = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17];

// The lists and maps of a message must not announce more items, all together, than it has bytes: memory is taken for
// what is announced, at each level of what is nested. Throws a RangeError if the message is cut off.
function checkCounts(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (let awaited = 1; awaited > 0; awaited--) {
    if (awaited > bytes.length - at) throw new ProtocolError("more items than bytes");
    const head = bytes[at++]!;
    if (head < 0x80 || head >= 0xe0) continue;
    if (head < 0x90) awaited += 2 * (head & 0x0f);
    else if (head < 0xa0) awaited += head & 0x0f;
    else if (head < 0xc0) at += head & 0x1f;
    else if (head >= 0xca && head <= 0xd8) at += FIXED[head - 0xca]!;
    else if (head >= 0xdc) {
      const items = head % 2 === 0 ? view.getUint16(at) : view.getUint32(at);
      awaited += head < 0xde ? items : 2 * items;
      at += head % 2 === 0 ? 2 : 4;
    } else if (head >= 0xd9) at += lengthAt(view, at, head - 0xd9);
    else if (head >= 0xc7) at += lengthAt(view, at, head - 0xc7) + 1;
    else if (head >= 0xc4) at += lengthAt(view, at, head - 0xc4);
  }
}

// A length that stands in 1, 2 or 4 bytes, and of these themselves.
function lengthAt(view: DataView, at: number, kind: number): number {
  switch (kind) {
    case 0:
      return 1 + view.getUint8(at);
    case 1:
      return 2 + view.getUint16(at);
    default:
      return 4 + view.getUint32(at);
  }
}

function packetOf(value: unknown): Packet {
  const { type, nsp, id, data } = (restored(value) ?? {}) as Record<string, unknown>;
  if (typeof nsp !== "string") throw new ProtocolError("invalid namespace");
  if (id !== undefined && !Number.isSafeInteger(id)) throw new ProtocolError("invalid packet id");
  if (!TYPES.has(type)) throw new ProtocolError("invalid packet type");
  const packet = { type, nsp } as Packet;
  if (id !== undefined) packet.id = id as number;
  if (data !== undefined) packet.data = data;
  if (!isPacketValid(packet)) throw new ProtocolError("invalid payload");
  return packet;
}

// Puts `undefined` where it stood for it. A list of work instead of recursion: the depth is the sender's choice.
function restored(value: unknown): unknown {
  const holder = { value };
  const open: object[] = [holder];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const [key, child] of Object.entries(node)) {
      if (child === UNDEFINED) (node as Record<string, unknown>)[key] = undefined;
      else if (isContainer(child)) open.push(child);
    }
  }
  return holder.value;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value) &&
    !(value instanceof Date);
}
