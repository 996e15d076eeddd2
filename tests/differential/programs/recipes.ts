/** Random data of events. */
import type { Random } from "../../kit/random.ts";
import type { Recipe } from "./program.ts";

/** Texts that a careless codec stumbles over. */
export const TEXTS = [
  "",
  "text",
  "é",
  "🦕",
  "\ud83e",
  "\udd95x",
  "\u2028",
  "\0",
  '"\\',
  "1-[]",
  "|",
];
const KEYS = ["k", "", "constructor", "toJSON", "num", "é", "0"];

/** Draws the arguments of an event. */
export function randomArguments(random: Random): Recipe[] {
  const bytes = random.below(2) === 0;
  return Array.from({ length: random.below(4) }, () => value(random, 3, bytes));
}

function value(random: Random, depth: number, bytes: boolean): Recipe {
  switch (random.below(depth > 0 ? 12 : 9)) {
    case 0:
      return null;
    case 1:
      return random.below(2) === 0;
    case 2:
      return random.number();
    case 3:
    case 4:
      return random.pick(TEXTS);
    case 5:
    case 6:
      if (!bytes) return "no bytes";
      return {
        $: random.pick(["bytes", "buffer", "view"]),
        v: [...random.bytes(random.pick([0, 1, 5, 40]))],
      };
    case 7:
      return random.pick<Recipe>([
        { $: "undefined" },
        { $: "number", v: "NaN" },
        { $: "number", v: "-Infinity" },
        { $: "number", v: "-0" },
        { $: "date", v: 1e12 },
        { $: "map" },
        { $: "hole" },
        { $: "function" },
        {
          $: "json",
          v: random.pick<Recipe>([
            1,
            null,
            { x: 1 },
            ...bytes ? [{ $: "bytes", v: [1] }] : [],
          ]),
        },
      ]);
    case 8:
      return random.pick(["", 0, [], {}]);
    case 9:
    case 10:
      return Array.from({ length: random.below(4) }, () => value(random, depth - 1, bytes));
    default:
      return Object.fromEntries(
        Array.from(
          { length: random.below(4) },
          () => [key(random, bytes), value(random, depth - 1, bytes)],
        ),
      );
  }
}

function key(random: Random, bytes: boolean): string {
  // Beside bytes, objects lose one of them officially, and the other may stand for bytes.
  return !bytes && random.below(3) === 0
    ? random.pick(["__proto__", "_placeholder"])
    : random.pick(KEYS);
}
