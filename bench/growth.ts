import type { Traffic } from "./load/traffic.ts";
import { generateLoad } from "./generate_load.ts";
import { machine } from "./machine.ts";
import { installRivals } from "./packages.ts";
import { BenchProcess } from "./process.ts";
import { median } from "./report/report.ts";
import { lines, type Series } from "./report/svg_lines.ts";
import { type Contestant, contestants } from "./servers.ts";

const RESULTS = new URL("results/", import.meta.url);
const ROUNDS = 3;

/** What grows, and the load at each size. */
interface Growth {
  readonly name: string;
  readonly title: string;
  readonly sizes: readonly number[];
  traffic(size: number): Traffic;
}

const fanOut = { inFlight: 1, event: "all" } as const;
const room = { clients: 1000, group: 10, inFlight: 1, deliveries: 10, event: "room" } as const;
const echo = {
  clients: 50,
  group: 1,
  inFlight: 1,
  deliveries: 1,
  event: "echo",
  ack: true,
} as const;

const GROWTHS: readonly Growth[] = [
  {
    name: "connections",
    title: "io.emit: microseconds of CPU per delivery, by connections",
    sizes: [100, 1000, 10_000],
    traffic: (size) => ({ ...fanOut, clients: size, group: size, deliveries: size }),
  },
  {
    name: "rooms",
    title: "io.to(room) of 10 clients: microseconds of CPU per delivery, by rooms",
    sizes: [1, 100, 1000, 10_000],
    traffic: (size) => ({
      ...room,
      clients: Math.min(1000, size * 10),
      quietRooms: Math.round(Math.max(0, size - 100) / 1000),
    }),
  },
  {
    name: "payload",
    title: "acknowledgement: microseconds of CPU per message, by bytes in it",
    sizes: [10, 100, 1000, 10_000, 100_000],
    traffic: (size) => ({ ...echo, size }),
  },
];

/** Measures what a delivery costs as things grow, prints it, and writes charts with `--save`. */
export async function growth(args: readonly string[]): Promise<void> {
  const wrong = args.find((arg) => arg !== "--save");
  if (wrong !== undefined) throw new TypeError(`There is no option ${wrong}`);
  const { servers } = await contestants();
  const packages = await installRivals();
  const results: Record<string, Series[]> = {};
  for (const { name, title, sizes, traffic } of GROWTHS) {
    const series = servers.map((server) => ({ name: server.name, values: [] as number[] }));
    for (const size of sizes) {
      const costs = await measure(servers, packages, traffic(size));
      series.forEach(({ values }, i) => values.push(costs[i]!));
    }
    results[name] = series;
    console.log(table(title, sizes, series));
    if (!args.includes("--save")) continue;
    await Deno.mkdir(RESULTS, { recursive: true });
    await Deno.writeTextFile(new URL(`growth_${name}.svg`, RESULTS), lines(title, sizes, series));
  }
  if (!args.includes("--save")) return;
  const report = {
    date: new Date().toISOString(),
    machine: await machine(),
    rounds: ROUNDS,
    results,
  };
  const json = JSON.stringify(report, null, 2) + "\n";
  await Deno.writeTextFile(new URL("growth.json", RESULTS), json);
}

/** Microseconds of CPU per message, of each server: the median of rounds in which they take turns. */
async function measure(
  servers: readonly Contestant[],
  packages: string,
  traffic: Traffic,
): Promise<number[]> {
  const costs = servers.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { command }] of servers.entries()) {
      await using process = await BenchProcess.start(command, [packages]);
      const plan = { port: process.port, warmup: 0.4, seconds: 0.5, scale: 1, traffic };
      const { value } = await generateLoad({ ...plan, mode: "traffic" });
      costs[i]!.push(1e6 / value);
    }
  }
  return costs.map(median);
}

function table(title: string, sizes: readonly number[], series: readonly Series[]): string {
  const rows = series.map(({ name, values }) =>
    `| ${name} | ${values.map((value) => value.toFixed(2)).join(" | ")} |`
  );
  return [
    title,
    "",
    `| server | ${sizes.join(" | ")} |`,
    `| --- |${" --- |".repeat(sizes.length)}`,
    ...rows,
    "",
  ].join("\n");
}
