/** Random programs on the official server and on ours: what they see is compared; `deno task fuzz --only programs` goes on for longer. */
import { assert, assertEquals } from "@std/assert";
import { Random } from "../kit/random.ts";
import { compare } from "./programs/compare.ts";
import { generate } from "./programs/generate.ts";
import { type Servers, startServers } from "./servers.ts";

/** Each is a program of its own. */
const SEEDS = Array.from({ length: 24 }, (_, n) => n + 1);
/** When no other one is begun, in milliseconds. */
const TIME = 12_000;

let servers: Servers | undefined;
Deno.test.beforeAll(async () => {
  servers = await startServers(new URL("./programs/", import.meta.url));
});
Deno.test.afterAll(async () => await servers?.[Symbol.asyncDispose]());

Deno.test("random programs: as officially", async () => {
  const end = performance.now() + TIME;
  let done = 0;
  for (const seed of SEEDS) {
    if (performance.now() > end) break;
    assertEquals(await compare(servers!, generate(new Random(seed))), undefined, `seed ${seed}`);
    done++;
  }
  assert(done > 2, `${done} programs`);
});
