import { ProtocolError } from "../base/errors.ts";
import { fromBase64 } from "./base64.ts";

/** The packet types of Engine.IO 4, by the digit that stands for them. */
export const PACKET_TYPES = [
  "open",
  "close",
  "ping",
  "pong",
  "message",
  "upgrade",
  "noop",
] as const satisfies readonly PacketType[];

/** The name of a packet type. */
export type PacketType = "open" | "close" | "ping" | "pong" | "message" | "upgrade" | "noop";

/** One Engine.IO packet. Only a message may carry bytes. */
export interface Packet {
  /** What it is for. */
  readonly type: PacketType;
  /** Its text, `""` if it has none, or the bytes of a binary message. */
  readonly data: string | Uint8Array;
}

const ZERO = 48;
const BINARY = 98; // "b"
/** Stands between the packets of a polling payload. */
export const SEPARATOR = "\x1e";

/**
 * Reads a packet.
 *
 * @param encoded a WebSocket frame, or one packet of a polling payload
 * @throws {ProtocolError} if it is none
 */
export function decodePacket(encoded: string | Uint8Array): Packet {
  if (typeof encoded !== "string") return { type: "message", data: encoded };
  const code = encoded.charCodeAt(0);
  const type = PACKET_TYPES[code - ZERO];
  if (type !== undefined) return { type, data: encoded.slice(1) };
  if (code === BINARY) return { type: "message", data: fromBase64(encoded.slice(1)) };
  throw new ProtocolError("parser error");
}

/**
 * Reads the packets of a polling payload, one after the other, so that those before an unreadable one still count.
 *
 * @throws {ProtocolError} at the packet that is none
 */
export function* decodePayload(payload: string): Generator<Packet, void> {
  let start = 0;
  while (true) {
    const end = payload.indexOf(SEPARATOR, start);
    yield decodePacket(end < 0 ? payload.slice(start) : payload.slice(start, end));
    if (end < 0) return;
    start = end + 1;
  }
}

/** Joins encoded packets, or whole payloads, into one payload. */
export function joinPayload(parts: readonly string[]): string {
  return parts.join(SEPARATOR);
}
