import { connectMany } from "./client.ts";
import { textFrame } from "./frame.ts";
import type { Plan } from "./plan.ts";
import { type Sample, watch } from "./window.ts";

const CLIENTS = 100;
const PER_SECOND = 5000;
const ACK = textFrame('421["echo","hello, this is a message"]');

/** Acknowledgements at a load that is the same for every server. The value is the median, in milliseconds. */
export async function runLatency(plan: Plan): Promise<Sample> {
  const clients = await connectMany(plan.port, CLIENTS);
  const times: number[] = [];
  const dues = clients.map((client) => {
    const due: number[] = [];
    client.onMessages = (count) => {
      const now = performance.now();
      for (; count > 0; count--) times.push(now - due.shift()!);
    };
    return due;
  });
  const start = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const target = (performance.now() - start) * PER_SECOND / 1000;
    for (const now = performance.now(); sent < target; sent++) {
      dues[sent % CLIENTS]!.push(now);
      clients[sent % CLIENTS]!.send(ACK);
    }
  }, 1);
  let warm = 0;
  setTimeout(() => warm = times.length, plan.warmup * 1000);
  const sample = await watch(plan.port, plan, () => times.length);
  clearInterval(timer);
  const sorted = times.slice(warm).sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)]!;
  return { ...sample, value: at(0.5), p99: at(0.99) };
}
