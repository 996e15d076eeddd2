import { assert } from "@std/assert";
import { RUNTIMES, soak } from "../../bench/soak/soak.ts";

const VISITS = 1_000;
const SEED = 1;
/** What each visit could leave behind and stay unseen: the heap moves by itself. */
const UNSEEN = 4_000;

for (const [name, command] of Object.entries(RUNTIMES)) {
  Deno.test(`visitors of all kinds leave nothing behind, on ${name}`, async () => {
    const { before, after } = await soak(await command(), VISITS, VISITS / 5, SEED);
    const grown = after.heap - before.heap;
    assert(grown < VISITS * UNSEEN, `The heap has grown by ${grown} bytes`);
  });
}
