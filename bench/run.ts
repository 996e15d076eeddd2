/**
 * Measures servers side by side.
 *
 * ```sh
 * deno task bench                              # all, in under five minutes
 * deno task bench --modes ack16,rooms --servers ours-bun,framed-bun --rounds 5
 * deno task bench --quick                      # whether it works at all
 * deno task bench --save                       # and writes bench/results
 * deno task bench --json file                  # and writes the figures there
 * ```
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { bunCommand } from "../tests/tools/bun.ts";
import { parseArguments } from "./arguments.ts";
import type { Plan } from "./load/plan.ts";
import type { Sample } from "./load/window.ts";
import { MODES } from "./modes.ts";
import { installRivals } from "./packages.ts";
import { BenchProcess } from "./process.ts";
import { chart } from "./report/chart.ts";
import { type Report, summarize } from "./report/report.ts";
import { table } from "./report/table.ts";
import { type Contestant, contestants } from "./servers.ts";
import { VERSIONS } from "./versions.ts";

const RESULTS = new URL("results/", import.meta.url);

const { servers: all, notes } = await contestants();
const wishes = parseArguments(Deno.args, Object.keys(MODES), all.map(({ name }) => name));
const servers = all.filter(({ name }) => wishes.servers.includes(name));
const samples = new Map<string, Sample[]>();
const started = performance.now();

await runRounds(await installRivals(), await bunCommand());

const report: Report = {
  date: new Date().toISOString(),
  command: ["deno task bench", ...Deno.args].join(" "),
  machine: { os: Deno.build.os, cores: navigator.hardwareConcurrency, model: await cpuModel() },
  versions: VERSIONS,
  runtimes: Object.fromEntries(servers.map(({ name, runtime }) => [name, runtime])),
  rounds: wishes.rounds,
  notes,
  figures: summarize(samples),
};
console.log(table(report));
console.error(`Took ${Math.round((performance.now() - started) / 1000)} seconds`);
const json = JSON.stringify(report, null, 2) + "\n";
if (wishes.json !== undefined) await Deno.writeTextFile(wishes.json, json);
if (wishes.save) {
  await Deno.mkdir(RESULTS, { recursive: true });
  await Deno.writeTextFile(new URL("latest.json", RESULTS), json);
  await Deno.writeTextFile(new URL("latest.md", RESULTS), table(report));
  await Deno.writeTextFile(new URL("latest.svg", RESULTS), chart(report));
}

/** In each round, mode by mode, the servers take turns: what disturbs the machine disturbs them all. */
async function runRounds(packages: string, bun: string): Promise<void> {
  for (let round = 0; round < wishes.rounds; round++) {
    const running = new Map<string, BenchProcess>();
    try {
      for (const mode of wishes.modes) {
        for (const contestant of servers) {
          if (MODES[mode]!.unframed && contestant.name.startsWith("framed")) continue;
          const sample = await measureOne(mode, contestant, running, packages, bun);
          const key = `${mode} ${contestant.name}`;
          samples.set(key, [...samples.get(key) ?? [], sample]);
          console.error(line(round, key, sample));
        }
      }
    } finally {
      await Promise.all([...running.values()].map((process) => process.stop()));
    }
  }
}

async function measureOne(
  mode: string,
  { name, command }: Contestant,
  running: Map<string, BenchProcess>,
  packages: string,
  bun: string,
): Promise<Sample> {
  const { fresh, pingInterval } = MODES[mode]!;
  if (fresh) {
    await using process = await BenchProcess.start(command, packages, `${pingInterval ?? ""}`);
    return await load(bun, mode, process.port);
  }
  const process = running.get(name) ?? await BenchProcess.start(command, packages);
  running.set(name, process);
  return await load(bun, mode, process.port);
}

async function load(bun: string, mode: string, port: number): Promise<Sample> {
  const { warmup, seconds, scale } = wishes;
  const plan: Plan = { port, mode, warmup, seconds, scale };
  const { success, stdout } = await new Deno.Command(bun, {
    args: [fileURLToPath(new URL("load/main.ts", import.meta.url)), JSON.stringify(plan)],
    stdin: "null",
    stderr: "inherit",
    signal: AbortSignal.timeout(60_000),
  }).output();
  if (!success) throw new Error(`The load generator failed in ${mode}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function line(round: number, key: string, { value, server, generator }: Sample): string {
  const busy = `server ${Math.round(server * 100)} %, generator ${Math.round(generator * 100)} %`;
  return `round ${round + 1}: ${key} ${value.toPrecision(4)} (${busy})`;
}

async function cpuModel(): Promise<string> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  return /^model name\s*: (.*)$/m.exec(text)?.[1] ?? Deno.build.arch;
}
