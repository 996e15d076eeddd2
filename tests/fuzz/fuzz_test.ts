/** Some seconds of each fuzzer; `deno task fuzz` goes on for longer. */
import { assert } from "@std/assert";
import { fuzz } from "./fuzzer.ts";
import { FUZZERS } from "./fuzzers.ts";

/** How long each may take, in milliseconds. */
const TIME = 1_500;
/** The same each time: when one fails, a change is at fault. `deno task fuzz` tries others. */
const SEED = 1;

for (const fuzzer of FUZZERS) {
  Deno.test(`fuzzing: ${fuzzer.name}`, async () => {
    const until = performance.now() + TIME;
    const done = await fuzz(fuzzer, { seed: SEED, rounds: Infinity, until });
    assert(done > 10, `${done} rounds`);
  });
}
