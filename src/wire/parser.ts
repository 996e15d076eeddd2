import { ProtocolError } from "../base/errors.ts";
import { attach, detach, hasBinary, type Replacer } from "./attachments.ts";
import type { MessagePart } from "./frame.ts";
import {
  type DecoderOptions,
  decodeText,
  encodeMessage,
  encodeText,
  type Packet,
  PacketType,
  type Reviver,
} from "./socket_packet.ts";

/** Turns a packet into messages: text first, then its binary parts. */
export interface PacketEncoder {
  /** Encodes one packet. */
  encode(packet: Packet): MessagePart[];
  /**
   * Encodes a packet, of which only the members are made, as one text with the engine's type digit in front; `undefined`
   * if it needs more than that.
   */
  encodeMessage?(
    type: PacketType,
    nsp: string,
    id: number | undefined,
    data: unknown,
  ): string | undefined;
}

/** Collects messages into packets; one for each connection. */
export interface PacketDecoder {
  /** Sets who receives the packets. */
  on(event: "decoded", listener: (packet: Packet) => void): unknown;
  /** Takes the next message; throws if it cannot be one. */
  add(message: string | Uint8Array): void;
  /** Takes the next message where it stands in a longer text, to save the copy. */
  addFrom?(text: string, start: number): void;
  /** Whether a packet waits for its attachments. */
  readonly incomplete?: boolean;
  /** Drops what is incomplete. */
  destroy(): void;
}

/** How packets are written and read: the value of the `parser` option. */
export interface Parser {
  /** Makes the encoder that a server's namespaces share. */
  Encoder: new () => PacketEncoder;
  /** Makes the decoder of one connection. */
  Decoder: new () => PacketDecoder;
}

/** The revision of the Socket.IO protocol that the parser speaks. */
export const protocol = 5;

/** The default encoder: JSON text, with bytes in messages of their own. */
export class Encoder implements PacketEncoder {
  readonly #replacer: Replacer | undefined;

  /**
   * Makes an encoder.
   *
   * @param replacer handed to `JSON.stringify`
   */
  constructor(replacer?: Replacer) {
    this.#replacer = replacer;
  }

  /**
   * Encodes one packet.
   *
   * @throws {TypeError} if its data has a cycle or a BigInt
   */
  encode(packet: Packet): MessagePart[] {
    const { type, data } = packet;
    if (data === undefined) return [encodeText(packet, type, 0, undefined)];
    if (this.#replacer === undefined ? !mayNeed(type, data) : !needsAttachments(type, data)) {
      return [encodeText(packet, type, 0, this.#stringify(data))];
    }
    const { json, attachments } = detach(data, this.#replacer);
    const wireType = attachments.length === 0
      ? type
      : type === PacketType.EVENT
      ? PacketType.BINARY_EVENT
      : PacketType.BINARY_ACK;
    return [encodeText(packet, wireType, attachments.length, json), ...attachments];
  }

  /**
   * Encodes a packet without bytes as one text, with the engine's type digit in front. It is given by its members, so
   * that nobody has to make an object of them.
   *
   * @returns `undefined` if it has bytes
   * @throws {TypeError} if its data has a cycle or a BigInt
   */
  encodeMessage(
    type: PacketType,
    nsp: string,
    id: number | undefined,
    data: unknown,
  ): string | undefined {
    if (data === undefined) return encodeMessage(type, nsp, id, "");
    return needsAttachments(type, data)
      ? undefined
      : encodeMessage(type, nsp, id, this.#stringify(data));
  }

  #stringify(data: unknown): string {
    return this.#replacer === undefined
      ? JSON.stringify(data)
      : JSON.stringify(data, this.#replacer);
  }
}

/** A packet, and what has come of its attachments. */
interface Incomplete {
  readonly packet: Packet;
  readonly attachments: Uint8Array[];
  bytes: number;
}

/** The default decoder. */
export class Decoder implements PacketDecoder {
  readonly #options: DecoderOptions;
  #listener: ((packet: Packet) => void) | undefined;
  #waiting: Incomplete | undefined;

  /**
   * Makes a decoder.
   *
   * @param options limits and hooks, or just the reviver
   */
  constructor(options: DecoderOptions | Reviver = {}) {
    this.#options = typeof options === "function" ? { reviver: options } : options;
  }

  /** Whether a packet waits for its attachments. */
  get incomplete(): boolean {
    return this.#waiting !== undefined;
  }

  /** Sets who receives the packets. */
  on(_event: "decoded", listener: (packet: Packet) => void): this {
    this.#listener = listener;
    return this;
  }

  /**
   * Takes the next message.
   *
   * @throws {ProtocolError} if it is not what can follow
   */
  add(message: string | Uint8Array): void {
    if (typeof message === "string") return this.addFrom(message, 0);
    const packet = this.#addBinary(message);
    if (packet !== undefined) this.#listener?.(packet);
  }

  /**
   * Takes the next message where it stands in a longer text.
   *
   * @throws {ProtocolError} if it is not what can follow
   */
  addFrom(text: string, start: number): void {
    this.#expectText();
    const packet = decodeText(text, start, this.#options);
    if (packet.attachments === undefined) this.#listener?.(packet);
    else this.#waiting = { packet, attachments: [], bytes: 0 };
  }

  /** Drops what is incomplete. */
  destroy(): void {
    this.#waiting = undefined;
  }

  #expectText(): void {
    if (this.#waiting === undefined) return;
    throw new ProtocolError("got plaintext data when reconstructing a packet");
  }

  #addBinary(bytes: Uint8Array): Packet | undefined {
    const waiting = this.#waiting;
    if (waiting === undefined) {
      throw new ProtocolError("got binary data when not reconstructing a packet");
    }
    const { packet, attachments } = waiting;
    const { maxAttachmentBytes: limit = 10_000_000 } = this.#options;
    if ((waiting.bytes += bytes.length) > limit) {
      throw new ProtocolError(`attachments are too large (maxAttachmentBytes is ${limit})`);
    }
    attachments.push(bytes);
    if (attachments.length < packet.attachments!) return undefined;
    packet.data = attach(packet.data, attachments);
    delete packet.attachments;
    this.destroy();
    return packet;
  }
}

// Most events carry texts and numbers only, and need no walk.
function isFlat(data: unknown): boolean {
  if (!Array.isArray(data)) return false;
  for (let i = 0; i < data.length; i++) if (typeof data[i] === "object") return false;
  return true;
}

// Without a walk.
function mayNeed(type: PacketType, data: unknown): boolean {
  return (type === PacketType.EVENT || type === PacketType.ACK) && !isFlat(data);
}

function needsAttachments(type: PacketType, data: unknown): boolean {
  if (!mayNeed(type, data)) return false;
  try {
    return hasBinary(data);
  } catch (error) {
    // Too deep or cyclic for the walk: JSON.stringify has the better words for it.
    if (error instanceof RangeError) return true;
    throw error;
  }
}
