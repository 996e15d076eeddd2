/**
 * Counts 128 bytes at a time, which JavaScript has no words for. It begins with the last ones, so that what is left of a
 * longer text behind them does not count; in front of the first are 128 that are always 0.
 */
const CODE = `
  00 61 73 6d  01 00 00 00
  01 06  01 60 01 7f 01 7f            ;; a type: (i32) -> i32
  03 02  01 00                        ;; a function of it
  05 03  01 00 01                     ;; a memory of 64 KiB
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

/** Counts brackets in a room that a text is copied to. */
export interface ByteCounter {
  /** Where a text goes, a byte for each character. */
  readonly room: Uint8Array;
  /** How many of so many bytes in the room are `[` or `{`. */
  readonly count: (bytes: number) => number;
}

/** Makes a counter; `undefined` where there is no WebAssembly, or none at run time, as in Workers. */
export function makeByteCounter(): ByteCounter | undefined {
  try {
    const bytes = CODE.replace(/;;.*/g, "").match(/\w\w/g)!.map((it) => parseInt(it, 16));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)));
    const memory = exports.m as WebAssembly.Memory;
    return {
      room: new Uint8Array(memory.buffer, FRONT),
      count: exports.f as ByteCounter["count"],
    };
  } catch {
    return undefined;
  }
}
