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

  /** Text with characters of one to four bytes, and with those that mean something to the codecs. */
  text(): string {
    const characters = [...'aZ09 "\\/,-[]{}b\n\x1e\u2028é€\ufeff', "🦕", "\0"];
    return Array.from({ length: this.below(12) }, () => this.pick(characters)).join("");
  }

  /** What JSON can say, with bytes at any depth. */
  value(depth = 4): unknown {
    switch (this.below(depth > 0 ? 9 : 6)) {
      case 0:
        return null;
      case 1:
        return this.below(2) === 0;
      case 2:
        return this.below(1e6) / 100;
      case 3:
      case 4:
        return this.text();
      case 5:
        return this.bytes();
      case 6:
      case 7:
        return Array.from({ length: this.below(4) }, () => this.value(depth - 1));
      default: {
        const entries = Array.from(
          { length: this.below(4) },
          () => [this.text(), this.value(depth - 1)],
        );
        return Object.fromEntries(entries);
      }
    }
  }
}
