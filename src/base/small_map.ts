/** How many entries are few: to find one of them takes no longer than in a `Map`. */
const FEW = 8;
/** How many a map has of its own. */
const OWN = 2;

/**
 * A map that nearly always has few entries; `undefined` is no value. It has two in itself, and the next ones in maps of
 * its kind: a `Map` of five takes 900 bytes on Bun, which is a quarter of all that is kept of a quiet connection, and a
 * list is two objects more on the way to an entry, which take longer to reach than the entry to find.
 */
export class SmallMap<Key, Value> {
  #keyA: Key | undefined;
  #valueA: Value | undefined;
  #keyB: Key | undefined;
  #valueB: Value | undefined;
  #others: SmallMap<Key, Value> | Map<Key, Value> | undefined;

  /** How many entries there are. */
  get size(): number {
    return Number(this.#valueA !== undefined) + Number(this.#valueB !== undefined) +
      (this.#others?.size ?? 0);
  }

  /** The keys, in the order in which they came. */
  keys(): Key[] {
    return this.#entries().map(([key]) => key);
  }

  get(key: Key): Value | undefined {
    if (this.#keyA === key) return this.#valueA;
    if (this.#keyB === key) return this.#valueB;
    return this.#others?.get(key);
  }

  set(key: Key, value: Value): void {
    this.#put(key, value, FEW);
  }

  // The next ones move up, so that an empty place has nothing behind it.
  delete(key: Key): void {
    if (this.#keyA === key) {
      this.#keyA = this.#keyB;
      this.#valueA = this.#valueB;
      this.#moveUp();
    } else if (this.#keyB === key) this.#moveUp();
    else this.#others?.delete(key);
  }

  #moveUp(): void {
    const others = this.#others;
    const first = others instanceof SmallMap ? others.#first : others?.entries().next().value;
    [this.#keyB, this.#valueB] = first ?? [];
    if (first !== undefined) others!.delete(first[0]);
  }

  get #first(): [Key, Value] | undefined {
    return this.#valueA === undefined ? undefined : [this.#keyA!, this.#valueA];
  }

  #put(key: Key, value: Value, room: number): void {
    if (this.#valueA === undefined || this.#keyA === key) {
      this.#keyA = key;
      this.#valueA = value;
    } else if (this.#valueB === undefined || this.#keyB === key) {
      this.#keyB = key;
      this.#valueB = value;
    } else {
      const others = this.#others ??= room > OWN ? new SmallMap() : new Map();
      if (others instanceof SmallMap) others.#put(key, value, room - OWN);
      else others.set(key, value);
    }
  }

  #entries(): [Key, Value][] {
    const own = [[this.#keyA, this.#valueA], [this.#keyB, this.#valueB]] as [Key, Value][];
    const others = this.#others instanceof SmallMap ? this.#others.#entries() : this.#others ?? [];
    return [...own.filter(([, value]) => value !== undefined), ...others];
  }
}
