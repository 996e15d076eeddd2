import { RUNTIMES, soak, type Soaked } from "./soak.ts";
import { COUNTS } from "./state.ts";

/** By how much the time limits of the server are longer than in a short soak. */
const PATIENCE = "3";

/** Lets a million visitors come and go, on each runtime, and prints what is left of them. */
export async function soakAll(args: readonly string[]): Promise<void> {
  const [visits = 1_000_000, ...names] = args.map((it) => Number(it) || it);
  if (typeof visits !== "number" || names.some((it) => !Object.hasOwn(RUNTIMES, it))) {
    throw new TypeError(`soak needs a number of visits and names out of ${Object.keys(RUNTIMES)}`);
  }
  const seed = Date.now() >>> 0;
  console.log(`${visits} visits each, with the seed ${seed}`);
  for (const [name, command] of Object.entries(RUNTIMES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(line(name, await soak([...await command(), PATIENCE], visits, visits / 20, seed)));
  }
}

function line(name: string, { before, after, seconds }: Soaked): string {
  const change = (of: "heap" | "rss"): string =>
    `${of} ${(before[of] / 1e6).toFixed(1)} → ${(after[of] / 1e6).toFixed(1)} MB`;
  const counts = COUNTS.map((it) => `${it} ${before[it]} → ${after[it]}`);
  return `${name}: ${seconds.toFixed(0)} s, ${
    [change("heap"), change("rss"), ...counts].join(", ")
  }`;
}
