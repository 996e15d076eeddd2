import { parseArguments, type Wishes } from "./arguments.ts";
import { generateLoad } from "./generate_load.ts";
import { inTurns, type Job } from "./in_turns.ts";
import type { Plan } from "./load/plan.ts";
import type { Sample } from "./load/window.ts";
import { machine } from "./machine.ts";
import { BenchProcess } from "./process.ts";
import { estimate } from "./report/estimate.ts";
import { type Host, hosts, scriptOf } from "./servers.ts";

const RESULT = new URL("results/guards.md", import.meta.url);
const DEFAULTS = ["--rounds", "4", "--seconds", "2"];
/** Some turns for each. */
const QUICK = ["--seconds", "0.15"];
const RUNTIMES = ["deno", "bun"] as const;
/** With no limits, the same again, with those that there are by default, with all that there are. */
const VARIANTS = 4;

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
  json4: {
    title: "JSON of 4 kB",
    mode: "traffic",
    traffic: { ...take, clients: 50, inFlight: 4, rows: 4_000 },
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

/** Microseconds of the server's CPU time per message, of each of the four. */
type Costs = readonly number[];

/** Measures what guards cost, and prints it; with `--save`, writes it. */
export async function guards(args: readonly string[]): Promise<void> {
  const given = [...args.includes("--quick") ? QUICK : DEFAULTS, ...args];
  const wishes = parseArguments(given, Object.keys(LOADS), RUNTIMES);
  const byName = await hosts();
  const rows: string[] = [];
  for (const name of RUNTIMES.filter((it) => wishes.servers.includes(it))) {
    const host = byName[name];
    const costs = await measure(wishes, host);
    rows.push(...[...costs].map(([load, list]) => row(host.runtime, load, list)));
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
 * In each round there is a fresh process, since each has its own luck with memory and compilers. The servers in it take
 * turns, load by load.
 */
async function measure(wishes: Wishes, { runtime, command }: Host): Promise<Map<string, Costs[]>> {
  const costs = new Map(wishes.modes.map((load): [string, Costs[]] => [load, []]));
  // While one has its turn, the others' time goes by as well; and what differs is compiled last.
  const warmup = 3 * wishes.warmup * VARIANTS;
  const seconds = wishes.seconds * VARIANTS;
  for (let round = 0; round < wishes.rounds; round++) {
    // Another one begins each time: who is first may have the best place.
    const first = round % VARIANTS;
    await using process = await BenchProcess.start(
      [...command, scriptOf("guards.ts")],
      [`${first}`],
      VARIANTS,
    );
    for (const [load, list] of costs) {
      const jobs = process.ports.map((port): Job<Sample> => (started) =>
        generateLoad({ ...wishes, ...LOADS[load]!, port, warmup, seconds }, started)
      );
      const found = (await inTurns(jobs)).map(({ value }) => 1e6 / value);
      const costsNow = found.map((_, variant) => found[(variant - first + VARIANTS) % VARIANTS]!);
      list.push(costsNow);
      console.error(`round ${round + 1}: ${runtime}, ${load}: ${costsNow.map(micro)}`);
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
