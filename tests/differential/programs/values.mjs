/** Values that travel as JSON between the test and the servers, and how values are written down; plain JavaScript for all of them. */

/**
 * Makes the value that a recipe describes: JSON in which `{ $: kind, v }` stands for what JSON has not.
 *
 * @param {unknown} recipe
 * @param {() => unknown} callback makes the function for `{ $: "callback" }`
 */
export function make(recipe, callback) {
  if (Array.isArray(recipe)) return recipe.map((it) => make(it, callback));
  if (recipe === null || typeof recipe !== "object") return recipe;
  switch (recipe.$) {
    case undefined: {
      const entries = Object.entries(recipe).map(([key, it]) => [key, make(it, callback)]);
      return Object.fromEntries(entries);
    }
    case "undefined":
      return undefined;
    case "number":
      return Number(recipe.v);
    case "bytes":
      return Uint8Array.from(recipe.v);
    case "buffer":
      return Uint8Array.from(recipe.v).buffer;
    case "view":
      return new Uint8Array(Uint8Array.from([9, ...recipe.v, 9]).buffer, 1, recipe.v.length);
    case "date":
      return new Date(recipe.v);
    case "map":
      return new Map([[1, 2]]);
    case "json":
      return { toJSON: () => make(recipe.v, callback) };
    case "hole":
      // deno-lint-ignore no-sparse-arrays
      return [1, , 2];
    case "bigint":
      return { big: 1n };
    case "symbol":
      return Symbol("s");
    case "function":
      return { f: () => 1 };
    case "cycle": {
      const cycle = {};
      return Object.assign(cycle, { cycle });
    }
    case "callback":
      return callback();
  }
  throw new TypeError(`There is no value of the kind ${recipe.$}`);
}

/** Writes a value down, the same wherever it is: what is bytes on one side may be a view of another kind on the other. */
export function show(value) {
  return JSON.stringify(plain(value));
}

function plain(value) {
  if (value === undefined) return { $: "undefined" };
  if (typeof value === "function") return { $: "function" };
  if (typeof value === "symbol" || typeof value === "bigint") return { $: String(value) };
  if (value === null || typeof value !== "object") return value;
  if (ArrayBuffer.isView(value)) {
    return { $: "bytes", v: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] };
  }
  if (value instanceof ArrayBuffer) return { $: "bytes", v: [...new Uint8Array(value)] };
  if (value instanceof Error) return { $: "error", v: value.message };
  if (value instanceof Set) return { $: "set", v: [...value].map(plain).sort(byText) };
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, plain(value[key])]));
}

function byText(a, b) {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
