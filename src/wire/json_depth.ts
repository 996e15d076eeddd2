import { countOpenings } from "./count_openings.ts";

/** Which part of a text's length may be openings, as far as is looked first. */
const DENSITY = 1 / 12;
/** There are always some at the start. */
const FIRST = 6;

/** How many lists and objects there can be that were not seen yet. */
interface Rest {
  unseen: number;
}

/**
 * Tells whether lists and objects are more than `most` levels deep in a value. It is looked into only as far as there
 * may be enough of them.
 *
 * @param text what it was parsed from
 * @param start where its JSON begins in that
 */
export function isDeeper(value: unknown, most: number, text: string, start: number): boolean {
  // Each level takes two characters: nearly every message is too short.
  const excess = text.length - start - 2 * most;
  if (excess <= 0 || typeof value !== "object" || value === null) return false;
  // What is opened has to be closed. So nothing behind the front can be deep if that has few openings: of "few" levels at
  // its end, and as many more as characters follow, half would be left to close the others.
  const few = Math.min(most, Math.ceil(excess * DENSITY) + FIRST);
  if (countOpenings(text, start + excess + few, few) <= few) return false;
  const openings = countOpenings(text, text.length, most);
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
