import { fileURLToPath } from "node:url";
import { bunCommand } from "../../tests/tools/bun.ts";
import { estimate } from "../report/estimate.ts";
import { median } from "../report/report.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
/** What servers without limits are compared with: the same once more, to see what is noise, and those with some. */
const LIMITS = ["none", "default", "all"];
const TITLES = [
  "ack of a short text",
  ...[2, 4, 8, 25].map((kB) => `JSON of ${kB} kB`),
  "JSON of 4 kB in French",
];

/** For each message, how long it takes without limits, and how much longer with some, in nanoseconds. */
type Found = readonly (readonly [none: number, more: number])[];

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
  console.log(
    "| runtime | message | no limits | no limits, again | limits by default | all guards |",
  );
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const [runtime, command] of Object.entries(commands)) {
    const found: Found[][] = LIMITS.map(() => []);
    for (let n = 0; n < starts; n++) {
      for (const [at, limits] of LIMITS.entries()) {
        found[at]!.push(await run([...command, limits, ...quick]));
      }
    }
    for (const [at, title] of TITLES.entries()) {
      const none = median(found.flat().map((it) => it[at]![0]));
      const prices = found.map((list) => estimate(list.map((it) => it[at]![1])));
      const cells = prices.map((it) => `${micro(it.value)} ± ${micro(it.error)}`);
      console.log(`| ${[runtime, title, `${micro(none)} µs`, ...cells].join(" | ")} |`);
    }
  }
}

async function run([executable, ...args]: readonly string[]): Promise<Found> {
  const { success, stdout } = await new Deno.Command(executable!, {
    args,
    stdin: "null",
    stderr: "inherit",
    signal: AbortSignal.timeout(60_000),
  }).output();
  if (!success) throw new Error("A server has failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

function micro(nanoseconds: number): string {
  return (nanoseconds / 1000).toFixed(2);
}
