/** The load generator: a process on Bun that is told a plan and prints a sample. */
import process from "node:process";
import { runConnects } from "./connects.ts";
import { runHeartbeats, runMemory } from "./idle.ts";
import { runLatency } from "./latency.ts";
import type { Plan } from "./plan.ts";
import { runPolling } from "./polling.ts";
import { runTraffic } from "./traffic.ts";
import type { Sample } from "./window.ts";

type Mode = (plan: Plan) => Promise<Sample>;

const alone = (inFlight: number, ack?: true): Mode => (plan) =>
  runTraffic(plan, {
    clients: 100,
    group: 1,
    inFlight,
    deliveries: 1,
    event: "echo",
    ...(ack && { ack }),
  });

const fanOut = (inFlight: number): Mode => (plan) => {
  const clients = Math.round(1000 * plan.scale);
  return runTraffic(plan, {
    clients,
    group: clients,
    inFlight,
    deliveries: clients,
    event: "all",
  });
};

const rooms = (event: "room" | "others", deliveries: number): Mode => (plan) => {
  const clients = Math.round(100 * plan.scale) * 10;
  return runTraffic(plan, { clients, group: 10, inFlight: 1, deliveries, event });
};

const MODES: Readonly<Record<string, Mode>> = {
  "ack1": alone(1, true),
  "ack16": alone(16, true),
  "echo16": alone(16),
  "fanout1": fanOut(1),
  "fanout4": fanOut(4),
  "rooms": rooms("room", 10),
  "others": rooms("others", 9),
  "polling": runPolling,
  "connect": runConnects,
  "memory": runMemory,
  "heartbeat": runHeartbeats,
  "latency": runLatency,
  "traffic": (plan) => runTraffic(plan, plan.traffic!),
};

const plan: Plan = JSON.parse(process.argv[2]!);
const sample = await MODES[plan.mode]!(plan);
console.log(JSON.stringify(sample));
process.exit(0);
