/** Plays a program on every server, and finds what is not the same. */
import type { Servers } from "../servers.ts";
import { play } from "./player.ts";
import type { NamespacePlan, Program } from "./program.ts";

/** How many lines of a difference are shown, and how much of each. */
const SHOWN = 8;
const WIDTH = 400;
/** How many smaller programs are tried when one has failed. */
const ATTEMPTS = 80;

/**
 * Compares our server, on each runtime, with the official one.
 *
 * @returns what is different; `undefined` if nothing is
 */
export async function compare(servers: Servers, program: Program): Promise<string | undefined> {
  // On a busy machine, something may come too late: only what stays is a difference.
  if (await differenceOf(servers, program, 1) === undefined) return undefined;
  const difference = await differenceOf(servers, program, 4);
  if (difference === undefined) return undefined;
  const small = await shrink(program, async (it) => {
    return await differenceOf(servers, it, 1) !== undefined &&
      await differenceOf(servers, it, 2) !== undefined;
  });
  const left = await differenceOf(servers, small, 2);
  return `${left ?? difference}\n${JSON.stringify(left === undefined ? program : small)}`;
}

async function differenceOf(
  { official, deno, bun }: Servers,
  program: Program,
  patience: number,
): Promise<string | undefined> {
  const [expected, ...ours] = await Promise.all(
    [official, deno, bun].map(({ url }) => play(url, program, patience)),
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

/** Makes a program smaller as long as it fails. */
async function shrink(
  program: Program,
  fails: (program: Program) => Promise<boolean>,
): Promise<Program> {
  let attempts = 0;
  for (let found = true; found;) {
    found = false;
    for (const smaller of smallerThan(program)) {
      if (attempts++ > ATTEMPTS) return program;
      if (!await fails(smaller)) continue;
      program = smaller;
      found = true;
      break;
    }
  }
  return program;
}

/** Programs that lack something, first those that lack much. */
function* smallerThan(program: Program): Iterable<Program> {
  const { steps, namespaces, clients } = program;
  for (let size = steps.length >> 1; size > 0; size >>= 1) {
    for (let at = steps.length - size; at >= 0; at -= size) {
      yield { ...program, steps: steps.toSpliced(at, size) };
    }
  }
  for (const { who } of clients) {
    if (clients.length === 1) break;
    yield {
      ...program,
      clients: clients.filter((it) => it.who !== who),
      steps: steps.filter(({ by }) => by !== who),
    };
  }
  for (const [n, step] of steps.entries()) {
    for (let at = step.ops.length - 1; at >= 0 && step.ops.length > 1; at--) {
      const less = { ...step, ops: step.ops.toSpliced(at, 1) } as typeof step;
      yield { ...program, steps: steps.with(n, less) };
    }
  }
  for (const [n, plan] of namespaces.entries()) {
    for (const less of lessThan(plan)) yield { ...program, namespaces: namespaces.with(n, less) };
  }
}

function* lessThan(plan: NamespacePlan): Iterable<NamespacePlan> {
  for (
    const part of [
      "middlewares",
      "packets",
      "connection",
      "disconnecting",
      "disconnect",
    ] as const
  ) {
    if (plan[part].length > 0) yield { ...plan, [part]: [] };
  }
  if (plan.listeners.some(([name, ops]) => ops.length > 0 && name !== "kick")) {
    yield {
      ...plan,
      listeners: plan.listeners.map(([name, ops]) => [name, name === "kick" ? ops : []]),
    };
  }
}
