import { Buffer } from "node:buffer";
import type { BinaryValue } from "../../src/wire/frame.ts";

/** Characters of one to four bytes, half of one, and those that mean something to the codecs. */
const CHARACTERS = [...'aZ09 "\\/,-[]{}b\n\x1e\u2028é€\ufeff', "🦕", "\0", "\ud83e"];

/** Keys that a careless codec stumbles over. */
const TRAPS = ["__proto__", "constructor", "toJSON", "length", "num", "0", ""];

/** Every shape that bytes come in, over `length` bytes of `buffer`; offset and length are multiples of eight. */
const SHAPES: readonly Shape[] = [
  (buffer, offset, length) => buffer.slice(offset, offset + length),
  (buffer, offset, length) => new DataView(buffer, offset, length),
  (buffer, offset, length) => Buffer.from(buffer, offset, length),
  ...[
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((Kind): Shape => (buffer, offset, length) =>
    new Kind(buffer, offset, length / Kind.BYTES_PER_ELEMENT)
  ),
];

type Shape = (
  buffer: ArrayBuffer,
  offset: number,
  length: number,
) => Exclude<BinaryValue, Blob>;

/**
 * The body of a test that draws random values. Should it fail, it prints the seed: with it as
 * `SEED` in the environment, the test draws the same values again.
 */
export function randomly(run: (random: Random) => void): () => void {
  return () => {
    const random = new Random();
    try {
      run(random);
    } catch (error) {
      console.error(`SEED=${random.seed}`);
      throw error;
    }
  };
}

/** Random values that a printed seed brings back. */
export class Random {
  /** What it was started with. */
  readonly seed: number;
  #state: number;

  constructor(seed: number = Number(Deno.env.get("SEED")) || Date.now() >>> 0) {
    this.seed = seed;
    this.#state = seed;
  }

  /** From 0 to 1, without 1. */
  next(): number {
    // Mulberry32.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** From 0 to `limit`, without `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Bytes. */
  bytes(length = this.below(20)): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** Bytes in one of the shapes they come in, and the same bytes as the other side gets them. */
  binary(): { given: ReturnType<Shape>; bytes: Uint8Array<ArrayBuffer> } {
    const length = 8 * this.below(4);
    const offset = 8 * this.below(2);
    // A part of a larger buffer: a codec that takes all of it is found out.
    const { buffer } = this.bytes(offset + length + this.below(3));
    return {
      given: this.pick(SHAPES)(buffer, offset, length),
      bytes: new Uint8Array(buffer, offset, length),
    };
  }

  /** Text with characters of one to four bytes, and with those that mean something to the codecs. */
  text(): string {
    return Array.from({ length: this.below(12) }, () => this.pick(CHARACTERS)).join("");
  }

  /** A number that JSON brings back. */
  number(): number {
    const number = this.pick([
      this.below(10),
      this.below(2 ** 32) - 2 ** 31,
      this.next(),
      this.next() * 10 ** (this.below(600) - 300),
      Number.MAX_SAFE_INTEGER,
      -Number.MAX_VALUE,
      Number.MIN_VALUE,
    ]);
    // JSON has no negative zero.
    return number === 0 ? 0 : number;
  }

  /** What JSON can say, with bytes at any depth: in the shape they are given in, or as they are got. */
  value(as: "given" | "bytes", depth = 4): unknown {
    switch (this.below(depth > 0 ? 9 : 6)) {
      case 0:
        return null;
      case 1:
        return this.below(2) === 0;
      case 2:
        return this.number();
      case 3:
      case 4:
        return this.text();
      case 5:
        return this.binary()[as];
      case 6:
      case 7:
        return Array.from({ length: this.below(4) }, () => this.value(as, depth - 1));
      default:
        return Object.fromEntries(
          Array.from({ length: this.below(4) }, () => {
            const key = this.below(4) === 0 ? this.pick(TRAPS) : this.text();
            return [key, this.value(as, depth - 1)];
          }),
        );
    }
  }
}
