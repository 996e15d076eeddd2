const encoder = new TextEncoder();
const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** The WebSocket frame in which a client sends a text. */
export function textFrame(text: string): Uint8Array {
  return frame(0x81, encoder.encode(text));
}

/** The WebSocket frame with which a client closes. */
export function closeFrame(): Uint8Array {
  return frame(0x88, new Uint8Array([0x03, 0xe8]));
}

function frame(first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const extra = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const bytes = new Uint8Array(2 + extra + 4 + length);
  const view = new DataView(bytes.buffer);
  bytes[0] = first;
  bytes[1] = 0x80 | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) view.setUint16(2, length);
  if (extra === 8) view.setUint32(6, length);
  bytes.set(MASK, 2 + extra);
  for (let i = 0; i < length; i++) bytes[6 + extra + i] = payload[i]! ^ MASK[i & 3]!;
  return bytes;
}

/** One array after the other. */
export function concat(...arrays: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}

/** The same bytes several times. */
export function repeat(bytes: Uint8Array, times: number): Uint8Array {
  return concat(...new Array<Uint8Array>(times).fill(bytes));
}
