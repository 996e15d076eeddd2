// The checksum's remainders of each half of a byte (RFC 1952, section 8).
const REMAINDERS = Uint32Array.of(
  0x00000000,
  0x1db71064,
  0x3b6e20c8,
  0x26d930ac,
  0x76dc4190,
  0x6b6b51f4,
  0x4db26158,
  0x5005713c,
  0xedb88320,
  0xf00f9344,
  0xd6d6a3e8,
  0xcb61b38c,
  0x9b64c2b0,
  0x86d3d2d4,
  0xa00ae278,
  0xbdbdf21c,
);
// Magic number, deflate, no flags, no time, nothing said about the level and the system.
const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
const BLOCK_HEADER = 5;
const TRAILER = 8;
const LARGEST_BLOCK = 0xffff;

/**
 * Writes bytes as gzip without compressing them: for an answer that has been announced as gzip before it was known that
 * compressing it is not worth while. Costs a fraction of what a compressor does.
 */
export function storeAsGzip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = Math.max(1, Math.ceil(bytes.length / LARGEST_BLOCK));
  const length = HEADER.length + blocks * BLOCK_HEADER + bytes.length + TRAILER;
  const gzip = new Uint8Array(length);
  const view = new DataView(gzip.buffer);
  gzip.set(HEADER);
  let at = HEADER.length;
  for (let block = 0; block < blocks; block++) {
    const chunk = bytes.subarray(block * LARGEST_BLOCK, (block + 1) * LARGEST_BLOCK);
    gzip[at] = block === blocks - 1 ? 1 : 0;
    view.setUint16(at + 1, chunk.length, true);
    view.setUint16(at + 3, ~chunk.length, true);
    gzip.set(chunk, at + BLOCK_HEADER);
    at += BLOCK_HEADER + chunk.length;
  }
  view.setUint32(at, crc32(bytes), true);
  view.setUint32(at + 4, bytes.length, true);
  return gzip;
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes[i]!;
    crc = (crc >>> 4) ^ REMAINDERS[crc & 15]!;
    crc = (crc >>> 4) ^ REMAINDERS[crc & 15]!;
  }
  return ~crc;
}
