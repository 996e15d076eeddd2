import { parseArguments, type Wishes } from "./arguments.ts";
import { generateLoad } from "./generate_load.ts";
import type { Sample } from "./load/window.ts";
import { MODES } from "./modes.ts";
import { machine } from "./machine.ts";
import { installRivals } from "./packages.ts";
import { BenchProcess } from "./process.ts";
import { chart } from "./report/chart.ts";
import { type Report, summarize } from "./report/report.ts";
import { table } from "./report/table.ts";
import { type Contestant, contestants } from "./servers.ts";
import { VERSIONS } from "./versions.ts";

const RESULTS = new URL("results/", import.meta.url);

/** Measures servers side by side, and prints a table. */
export async function compare(args: readonly string[]): Promise<void> {
  const { servers: all, notes } = await contestants();
  const names = all.map(({ name }) => name);
  const wishes = parseArguments(args, Object.keys(MODES), names);
  const servers = all.filter(({ name }) => wishes.servers.includes(name));
  const started = performance.now();
  const samples = await runRounds(wishes, servers);
  const report: Report = {
    date: new Date().toISOString(),
    command: ["deno task bench", ...args].join(" "),
    machine: await machine(),
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
}

/** In each round, mode by mode, the servers take turns: what disturbs the machine disturbs them all. */
async function runRounds(
  wishes: Wishes,
  servers: readonly Contestant[],
): Promise<Map<string, Sample[]>> {
  const packages = await installRivals();
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < wishes.rounds; round++) {
    const running = new Map<string, BenchProcess>();
    try {
      for (const mode of wishes.modes) {
        for (const contestant of servers) {
          if (MODES[mode]!.unframed && contestant.name.startsWith("framed")) continue;
          const sample = await measureOne(wishes, mode, contestant, running, packages);
          const key = `${mode} ${contestant.name}`;
          samples.set(key, [...samples.get(key) ?? [], sample]);
          console.error(line(round, key, sample));
        }
      }
    } finally {
      await Promise.all([...running.values()].map((process) => process.stop()));
    }
  }
  return samples;
}

async function measureOne(
  wishes: Wishes,
  mode: string,
  { name, command }: Contestant,
  running: Map<string, BenchProcess>,
  packages: string,
): Promise<Sample> {
  const { fresh, pingInterval } = MODES[mode]!;
  const { warmup, seconds, scale } = wishes;
  const timing = { mode, warmup, seconds, scale };
  if (fresh) {
    await using process = await BenchProcess.start(command, [packages, `${pingInterval ?? ""}`]);
    return await generateLoad({ ...timing, port: process.port });
  }
  const process = running.get(name) ?? await BenchProcess.start(command, [packages]);
  running.set(name, process);
  return await generateLoad({ ...timing, port: process.port });
}

function line(round: number, key: string, { value, server, generator }: Sample): string {
  const busy = `server ${Math.round(server * 100)} %, generator ${Math.round(generator * 100)} %`;
  return `round ${round + 1}: ${key} ${value.toPrecision(4)} (${busy})`;
}
