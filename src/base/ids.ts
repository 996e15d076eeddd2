const ID_BYTES = 15;
const IDS_PER_DRAW = 64;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

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
  let id = "";
  for (const end = next + ID_BYTES; next < end; next += 3) {
    const bits = pool[next]! << 16 | pool[next + 1]! << 8 | pool[next + 2]!;
    id += ALPHABET[bits >> 18]! + ALPHABET[bits >> 12 & 63] + ALPHABET[bits >> 6 & 63] +
      ALPHABET[bits & 63];
  }
  return id;
}
