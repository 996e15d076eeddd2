/**
 * The codec of Engine.IO 4 in the form of the package `engine.io-parser`, for programs that use it directly. The server
 * itself has no use for it.
 *
 * @module
 */
import { fromBase64, toBase64 } from "./base64.ts";
import { joinBytes } from "./bytes.ts";
import { decodePacket as readPacket, joinPayload, PACKET_TYPES } from "./engine_packet.ts";
import type { PacketType as ReadableType } from "./engine_packet.ts";
import { type BinaryValue, bytesOf } from "./frame.ts";

/** The revision of the protocol. */
export const protocol = 4;

/** What a packet is for; `error` if it was unreadable. */
export type PacketType = ReadableType | "error";
/** What a packet carries. */
export type RawData = string | BinaryValue;
/** How bytes are given. `nodebuffer` stands for a `Uint8Array`. */
export type BinaryType = "nodebuffer" | "arraybuffer" | "blob";

/** One packet. */
export interface Packet {
  /** What it is for. */
  type: PacketType;
  /** How it is sent. */
  options?: { compress: boolean };
  /** What it carries, if anything. */
  data?: RawData;
}

const SEPARATOR = "\x1e";
const BINARY_BIT = 0x80;
const encoder = new TextEncoder();

/**
 * Writes a packet.
 *
 * @param packet the packet
 * @param supportsBinary whether bytes go as they are, or as base64
 * @param callback called with what was written: at once, unless it is a `Blob`
 */
export function encodePacket(
  packet: Packet,
  supportsBinary: boolean,
  callback: (encoded: RawData) => void,
): void {
  const { data } = packet;
  if (data === undefined || typeof data === "string") return callback(textOf(packet.type, data));
  if (supportsBinary) return callback(data);
  withBytes(data, (bytes) => callback("b" + toBase64(bytes)));
}

/**
 * Reads a packet.
 *
 * @param encoded a WebSocket frame, or one packet of a polling payload
 * @param binaryType how bytes are given
 * @returns a packet of the type `error` if it is none
 */
export function decodePacket(encoded: RawData, binaryType?: BinaryType): Packet {
  if (typeof encoded !== "string") return { type: "message", data: given(encoded, binaryType) };
  if (encoded.startsWith("b")) {
    try {
      return { type: "message", data: given(fromBase64(encoded.slice(1)), binaryType) };
    } catch {
      return unreadable();
    }
  }
  try {
    const { type, data } = readPacket(encoded);
    return data.length === 0 ? { type } : { type, data: data as string };
  } catch {
    return unreadable();
  }
}

/**
 * Writes packets as one payload of HTTP long-polling.
 *
 * @param packets the packets
 * @param callback called with the payload
 */
export function encodePayload(packets: Packet[], callback: (encoded: string) => void): void {
  const parts = new Array<string>(packets.length);
  let missing = packets.length;
  for (const [index, packet] of packets.entries()) {
    encodePacket(packet, false, (encoded) => {
      parts[index] = encoded as string;
      if (--missing === 0) callback(joinPayload(parts));
    });
  }
}

/**
 * Reads a payload of HTTP long-polling.
 *
 * @param encoded the payload
 * @param binaryType how bytes are given
 * @returns its packets; an unreadable one is the last
 */
export function decodePayload(encoded: string, binaryType?: BinaryType): Packet[] {
  const packets: Packet[] = [];
  for (const part of encoded.split(SEPARATOR)) {
    const packet = decodePacket(part, binaryType);
    packets.push(packet);
    if (packet.type === "error") break;
  }
  return packets;
}

/** Makes a stream that writes packets for WebTransport: each behind its length. */
export function createPacketEncoderStream(): TransformStream<Packet, Uint8Array> {
  return new TransformStream({
    transform({ type, data }, controller) {
      if (data === undefined || typeof data === "string") {
        return enqueue(controller, encoder.encode(textOf(type, data)), 0);
      }
      return new Promise((resolve) => {
        withBytes(data, (bytes) => {
          enqueue(controller, bytes, BINARY_BIT);
          resolve();
        });
      });
    },
  });
}

/**
 * Makes a stream that reads packets of WebTransport. What is unreadable, or too long, is a packet of the type `error`,
 * and the end.
 *
 * @param maxPayload the greatest length of a packet in bytes
 * @param binaryType how bytes are given
 */
export function createPacketDecoderStream(
  maxPayload: number,
  binaryType: BinaryType,
): TransformStream<Uint8Array, Packet> {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let needed = 1;
  return new TransformStream({
    transform(chunk, controller) {
      chunks.push(chunk);
      size += chunk.length;
      // Joined once for each packet, however small the chunks are.
      if (size < needed) return;
      let bytes = chunks.length === 1 ? chunk : joinBytes(chunks);
      let head = readHead(bytes);
      for (; head !== undefined; head = readHead(bytes)) {
        if (head.length === 0 || head.length > maxPayload) {
          controller.enqueue(unreadable());
          return controller.terminate();
        }
        const end = head.size + head.length;
        if (bytes.length < end) break;
        const content = bytes.slice(head.size, end);
        bytes = bytes.subarray(end);
        const encoded = head.binary ? content : new TextDecoder().decode(content);
        controller.enqueue(decodePacket(encoded, binaryType));
      }
      chunks = [bytes];
      size = bytes.length;
      needed = head === undefined ? size + 1 : head.size + head.length;
    },
  });
}

/** What stands before a packet: how long that is itself, how long the packet, and whether the packet is bytes. */
interface Head {
  readonly size: number;
  readonly length: number;
  readonly binary: boolean;
}

function readHead(bytes: Uint8Array): Head | undefined {
  if (bytes.length === 0) return undefined;
  const binary = (bytes[0]! & BINARY_BIT) !== 0;
  const short = bytes[0]! & ~BINARY_BIT;
  if (short < 126) return { size: 1, length: short, binary };
  const size = short === 126 ? 3 : 9;
  if (bytes.length < size) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { size, length: size === 3 ? view.getUint16(1) : Number(view.getBigUint64(1)), binary };
}

function enqueue(
  controller: TransformStreamDefaultController<Uint8Array>,
  bytes: Uint8Array,
  binaryBit: number,
): void {
  const { length } = bytes;
  const head = new Uint8Array(length < 126 ? 1 : length < 65_536 ? 3 : 9);
  const view = new DataView(head.buffer);
  if (head.length === 3) view.setUint16(1, length);
  if (head.length === 9) view.setBigUint64(1, BigInt(length));
  head[0] = binaryBit | (head.length === 1 ? length : head.length === 3 ? 126 : 127);
  controller.enqueue(head);
  controller.enqueue(bytes);
}

function textOf(type: PacketType, data = ""): string {
  return PACKET_TYPES.indexOf(type as ReadableType) + data;
}

function unreadable(): Packet {
  return { type: "error", data: "parser error" };
}

function withBytes(data: BinaryValue, use: (bytes: Uint8Array) => void): void {
  if (data instanceof Blob) data.arrayBuffer().then((it) => use(new Uint8Array(it)));
  else use(bytesOf(data));
}

function given(data: BinaryValue, binaryType: BinaryType | undefined): BinaryValue {
  if (data instanceof Blob) return data;
  const bytes = bytesOf(data);
  if (binaryType === "blob") return new Blob([bytes.slice()]);
  return binaryType === "arraybuffer" ? bytes.slice().buffer : bytes;
}
