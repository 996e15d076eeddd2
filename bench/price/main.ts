import { fileURLToPath } from "node:url";
import { bunCommand } from "../../tests/tools/bun.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
const LIMITS = ["none", "default", "all"];
const TITLES = ["ack of a short text", ...[2, 4, 8, 25].map((kB) => `JSON of ${kB} kB`)];

/** Measures what limits cost where there is no network: nanoseconds that `guards` cannot see. */
export async function price(args: readonly string[]): Promise<void> {
  const quick = args.filter((it) => it === "--quick");
  const starts = quick.length > 0 ? 1 : Number(args[0] ?? 5);
  if (!(Number.isInteger(starts) && starts > 0)) {
    throw new TypeError("price needs a number of starts");
  }
  const commands = {
    Deno: [Deno.execPath(), "run", "-A", "--quiet", CHILD],
    Bun: [await bunCommand(), CHILD],
  };
  console.log("| runtime | message | no limits | limits by default | all guards |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const [runtime, command] of Object.entries(commands)) {
    const times: number[][][] = LIMITS.map(() => []);
    // One after the other: what disturbs the machine disturbs them all.
    for (let n = 0; n < starts; n++) {
      for (const [at, limits] of LIMITS.entries()) {
        times[at]!.push(await run([...command, limits, ...quick]));
      }
    }
    for (const [at, title] of TITLES.entries()) {
      const [none, ...others] = times.map((list) => quartile(list.map((it) => it[at]!)));
      const prices = others.map((it) => ((it - none!) / 1000).toFixed(2));
      console.log(
        `| ${[runtime, title, `${(none! / 1000).toFixed(2)} µs`, ...prices].join(" | ")} |`,
      );
    }
  }
}

async function run([executable, ...args]: readonly string[]): Promise<number[]> {
  const { success, stdout } = await new Deno.Command(executable!, {
    args,
    stdin: "null",
    stderr: "inherit",
    signal: AbortSignal.timeout(60_000),
  }).output();
  if (!success) throw new Error("A server has failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

// What disturbs makes it longer, never shorter.
function quartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 2]!;
}
