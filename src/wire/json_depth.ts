import { countFew, countOpenings } from "./count_openings.ts";

/** So many lists are looked for before anything else is done: the data of most messages has fewer. */
const FEW = 8;

/** How many lists and objects there can be that were not seen yet. */
interface Rest {
  unseen: number;
}

/**
 * Tells whether lists and objects are more than `most` levels deep in a value. It is looked into only as far as there
 * may be enough of them.
 *
 * @param json what it was parsed from
 */
export function isDeeper(value: unknown, most: number, json: string): boolean {
  // Each level takes two characters: nearly every message is too short.
  if (json.length <= 2 * most || typeof value !== "object" || value === null) return false;
  // An object takes five for each, or two if nothing is in it: what is not long has to have lists among its levels.
  const lists = Math.min(Math.ceil((5 * most + 2 - json.length) / 3), FEW);
  if (lists > 0 && countFew(json, "[", lists - 1) < lists) return false;
  const openings = countOpenings(json);
  if (openings <= most) return false;
  try {
    return reaches(value, most, { unseen: openings - 1 });
  } catch {
    return true; // The stack is not as deep as the limit.
  }
}

function reaches(value: object, most: number, rest: Rest): boolean {
  if (most < 1) return true;
  if (rest.unseen < most) return false;
  return Array.isArray(value) ? inList(value, most - 1, rest) : inObject(value, most - 1, rest);
}

// A function for each, or V8 would read lists of numbers as if they were objects, eight times slower.
function inList(list: readonly unknown[], most: number, rest: Rest): boolean {
  let count = 0;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (typeof item === "object" && item !== null) count++;
  }
  rest.unseen -= count;
  // A list of rows is often all there is.
  if (count === 0 || rest.unseen < most) return false;
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (typeof item === "object" && item !== null && reaches(item, most, rest)) return true;
  }
  return false;
}

function inObject(object: object, most: number, rest: Rest): boolean {
  for (const key in object) {
    const item = (object as Record<string, unknown>)[key];
    if (typeof item !== "object" || item === null) continue;
    rest.unseen--;
    if (reaches(item, most, rest)) return true;
  }
  return false;
}
