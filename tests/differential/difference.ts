/** Plays something random on every server, and finds what is not the same. */
import type { Servers } from "./servers.ts";

/** How many lines of a difference are shown, and how much of each. */
const SHOWN = 8;
const WIDTH = 400;
/** How many smaller ones are tried when one has failed. */
const ATTEMPTS = 80;

/** How something random is played. */
export interface Trial<T> {
  /**
   * Plays it against a server.
   *
   * @param url the server, without a slash at the end
   * @param patience how many times as long as usual to wait
   * @returns what was seen
   */
  play(url: string, it: T, patience: number): Promise<string[]>;
  /** What lacks a part of it, first what lacks much. */
  smallerThan(it: T): Iterable<T>;
}

/**
 * Compares our server, on each runtime, with the official one.
 *
 * @returns what is different, and the smallest that shows it; `undefined` if nothing is
 */
export async function findDifference<T>(
  servers: Servers,
  trial: Trial<T>,
  it: T,
): Promise<string | undefined> {
  const differenceOf = (it: T, patience: number) => compare(servers, trial, it, patience);
  // On a busy machine, something may come too late: only what stays is a difference.
  let difference: string | undefined;
  for (const patience of [1, 4, 16]) {
    difference = await differenceOf(it, patience);
    if (difference === undefined) return undefined;
  }
  const small = await shrink(it, trial, async (smaller) => {
    return await differenceOf(smaller, 1) !== undefined &&
      await differenceOf(smaller, 2) !== undefined;
  });
  const left = await differenceOf(small, 2);
  return `${left ?? difference}\n${JSON.stringify(left === undefined ? it : small)}`;
}

async function compare<T>(
  { official, deno, bun }: Servers,
  trial: Trial<T>,
  it: T,
  patience: number,
): Promise<string | undefined> {
  const [expected, ...ours] = await Promise.all(
    [official, deno, bun].map(({ url }) => trial.play(url, it, patience)),
  );
  for (const [n, name] of ["Deno", "Bun"].entries()) {
    const difference = describe(expected!, ours[n]!);
    if (difference !== undefined) return `on ${name}:\n${difference}`;
  }
}

function describe(expected: readonly string[], actual: readonly string[]): string | undefined {
  const only = (these: readonly string[], those: readonly string[]) => {
    const left = [...those];
    return these.filter((line) => {
      const at = left.indexOf(line);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  };
  if (JSON.stringify(expected) === JSON.stringify(actual)) return undefined;
  const lines = [
    ...only(expected, actual).slice(0, SHOWN).map((it) => `- ${it}`),
    ...only(actual, expected).slice(0, SHOWN).map((it) => `+ ${it}`),
  ];
  if (lines.length > 0) return lines.map((it) => it.slice(0, WIDTH)).join("\n");
  const at = expected.findIndex((line, n) => line !== actual[n]);
  return `another order: ${expected[at]} / ${actual[at]}`.slice(0, 2 * WIDTH);
}

async function shrink<T>(
  it: T,
  { smallerThan }: Trial<T>,
  fails: (it: T) => Promise<boolean>,
): Promise<T> {
  let attempts = 0;
  for (let found = true; found;) {
    found = false;
    for (const smaller of smallerThan(it)) {
      if (attempts++ > ATTEMPTS) return it;
      if (!await fails(smaller)) continue;
      it = smaller;
      found = true;
      break;
    }
  }
  return it;
}

/** Lists that lack some neighbours. */
export function* shorterThan<T>(list: readonly T[]): Iterable<T[]> {
  for (let size = list.length >> 1; size > 0; size >>= 1) {
    for (let at = list.length - size; at >= 0; at -= size) yield list.toSpliced(at, size);
  }
}
