/** Random programs and exchanges on the official server and on ours: what they see is compared. `deno task fuzz` goes on for longer. */
import { assertEquals } from "@std/assert";
import { Random } from "../kit/random.ts";
import { findDifference, type Trial } from "./difference.ts";
import { generateExchange } from "./exchanges/exchange.ts";
import { EXCHANGES } from "./exchanges/trial.ts";
import { generate } from "./programs/generate.ts";
import { PROGRAMS } from "./programs/trial.ts";
import { startServers } from "./servers.ts";

/** How many there are: each number is a seed. */
const COUNT = 20;
/** How many there are at least, also on a slow machine. */
const LEAST = 3;
/** When no other one is begun, in milliseconds. */
const TIME = 5_000;

Deno.test("random programs: as officially", () =>
  sameOnAll("./programs/", PROGRAMS, (random) => generate(random)));

Deno.test("random exchanges: as officially", () =>
  sameOnAll("./", EXCHANGES, (random) => generateExchange(random)));

async function sameOnAll<T>(
  home: string,
  trial: Trial<T>,
  draw: (random: Random) => T,
): Promise<void> {
  await using servers = await startServers(new URL(home, import.meta.url));
  const end = performance.now() + TIME;
  for (let seed = 0; seed < COUNT && (seed < LEAST || performance.now() < end); seed++) {
    const difference = await findDifference(servers, trial, draw(new Random(seed)));
    assertEquals(difference, undefined, `seed ${seed}`);
  }
}
