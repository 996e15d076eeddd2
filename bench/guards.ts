import { parseArguments, type Wishes } from "./arguments.ts";
import { generateLoad } from "./generate_load.ts";
import { inTurns, type Job } from "./in_turns.ts";
import type { Plan } from "./load/plan.ts";
import type { Sample } from "./load/window.ts";
import { machine } from "./machine.ts";
import { installRivals } from "./packages.ts";
import { BenchProcess } from "./process.ts";
import { median } from "./report/report.ts";
import { type Contestant, contestants } from "./servers.ts";

const RESULT = new URL("results/guards.md", import.meta.url);
/** So that it takes less than two minutes. */
const DEFAULTS = ["--rounds", "5", "--seconds", "1"];
/** Some turns for each. */
const QUICK = ["--seconds", "0.5"];
const RUNTIMES = ["deno", "bun"];
/** With no limits, with those that there are by default, with all that there are. */
const GUARDS = ["unguarded", "ours", "guarded"] as const;

const take = { group: 1, deliveries: 1, event: "take", ack: true } as const;
const LOADS: Readonly<Record<string, Load>> = {
  ack16: { title: "ack, 16 in flight", mode: "ack16" },
  echo16: { title: "event echo, 16 in flight", mode: "echo16" },
  polling: { title: "polling, POST and GET", mode: "polling" },
  json2: {
    title: "JSON of 2 kB",
    mode: "traffic",
    traffic: { ...take, clients: 50, inFlight: 8, rows: 2_000 },
  },
  json25: {
    title: "JSON of 25 kB",
    mode: "traffic",
    traffic: { ...take, clients: 20, inFlight: 2, rows: 25_000 },
  },
};

interface Load extends Pick<Plan, "mode" | "traffic"> {
  readonly title: string;
}

/** Microseconds of the server's CPU time per message: in each round, one for each of {@linkcode GUARDS}. */
type Costs = number[][];

/** Measures what guards cost, and prints it; with `--save`, writes it. */
export async function guards(args: readonly string[]): Promise<void> {
  const given = [...args.includes("--quick") ? QUICK : DEFAULTS, ...args];
  const wishes = parseArguments(given, Object.keys(LOADS), RUNTIMES);
  const { servers } = await contestants();
  const rows: string[] = [];
  for (const runtime of wishes.servers) {
    const variants = GUARDS.map((it) => servers.find(({ name }) => name === `${it}-${runtime}`)!);
    const costs = await measure(wishes, variants);
    rows.push(...[...costs].map(([load, list]) => row(variants[0]!.runtime, load, list)));
  }
  const { os, cores, model } = await machine();
  const report = [
    `\`${["deno task bench guards", ...args].join(" ")}\`, ${
      new Date().toISOString().slice(0, 10)
    }, ` +
    `on ${os} with ${cores} cores (${model}); medians of`,
    `${wishes.rounds} rounds, least and most in brackets.`,
    "",
    "| runtime | load | no limits: CPU per message | limits by default | all guards |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
  console.log(report);
  if (wishes.save) await Deno.writeTextFile(RESULT, report);
}

/** In each round there are fresh servers. They take turns, load by load. */
async function measure(
  wishes: Wishes,
  variants: readonly Contestant[],
): Promise<Map<string, Costs>> {
  const packages = await installRivals();
  const costs = new Map(wishes.modes.map((load): [string, Costs] => [load, []]));
  for (let round = 0; round < wishes.rounds; round++) {
    const processes: BenchProcess[] = [];
    try {
      for (const { command } of variants) {
        processes.push(await BenchProcess.start(command, packages));
      }
      for (const [load, list] of costs) {
        const jobs = processes.map(({ port }): Job<Sample> => (started) =>
          generateLoad({ ...wishes, ...LOADS[load]!, port }, started)
        );
        const costsNow = (await inTurns(jobs)).map(({ value }) => 1e6 / value);
        list.push(costsNow);
        console.error(
          `round ${round + 1}: ${variants[0]!.runtime}, ${load}: ${costsNow.map(micro)}`,
        );
      }
    } finally {
      await Promise.all(processes.map((it) => it.stop()));
    }
  }
  return costs;
}

function row(runtime: string, load: string, costs: Costs): string {
  const off = costs.map(([first]) => first!);
  // Compared within each round: what disturbs the machine disturbs its neighbours as much.
  const prices = [1, 2].map((at) => spread(costs.map((it) => it[at]! / it[0]! - 1), percent));
  return `| ${[runtime, LOADS[load]!.title, spread(off, micro), ...prices].join(" | ")} |`;
}

function spread(values: readonly number[], show: (value: number) => string): string {
  return `**${show(median(values))}** (${show(Math.min(...values))} to ${
    show(Math.max(...values))
  })`;
}

function micro(value: number): string {
  return `${value.toPrecision(3)} µs`;
}

function percent(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value * 100).toFixed(1)} %`;
}
