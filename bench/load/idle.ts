import { connectMany } from "./client.ts";
import type { Plan } from "./plan.ts";
import { type Sample, sleep, usage, watch } from "./window.ts";

/** The memory of a client that does nothing, in KiB. */
export async function runMemory(plan: Plan): Promise<Sample> {
  const count = Math.round(5000 * plan.scale);
  // What the first connections need once is not theirs.
  await connectMany(plan.port, 10);
  await usage(plan.port, "collect");
  await sleep(plan.warmup);
  const before = await usage(plan.port, "collect");
  await connectMany(plan.port, count);
  await sleep(plan.warmup);
  await usage(plan.port, "collect");
  await sleep(plan.warmup);
  const after = await usage(plan.port, "collect");
  return { value: (after.rss - before.rss) / 1024 / count, rate: 0, server: 0, generator: 0 };
}

/** Heartbeats of clients that do nothing else. The server sends one each half second. */
export async function runHeartbeats(plan: Plan): Promise<Sample> {
  const clients = await connectMany(plan.port, Math.round(2500 * plan.scale));
  const count = () => clients.reduce((sum, { heartbeats }) => sum + heartbeats, 0);
  return await watch(plan.port, { ...plan, seconds: Math.max(1, 2 * plan.seconds) }, count);
}
