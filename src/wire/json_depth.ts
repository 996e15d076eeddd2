/**
 * Whether lists and objects can be more than `most` levels deep in JSON: there must be as many that begin. The runtime
 * looks for them faster than anything can be looked at in here; most messages have few.
 *
 * @param start where the JSON begins
 */
export function canBeDeeper(json: string, start: number, most: number): boolean {
  const { length } = json;
  // A list takes two characters: nearly every message is too short.
  if (length - start <= 2 * most) return false;
  let left = most;
  for (let at = start; (at = json.indexOf("[", at) + 1) > 0;) if (--left < 0) return true;
  // An object takes five, `{"":}`, but the innermost: what comes last may be too short as well.
  for (let at = start; length - at + 3 > 5 * left;) {
    at = json.indexOf("{", at) + 1;
    if (at === 0) return false;
    if (--left < 0) return true;
  }
  return false;
}

/**
 * Tells whether lists and objects are more than `most` levels deep, in a value that came out of `JSON.parse`. A look at
 * the value takes a tenth of what a look at its text does.
 */
export function isDeeper(value: unknown, most: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return most < 1 || (Array.isArray(value) ? inList(value, most - 1) : inObject(value, most - 1));
}

// A function for each, or V8 would read lists of numbers as if they were objects, eight times slower.
function inList(list: readonly unknown[], most: number): boolean {
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (typeof item === "object" && isDeeper(item, most)) return true;
  }
  return false;
}

function inObject(object: object, most: number): boolean {
  for (const key in object) {
    const item = (object as Record<string, unknown>)[key];
    if (typeof item === "object" && isDeeper(item, most)) return true;
  }
  return false;
}
