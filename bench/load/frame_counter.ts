import { concat } from "./frame.ts";

const PING = "2".charCodeAt(0);

/** Counts the messages in what a server sends, and reads no more of them than that needs. */
export class FrameCounter {
  /** Heartbeats that came since they were last answered. */
  pings = 0;
  /** Whether the server has closed. */
  closed = false;
  #rest: Uint8Array | undefined;
  /** Bytes of the last frame that are yet to come. */
  #missing = 0;

  /** How many messages end in these bytes. */
  count(bytes: Uint8Array): number {
    if (this.#rest !== undefined) {
      bytes = concat(this.#rest, bytes);
      this.#rest = undefined;
    }
    const { length } = bytes;
    if (this.#missing > length) {
      this.#missing -= length;
      return 0;
    }
    let messages = this.#missing > 0 ? 1 : 0;
    let at = this.#missing;
    this.#missing = 0;
    while (at < length) {
      const start = payloadStart(bytes, at);
      if (start > length) {
        this.#rest = bytes.slice(at);
        return messages;
      }
      const size = payloadSize(bytes, at);
      if (size === 1 && start === length) {
        this.#rest = bytes.slice(at);
        return messages;
      }
      const end = start + size;
      if ((bytes[at]! & 15) === 8) this.closed = true;
      else if (size === 1 && bytes[start] === PING) this.pings++;
      else if (end <= length) messages++;
      else this.#missing = end - length;
      at = end;
    }
    return messages;
  }
}

function payloadStart(bytes: Uint8Array, at: number): number {
  const size = bytes[at + 1];
  return at + (size === 127 ? 10 : size === 126 ? 4 : 2);
}

function payloadSize(bytes: Uint8Array, at: number): number {
  const size = bytes[at + 1]!;
  if (size < 126) return size;
  if (size === 126) return bytes[at + 2]! * 256 + bytes[at + 3]!;
  return new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(6);
}
