/** How many entries are few: to find one of them takes no longer than in a `Map`. */
const FEW = 8;

const NOTHING: readonly unknown[] = [];

/**
 * A map that nearly always has few entries. These are in a list, since a `Map` of five takes 900 bytes on Bun, which is a
 * quarter of all that is kept of a quiet connection.
 */
export class SmallMap<Key, Value> {
  /** Keys and values in turn. */
  #few: readonly unknown[] = NOTHING;
  #many: Map<Key, Value> | undefined;

  /** How many entries there are. */
  get size(): number {
    return this.#many?.size ?? this.#few.length / 2;
  }

  /** The keys, in the order in which they came. */
  keys(): Key[] {
    if (this.#many !== undefined) return [...this.#many.keys()];
    return this.#few.filter((_, index) => index % 2 === 0) as Key[];
  }

  get(key: Key): Value | undefined {
    if (this.#many !== undefined) return this.#many.get(key);
    const at = this.#find(key);
    return at < 0 ? undefined : this.#few[at + 1] as Value;
  }

  set(key: Key, value: Value): void {
    if (this.#many !== undefined) return void this.#many.set(key, value);
    const at = this.#find(key);
    if (at >= 0) this.#few = this.#few.with(at + 1, value);
    // By a method that takes no more memory than the list needs, as a spread does on V8.
    else if (this.size < FEW) this.#few = this.#few.toSpliced(Infinity, 0, key, value);
    else this.#spread().set(key, value);
  }

  delete(key: Key): void {
    const at = this.#find(key);
    if (this.#many !== undefined) this.#many.delete(key);
    else if (at >= 0) this.#few = this.#few.toSpliced(at, 2);
  }

  #find(key: Key): number {
    const few = this.#few;
    for (let i = 0; i < few.length; i += 2) if (few[i] === key) return i;
    return -1;
  }

  #spread(): Map<Key, Value> {
    const many = new Map(this.keys().map((key) => [key, this.get(key)!]));
    this.#few = NOTHING;
    return this.#many = many;
  }
}
