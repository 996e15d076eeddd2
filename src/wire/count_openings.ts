/**
 * Counts 64 bytes at a time, which JavaScript has no words for. It begins with the last ones, so that what is left of a
 * longer text behind them does not count; in front of the first are 64 that are always 0.
 */
const CODE = `
  00 61 73 6d  01 00 00 00
  01 06  01 60 01 7f 01 7f            ;; a type: (i32) -> i32
  03 02  01 00                        ;; a function of it
  05 03  01 00 01                     ;; a memory of 64 KiB
  07 09  02  01 6d 02 00  01 66 00 00 ;; exported as "m" and "f"
  0a 8e 01  01 8b 01  01 01 7b        ;; the function, with four sums as a local variable: (at) -> count
  03 40                               ;; loop
  20 00  fd 00 04 00                  ;;   sixteen bytes at "at"
  41 20  fd 0f  fd 50                 ;;   or 32, which makes { of [ and of itself, and of nothing else
  41 fb 00  fd 0f  fd 23              ;;   are -1 where they are equal to {
  20 00  fd 00 04 10                  ;;   the next sixteen
  41 20  fd 0f  fd 50  41 fb 00  fd 0f  fd 23  fd 6e
  20 00  fd 00 04 20
  41 20  fd 0f  fd 50  41 fb 00  fd 0f  fd 23  fd 6e
  20 00  fd 00 04 30
  41 20  fd 0f  fd 50  41 fb 00  fd 0f  fd 23  fd 6e
  fd 7c  fd 7e                        ;;   added up by twos, and these by twos
  20 01  fd ae 01  21 01              ;;   are added to the sums
  20 00  41 c0 00  6b  22 00          ;;   at = at - 64
  41 00  4a  0d 00  0b                ;;   again while at > 0
  41 00                               ;; return 0
  20 01  fd 1b 00  6b                 ;; minus the first sum
  20 01  fd 1b 01  6b
  20 01  fd 1b 02  6b
  20 01  fd 1b 03  6b  0b
`;
const FRONT = 64;
const PAGE = 65_536;
/** How many UTF-16 units fit in the memory, whatever they are. */
const CHUNK = Math.floor((PAGE - FRONT) / 3);
/** Up to so many characters, nothing is quicker than a look at each. */
const SHORT = 64;
/** Which part of a text is worth to be cut out. */
const WORTH = 0.75;
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
  // Bun reads a part of a text more slowly than the whole.
  return countAll(end < text.length * WORTH ? text.slice(0, end) : text);
}

function countEach(text: string, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) count++;
  }
  return count;
}

function countAll(text: string): number {
  if (!looksDense(text)) {
    const objects = countRare(text, "{");
    const lists = objects === undefined ? undefined : countRare(text, "[");
    if (lists !== undefined) return objects! + lists;
  }
  counter ??= makeCounter();
  const { count, room } = counter;
  if (text.length <= CHUNK) return count(encoder.encodeInto(text, room).written);
  let sum = 0;
  for (let at = 0; at < text.length; at += CHUNK) {
    sum += count(encoder.encodeInto(text.slice(at, at + CHUNK), room).written);
  }
  return sum;
}

// Whether there is a bracket in the middle: of rows, of numbers in lists, of all but a long text or two.
function looksDense(text: string): boolean {
  const middle = text.length >> 1;
  for (let at = Math.max(0, middle - SHORT); at < middle; at++) {
    const code = text.charCodeAt(at) | 0x20;
    if (code === 0x7b || code === 0x7d) return true;
  }
  return false;
}

// Gives up as soon as it is not rare.
function countRare(text: string, opening: string): number | undefined {
  let count = 0;
  for (let at = 0; (at = text.indexOf(opening, at) + 1) > 0;) {
    if (++count > FIRST + (at >> RARE)) return undefined;
  }
  return count;
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
