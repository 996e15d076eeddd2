import { parseArguments, type Wishes } from "./arguments.ts";
import { generateLoad } from "./generate_load.ts";
import { inTurns, type Job } from "./in_turns.ts";
import type { Plan } from "./load/plan.ts";
import type { Sample } from "./load/window.ts";
import { machine } from "./machine.ts";
import { installRivals } from "./packages.ts";
import { BenchProcess } from "./process.ts";
import { estimate } from "./report/estimate.ts";
import { type Contestant, contestants } from "./servers.ts";

const RESULT = new URL("results/guards.md", import.meta.url);
/** So that it takes less than five minutes. */
const DEFAULTS = ["--rounds", "8", "--seconds", "0.4"];
/** Some turns for each. */
const QUICK = ["--seconds", "0.15"];
const RUNTIMES = ["deno", "bun"];
/** With no limits, the same again, with those that there are by default, with all that there are. */
const GUARDS = ["unguarded", "unguarded", "ours", "guarded"] as const;

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

/** Microseconds of the server's CPU time per message, of each of {@linkcode GUARDS}. */
type Costs = readonly number[];

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
    `on ${os} with ${cores} cores (${model}); ${wishes.rounds}`,
    "starts of each server. Medians with their standard errors: less than two of them is noise, which",
    "the second column of servers without limits shows, too.",
    "",
    "| runtime | load | no limits: CPU per message | no limits, again | limits by default | all guards |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
  console.log(report);
  if (wishes.save) await Deno.writeTextFile(RESULT, report);
}

/**
 * In each round there are fresh servers, since each has its own luck with memory and compilers. They take turns, load by
 * load.
 */
async function measure(
  wishes: Wishes,
  variants: readonly Contestant[],
): Promise<Map<string, Costs[]>> {
  const packages = await installRivals();
  const costs = new Map(wishes.modes.map((load): [string, Costs[]] => [load, []]));
  // While one has its turn, the others' time goes by as well.
  const warmup = wishes.warmup * variants.length;
  const seconds = wishes.seconds * variants.length;
  for (let round = 0; round < wishes.rounds; round++) {
    const processes: BenchProcess[] = [];
    try {
      for (const { command } of variants) {
        processes.push(await BenchProcess.start(command, packages));
      }
      for (const [load, list] of costs) {
        const jobs = processes.map(({ port }): Job<Sample> => (started) =>
          generateLoad({ ...wishes, ...LOADS[load]!, port, warmup, seconds }, started)
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

function row(runtime: string, load: string, costs: readonly Costs[]): string {
  // Compared within each round: what disturbs the machine disturbs its neighbours as much.
  const prices = costs.map(([off, again, ...guarded]) => {
    const base = (off! + again!) / 2;
    return [again! / off!, ...guarded.map((it) => it / base)];
  });
  const off = estimate(costs.flatMap(([off, again]) => [off!, again!]));
  const cells = [0, 1, 2].map((at) => percent(prices.map((it) => it[at]! - 1)));
  return `| ${[runtime, LOADS[load]!.title, micro(off.value), ...cells].join(" | ")} |`;
}

function micro(value: number): string {
  return `${value.toPrecision(3)} µs`;
}

function percent(values: readonly number[]): string {
  const { value, error } = estimate(values);
  const sign = value < 0 ? "−" : "+";
  return `**${sign}${Math.abs(value * 100).toFixed(1)} %** ± ${(error * 100).toFixed(1)}`;
}
