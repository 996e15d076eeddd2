import { fileURLToPath } from "node:url";
import { bunCommand } from "../../tests/tools/bun.ts";
import { bundleForNode, nodeCommand } from "../../tests/tools/node.ts";
import { BenchProcess } from "../process.ts";
import { COUNTS, type State } from "./state.ts";

/** How long a server may take to forget its last visitors, in milliseconds. */
const FORGETTING = 30_000;
const SERVER = fileURLToPath(new URL("server.ts", import.meta.url));
const LOAD = fileURLToPath(new URL("load.ts", import.meta.url));

/** How a server was before its visitors, and after them. */
export interface Soaked {
  readonly before: State;
  readonly after: State;
  /** How long the visits took. */
  readonly seconds: number;
}

/** How a server is started on each runtime. */
export const RUNTIMES: Readonly<Record<string, () => Promise<string[]>>> = {
  deno: () =>
    Promise.resolve([Deno.execPath(), "run", "-A", "--quiet", "--v8-flags=--expose-gc", SERVER]),
  bun: async () => [await bunCommand(), SERVER],
  node: async () => [
    await nodeCommand(),
    "--expose-gc",
    await bundleForNode(`import ${JSON.stringify(SERVER)};`, "soak"),
  ],
};

/**
 * Lets visitors of all kinds come to a server and go, and tells how it was before and is afterwards.
 *
 * @param command how to start the server
 * @param warmup visits before the first look, in which caches fill
 * @throws {Error} if a visit fails, or something is left of the visits
 */
export async function soak(
  command: readonly string[],
  visits: number,
  warmup: number,
  seed: number,
): Promise<Soaked> {
  await using server = await BenchProcess.start(command);
  await visit(server, warmup, seed);
  const before = await settled(server);
  const start = performance.now();
  await visit(server, visits, seed + 1);
  const seconds = (performance.now() - start) / 1000;
  return { before, after: await settled(server, before), seconds };
}

async function visit({ port }: BenchProcess, count: number, seed: number): Promise<void> {
  const { success } = await new Deno.Command(await bunCommand(), {
    args: [LOAD, `${port}`, `${count}`, `${seed}`],
    stdin: "null",
  }).spawn().status;
  if (!success) throw new Error(`The visits failed, with the seed ${seed}`);
}

/** Waits until nothing is left of the visits. */
async function settled({ port }: BenchProcess, before?: State): Promise<State> {
  const deadline = Date.now() + FORGETTING;
  while (true) {
    const state: State = await (await fetch(`http://127.0.0.1:${port}/state`)).json();
    const left = COUNTS.filter((name) => state[name] > (before?.[name] ?? quiet(name)));
    if (left.length === 0 && state.faults.length === 0) return state;
    if (state.faults.length > 0 || Date.now() > deadline) {
      throw new Error(`Left are ${left.join(", ")}: ${JSON.stringify(state)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** How many there are of something when nobody is there. */
function quiet(name: typeof COUNTS[number]): number {
  if (name === "descriptors") return Infinity;
  return name === "namespaces" ? 2 : 0;
}
