/** The same scenarios on the official server and on ours: what they see is compared. */
import { assertEquals } from "@std/assert";
import { DIFFERENCES, RUNTIME_DIFFERENCES } from "./differences.ts";
import { Probe } from "./probe.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type Servers, startServers } from "./servers.ts";

let servers: Servers | undefined;
Deno.test.beforeAll(async () => {
  servers = await startServers();
});
Deno.test.afterAll(async () => await servers?.[Symbol.asyncDispose]());

/** What each server has seen. */
interface Transcripts {
  readonly official: string[];
  readonly deno: string[];
  readonly bun: string[];
}

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  const run = async (url: string, patience: number): Promise<string[]> => {
    const probe = new Probe(url, patience);
    try {
      await scenario(probe);
    } catch (error) {
      probe.note("failed", (error as Error).message);
    } finally {
      await probe.close();
    }
    return probe.transcript;
  };
  const runAll = async (patience: number): Promise<Transcripts> => {
    const { official, deno, bun } = servers!;
    const [a, b, c] = await Promise.all([official, deno, bun].map(({ url }) => run(url, patience)));
    return { official: a!, deno: b!, bun: c! };
  };
  const reason = DIFFERENCES[name] ?? RUNTIME_DIFFERENCES[name];

  Deno.test(`${name}: ${reason === undefined ? "as officially" : `ours ${reason}`}`, async () => {
    // On a busy machine, silence may be nothing but slowness.
    for (const patience of [1, 5]) {
      try {
        return compare(name, await runAll(patience));
      } catch {
        // Once more.
      }
    }
    compare(name, await runAll(25));
  });
}

function compare(name: string, { official, deno, bun }: Transcripts): void {
  if (name in RUNTIME_DIFFERENCES) {
    assertEquals(same(bun, deno), false, "There is no difference between the runtimes any more");
    return;
  }
  assertEquals(bun, deno, "Bun is not as Deno");
  if (name in DIFFERENCES) {
    assertEquals(same(deno, official), false, "There is no difference any more");
  } else assertEquals(deno, official);
}

Deno.test("each difference is one of a scenario", () => {
  const listed = Object.keys({ ...DIFFERENCES, ...RUNTIME_DIFFERENCES });
  assertEquals(listed.filter((name) => !(name in SCENARIOS)), []);
});

function same(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
