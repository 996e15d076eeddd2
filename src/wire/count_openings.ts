/**
 * Counts 128 bytes at a time, which JavaScript has no words for. It begins with the last ones, so that what is left of a
 * longer text behind them does not count; in front of the first are 128 that are always 0.
 */
const CODE = `
  00 61 73 6d  01 00 00 00
  01 06  01 60 01 7f 01 7f            ;; a type: (i32) -> i32
  03 02  01 00                        ;; a function of it
  05 03  01 00 04                     ;; a memory of four pages
  07 09  02  01 6d 02 00  01 66 00 00 ;; exported as "m" and "f"
  0a c7 01  01 c4 01  01 03 7b        ;; the function: (at) -> count; its variables: four sums, and
  41 20     fd 0f  21 02              ;; 32, sixteen times
  41 fb 00  fd 0f  21 03              ;; {, sixteen times
  03 40                               ;; loop
  20 00  fd 00 04 00                  ;;   sixteen bytes at "at"
  20 02  fd 50                        ;;   or 32, which makes { of [ and of itself, and of nothing else
  20 03  fd 23                        ;;   are -1 where they are equal to {
  20 00  fd 00 04 10  20 02  fd 50  20 03  fd 23  fd 6e
  20 00  fd 00 04 20  20 02  fd 50  20 03  fd 23  fd 6e
  20 00  fd 00 04 30  20 02  fd 50  20 03  fd 23  fd 6e
  20 00  fd 00 04 40  20 02  fd 50  20 03  fd 23  fd 6e
  20 00  fd 00 04 50  20 02  fd 50  20 03  fd 23  fd 6e
  20 00  fd 00 04 60  20 02  fd 50  20 03  fd 23  fd 6e
  20 00  fd 00 04 70  20 02  fd 50  20 03  fd 23  fd 6e
  fd 7c  fd 7e                        ;;   added up by twos, and these by twos
  20 01  fd ae 01  21 01              ;;   are added to the sums
  20 00  41 80 01  6b  22 00          ;;   at = at - 128
  41 00  4a  0d 00  0b                ;;   again while at > 0
  41 00                               ;; return 0
  20 01  fd 1b 00  6b                 ;; minus the first sum
  20 01  fd 1b 01  6b
  20 01  fd 1b 02  6b
  20 01  fd 1b 03  6b  0b
`;
const FRONT = 128;
const PAGE = 65_536;
/** How many UTF-16 units fit in the memory, whatever they are: with less room, Bun writes ten times more slowly. */
const CHUNK = Math.floor((4 * PAGE - FRONT) / 3);
/** Up to so many characters, nothing is quicker than a look at each. */
const SHORT = 64;
/** How far the next one is at most, where many objects end. */
const NEAR = 256;
/** With no more than one in 512 characters, the runtime finds each by itself sooner. */
const RARE = 9;
/** Some may be there at the start. */
const FIRST = 8;

interface Counter {
  /** Counts in so many bytes of the room. */
  readonly count: (bytes: number) => number;
  readonly room: Uint8Array;
}

const encoder = new TextEncoder();
let counter: Counter | undefined;

/**
 * Counts the `[` and `{` in a text up to `end`, perhaps in more of it; `Infinity` where there is no WebAssembly and it
 * would take too long.
 */
export function countOpenings(text: string, end: number): number {
  if (end <= SHORT) return countEach(text, end);
  return (isDense(text) ? undefined : countRare(text)) ?? countAll(text, end);
}

function countEach(text: string, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) count++;
  }
  return count;
}

// Whether an object ends soon after the middle, as it does in rows of them.
function isDense(text: string): boolean {
  const middle = text.length >> 1;
  const at = text.indexOf("}", middle);
  return at >= 0 && at < middle + NEAR;
}

// Gives up as soon as they are not rare.
function countRare(text: string): number | undefined {
  let count = 0;
  for (const opening of "{[") {
    const first = count;
    for (let at = 0; (at = text.indexOf(opening, at) + 1) > 0;) {
      if (++count - first > FIRST + (at >> RARE)) return undefined;
    }
  }
  return count;
}

function countAll(text: string, end: number): number {
  // Bun reads a part of a text more slowly than the whole.
  if (text.length <= CHUNK) return countPart(text, end);
  let sum = 0;
  for (let at = 0; at < end && sum < Infinity; at += CHUNK) {
    sum += countPart(text.slice(at, at + CHUNK), end - at);
  }
  return sum;
}

function countPart(text: string, end: number): number {
  const { count, room } = counter ??= makeCounter();
  const { written } = encoder.encodeInto(text, room);
  // Bytes are characters if there are as many.
  return count(written === text.length ? Math.min(written, end) : written);
}

function makeCounter(): Counter {
  try {
    const bytes = CODE.replace(/;;.*/g, "").match(/\w\w/g)!.map((it) => parseInt(it, 16));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)));
    const memory = exports.m as WebAssembly.Memory;
    return {
      count: exports.f as Counter["count"],
      room: new Uint8Array(memory.buffer, FRONT),
    };
  } catch {
    // Workers take no code at run time.
    return { count: () => Infinity, room: new Uint8Array() };
  }
}
