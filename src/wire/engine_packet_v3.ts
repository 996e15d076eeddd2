/**
 * How clients of Engine.IO 3 write packets. Text packets are those of Engine.IO 4; binary ones have their type in front,
 * and a payload tells the length of each packet.
 *
 * @module
 */
import { ProtocolError } from "../base/errors.ts";
import { fromBase64 } from "./base64.ts";
import { decodePacket, type Packet, PACKET_TYPES } from "./engine_packet.ts";

const ZERO = 48;
const COLON = 58;
const BASE64 = 98; // "b"
const MESSAGE = 4;
const TEXT = 0;
const BINARY = 1;
/** Ends a length in a binary payload. */
const LENGTH_END = 255;
/** Digits of a length at the most: no body comes near it. */
const MAX_DIGITS = 10;

/**
 * Reads a packet.
 *
 * @param encoded a WebSocket frame, or one packet of a payload
 * @throws {ProtocolError} if it is none
 */
export function decodePacketV3(encoded: string | Uint8Array): Packet {
  if (typeof encoded !== "string") return binaryMessage(encoded[0], encoded.slice(1));
  if (encoded.charCodeAt(0) !== BASE64) return decodePacket(encoded);
  return binaryMessage(encoded.charCodeAt(1) - ZERO, fromBase64(encoded.slice(2)));
}

/**
 * Reads the packets of a text payload, `length:packet` in UTF-16 units, one after the other, so that those before an
 * unreadable one still count.
 *
 * @throws {ProtocolError} at the packet that is none
 */
export function* decodePayloadV3(payload: string): Generator<Packet, void> {
  if (payload === "") throw new ProtocolError("empty payload");
  for (let at = 0; at < payload.length;) {
    let length = 0;
    const start = at;
    for (let code = payload.charCodeAt(at); code !== COLON; code = payload.charCodeAt(++at)) {
      length = withDigit(length, code - ZERO, at - start);
    }
    if (at === start) throw new ProtocolError("invalid length");
    const end = ++at + length;
    if (end > payload.length) throw new ProtocolError("payload is cut off");
    // An empty one is what a payload without packets consists of.
    if (length > 0) yield decodePacketV3(payload.slice(at, end));
    at = end;
  }
}

/**
 * Reads the packets of a binary payload: for each of them 0 for text or 1 for bytes, the digits of its length in bytes,
 * 255, the packet.
 *
 * @throws {ProtocolError} at the packet that is none
 */
export function* decodeBinaryPayloadV3(payload: Uint8Array): Generator<Packet, void> {
  if (payload.length === 0) throw new ProtocolError("empty payload");
  for (let at = 0; at < payload.length;) {
    const kind = payload[at++];
    let length = 0;
    const start = at;
    for (; payload[at] !== LENGTH_END; at++) {
      length = withDigit(length, payload[at], at - start);
    }
    if (at === start || (kind !== TEXT && kind !== BINARY)) {
      throw new ProtocolError("invalid length");
    }
    const end = ++at + length;
    if (end > payload.length) throw new ProtocolError("payload is cut off");
    const packet = payload.subarray(at, end);
    yield decodePacketV3(kind === BINARY ? packet : textOf(packet));
    at = end;
  }
}

function withDigit(length: number, digit: number | undefined, position: number): number {
  if (digit === undefined || !(digit >= 0 && digit <= 9) || position === MAX_DIGITS) {
    throw new ProtocolError("invalid length");
  }
  return length * 10 + digit;
}

function binaryMessage(type: number | undefined, data: Uint8Array): Packet {
  if (type !== MESSAGE) throw new ProtocolError("parser error");
  return { type: PACKET_TYPES[type], data };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProtocolError("invalid UTF-8");
  }
}
