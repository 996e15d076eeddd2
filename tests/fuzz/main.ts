/**
 * The task `fuzz`.
 *
 * ```sh
 * deno task fuzz                            # every fuzzer, a minute in all
 * deno task fuzz --seconds 600 --seed 42    # longer, and from a seed
 * deno task fuzz --only transports          # one of them
 * ```
 *
 * @module
 */
import { fuzz } from "./fuzzer.ts";
import { FUZZERS, SERVER_FUZZERS } from "./fuzzers.ts";

function option(name: string): string | undefined {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1];
}

const seed = Number(option("seed") ?? Date.now() >>> 0);
const rounds = Number(option("rounds") ?? Infinity);
const only = option("only");
const all = [...FUZZERS, ...SERVER_FUZZERS];
const chosen = all.filter(({ name }) => only === undefined || name === only);
if (chosen.length === 0) {
  throw new TypeError(`--only must be one of ${all.map(({ name }) => name).join(", ")}`);
}
const each = Number(option("seconds") ?? 60) * 1000 / chosen.length;
for (const fuzzer of chosen) {
  console.log(`${fuzzer.name}: from seed ${seed}`);
  try {
    const done = await fuzz(fuzzer, { seed, rounds, until: performance.now() + each });
    console.log(`${fuzzer.name}: ${done} rounds`);
  } finally {
    await fuzzer.end?.();
  }
}
