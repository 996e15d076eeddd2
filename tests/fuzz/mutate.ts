/** Messages that were cut, swapped and changed on the way. */
import type { Random } from "../kit/random.ts";

const FRAGMENTS = [
  ...'0123456789-/,[]{}":b \\\x1e',
  "450-",
  "51-",
  "/x,",
  '["a"]',
  '"a",',
  '{"_placeholder":true,"num":0}',
  '"__proto__":',
  "null",
  "1e3",
  "\ud83e",
  "1:",
];

/** Text with one to three changes, some of them parts of others. */
export function mutate(text: string, others: readonly string[], random: Random): string {
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(text.length + 1);
    switch (random.below(6)) {
      case 0:
        text = text.slice(0, at);
        break;
      case 1:
        text = text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at);
        break;
      case 2:
        text = text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at + 1);
        break;
      case 3:
        text = text.slice(0, at) + text.slice(at + 1 + random.below(4));
        break;
      case 4:
        text = text.slice(at) + text.slice(0, at);
        break;
      default:
        text = text.slice(0, at) + random.pick(others) + text.slice(at);
    }
  }
  return text;
}

/** The same bytes with one to three changes, and sometimes the end cut off. */
export function corrupt(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const changed = bytes.slice();
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(changed.length);
    switch (random.below(3)) {
      case 0:
        changed[at] = random.below(256);
        break;
      case 1:
        changed[at]! ^= 1 << random.below(8);
        break;
      default:
        changed.copyWithin(at, random.below(changed.length));
    }
  }
  return changed.subarray(0, changed.length - random.below(3));
}
