/** What stands for the `:names` of a path, by name. */
export type PathParams<Path extends string> = {
  readonly [Name in ParamNames<Path>]: string;
};

/** The `:names` in a path. */
export type ParamNames<Path extends string> = Path extends `${infer First}/${infer Rest}`
  ? ParamName<First> | ParamNames<Rest>
  : ParamName<Path>;
/** The name that a segment of a path stands for, if any. */
export type ParamName<Segment extends string> = Segment extends `:${infer Name}` ? Name : never;

/** The parameters of a path without any. */
export const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** A path with names in the place of some segments, such as `/org/:id`. A name stands for one segment. */
export class PathPattern {
  readonly #segments: readonly string[];

  /**
   * Reads a path.
   *
   * @throws {TypeError} if a name is empty or comes twice
   */
  constructor(path: string) {
    this.#segments = path.split("/");
    const names = this.#segments.filter(isParam);
    if (names.includes(":")) throw new TypeError(`${path} has a parameter without a name`);
    if (new Set(names).size < names.length) throw new TypeError(`${path} has a parameter twice`);
  }

  /** Whether a path has names in it. */
  static isPattern(path: string): boolean {
    return path.split("/").some(isParam);
  }

  /** Whether a name is one of this form. */
  test(name: string): boolean {
    return this.params(name) !== undefined;
  }

  /** What stands for the names, with the escapes of URLs resolved; `undefined` if the path is not one of this form. */
  params(name: string): Readonly<Record<string, string>> | undefined {
    const given = name.split("/");
    if (given.length !== this.#segments.length) return undefined;
    const params: Record<string, string> = Object.create(null);
    for (const [index, segment] of this.#segments.entries()) {
      const value = given[index]!;
      if (!isParam(segment)) {
        if (value !== segment) return undefined;
        continue;
      }
      // A client cannot make a namespace that is called like the pattern.
      const decoded = value === "" || isParam(value) ? undefined : decode(value);
      if (decoded === undefined) return undefined;
      params[segment.slice(1)] = decoded;
    }
    return Object.freeze(params);
  }
}

function isParam(segment: string): boolean {
  return segment.startsWith(":");
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
