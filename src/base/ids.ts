const ID_BYTES = 15;
const IDS_PER_DRAW = 64;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Character codes: strings put together piece by piece take twice the time, and must be flattened where they are keys.
const CODES = Uint8Array.from(ALPHABET, (it) => it.charCodeAt(0));
const id: number[] = new Array(ID_BYTES / 3 * 4).fill(0);

const pool = new Uint8Array(ID_BYTES * IDS_PER_DRAW);
let next = pool.length;

/** Draws an id as the servers of a cluster have them: 64 random bits as 16 hexadecimal digits. */
export function randomHex(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (it) => it.toString(16).padStart(2, "0")).join("");
}

/**
 * Draws an id that cannot be guessed: 120 random bits as 20 characters that are safe in a URL.
 */
export function randomId(): string {
  // Drawn on first use: some runtimes refuse randomness while modules load.
  if (next === pool.length) {
    crypto.getRandomValues(pool);
    next = 0;
  }
  for (let at = 0; at < id.length; at += 4, next += 3) {
    const bits = pool[next]! << 16 | pool[next + 1]! << 8 | pool[next + 2]!;
    id[at] = CODES[bits >> 18]!;
    id[at + 1] = CODES[bits >> 12 & 63]!;
    id[at + 2] = CODES[bits >> 6 & 63]!;
    id[at + 3] = CODES[bits & 63]!;
  }
  return String.fromCharCode(...id);
}
