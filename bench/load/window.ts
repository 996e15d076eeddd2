import process from "node:process";

/** What a server tells about its process. */
export interface Usage {
  /** CPU time, in seconds, of all its threads. */
  readonly cpu: number;
  /** Memory, in bytes. */
  readonly rss: number;
}

/** What was counted while a load ran. */
export interface Sample {
  /** What is compared. */
  readonly value: number;
  /** How often it happened per second. */
  readonly rate: number;
  /** The part of a core that the server was busy. */
  readonly server: number;
  /** The part of a core that the load generator was busy. */
  readonly generator: number;
  /** The 99th percentile, where times are compared, in milliseconds. */
  readonly p99?: number;
}

/** Asks a server about its process. */
export async function usage(port: number, path = "usage"): Promise<Usage> {
  const response = await fetch(`http://127.0.0.1:${port}/bench/${path}`);
  return await response.json();
}

/** Waits. */
export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Counts while a load runs. The value is the count per second of the server's CPU time. */
export async function watch(
  port: number,
  { warmup, seconds }: { warmup: number; seconds: number },
  total: () => number,
): Promise<Sample> {
  await sleep(warmup);
  const first = await snapshot(port, total);
  await sleep(seconds);
  // A busy machine may have stood still meanwhile.
  for (let more = 0; more < 1_000 && total() === first.total; more++) await sleep(0.02);
  const last = await snapshot(port, total);
  const count = last.total - first.total;
  const time = last.time - first.time;
  // Some systems count in ticks, and a short window may see none.
  const cpu = Math.max(0.001, last.cpu - first.cpu);
  return {
    value: count / cpu,
    rate: count / time,
    server: cpu / time,
    generator: (last.own - first.own) / time,
  };
}

async function snapshot(port: number, total: () => number) {
  const { cpu } = await usage(port);
  const { user, system } = process.cpuUsage();
  return { cpu, total: total(), own: (user + system) / 1e6, time: performance.now() / 1000 };
}
