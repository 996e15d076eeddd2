/** What a frame carries. */
export type Data = string | Uint8Array<ArrayBuffer>;

/** Adds a frame to a batch, or begins one. */
export let append: (batch: Batch | undefined, data: Data, compress: boolean) => Batch;

// What the last channel began this turn with. The next one mostly begins with the same.
let first: Batch | undefined;

/**
 * Frames that wait for the end of the turn. Channels that were sent the same share it, so that a broadcast makes one
 * for all of them instead of a list for each.
 */
export class Batch {
  /** What came before its last frame. */
  readonly before: Batch | undefined;
  /** Its last frame. */
  readonly data: Data;
  /** Whether to compress that. */
  readonly compress: boolean;
  /** How long its frames are together, in characters or bytes. */
  readonly size: number;
  /** What the last channel that was here went on with. */
  #after: Batch | undefined;
  #all: readonly Batch[] | undefined;

  /** See {@linkcode append}. */
  constructor(before: Batch | undefined, data: Data, compress: boolean) {
    this.before = before;
    this.data = data;
    this.compress = compress;
    this.size = (before?.size ?? 0) + data.length;
  }

  /** For each of its frames, in order, the batch that ends with it. */
  get all(): readonly Batch[] {
    return this.#all ??= listOf(this);
  }

  static {
    append = (before, data, compress) => {
      const known = before === undefined ? first : before.#after;
      if (known !== undefined && known.data === data && known.compress === compress) return known;
      const batch = new Batch(before, data, compress);
      if (before === undefined) first = batch;
      else before.#after = batch;
      return batch;
    };
  }
}

/** Lets go of what this turn has begun with. */
export function forgetFirst(): void {
  first = undefined;
}

function listOf(last: Batch): Batch[] {
  const all: Batch[] = [];
  for (let it: Batch | undefined = last; it !== undefined; it = it.before) all.push(it);
  return all.reverse();
}
