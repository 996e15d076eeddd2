/** Joins bytes. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

interface BufferConstructor {
  from(buffer: ArrayBufferLike, start: number, length: number): Uint8Array;
}

/** The same bytes as a `Buffer`, where there is such a thing: what is written for Node calls its methods. */
export function asBuffer(bytes: Uint8Array): Uint8Array {
  const { Buffer } = globalThis as { Buffer?: BufferConstructor };
  return Buffer?.from(bytes.buffer, bytes.byteOffset, bytes.length) ?? bytes;
}
