import { toBase64 } from "./base64.ts";
import { joinPayload } from "./engine_packet.ts";

/** Anything that is sent as bytes. */
export type BinaryValue = ArrayBuffer | ArrayBufferView | Blob;

/** A message, or a part of one, as a user or an encoder hands it over. */
export type MessagePart = string | BinaryValue;

/**
 * One outgoing message, encoded once and shared by all who receive it. Each form it takes on the wire is computed when
 * it is first needed.
 */
export class Frame {
  /** Its WebSocket frames, in order: text with its type digit, and bytes. */
  readonly parts: (string | Uint8Array<ArrayBuffer>)[];
  /** Whether a transport that compresses should compress it. */
  readonly compress: boolean;
  /** Whether it goes to many, and may wait for the others that this turn sends to them. */
  readonly shared: boolean;
  /** How much it weighs in a buffer: characters of text plus bytes. */
  readonly size: number;
  /** Settles when the bytes of its blobs are read; until then it must not be sent. */
  ready: Promise<void> | undefined;
  /** Why a blob could not be read, if so; then it must not be sent at all. */
  error: unknown;

  #payload: string | undefined;
  #base64: string[] | undefined;

  constructor(
    parts: (string | Uint8Array<ArrayBuffer>)[],
    compress: boolean,
    size: number,
    shared = false,
  ) {
    this.parts = parts;
    this.compress = compress;
    this.size = size;
    this.shared = shared;
  }

  /** Its packets joined as a polling payload. */
  get payload(): string {
    const first = this.parts[0];
    if (this.parts.length === 1 && typeof first === "string") return first;
    return this.#payload ??= joinPayload(this.base64Parts);
  }

  /** Its packets for a client that takes text only. */
  get base64Parts(): readonly string[] {
    return this.#base64 ??= this.parts.map((it) =>
      typeof it === "string" ? it : "b" + toBase64(it)
    );
  }
}

/**
 * The frame of a message.
 *
 * @param parts text and binary parts, each sent as a packet of its own
 * @param compress whether a transport that compresses should compress it
 * @param shared whether it goes to many
 */
export function messageFrame(
  parts: readonly MessagePart[],
  compress: boolean,
  shared = false,
): Frame {
  const frame = new Frame(
    parts.map((it) => typeof it === "string" ? "4" + it : it instanceof Blob ? EMPTY : bytesOf(it)),
    compress,
    parts.reduce((sum, it) => sum + sizeOf(it), 0),
    shared,
  );
  if (parts.some((it) => it instanceof Blob)) {
    frame.ready = fillBlobs(frame, parts)
      .catch((error) => void (frame.error = error))
      .finally(() => void (frame.ready = undefined));
  }
  return frame;
}

/**
 * The frame of one text that has its type digit already.
 *
 * @param compress whether a transport that compresses should compress it
 * @param shared whether it goes to many
 */
export function textFrame(text: string, compress: boolean, shared = false): Frame {
  return new Frame([text], compress, text.length, shared);
}

/** The frame of a packet that is not a message. */
export function controlFrame(packet: string): Frame {
  return textFrame(packet, false);
}

/** The bytes of a binary value: a view of the same memory, not a copy. */
export function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (value instanceof Uint8Array) return value as Uint8Array<ArrayBuffer>;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
}

const EMPTY = new Uint8Array();

function sizeOf(part: MessagePart): number {
  if (typeof part === "string") return part.length;
  return part instanceof Blob ? part.size : part.byteLength;
}

async function fillBlobs(frame: Frame, parts: readonly MessagePart[]): Promise<void> {
  for (const [index, part] of parts.entries()) {
    if (part instanceof Blob) frame.parts[index] = new Uint8Array(await part.arrayBuffer());
  }
}
