/** The load generator: a process on Bun that is told a plan and prints a sample. */
import process from "node:process";
import { runConnects } from "./connects.ts";
import { runHeartbeats, runMemory } from "./idle.ts";
import { runLatency } from "./latency.ts";
import type { Plan } from "./plan.ts";
import { runPolling } from "./polling.ts";
import { runTraffic, type Traffic } from "./traffic.ts";
import type { Sample } from "./window.ts";

const TEXT = "hello, this is a message";

type Mode = (plan: Plan) => Promise<Sample>;

const fanOut = (inFlight: number): Mode => (plan) => {
  const clients = Math.round(1000 * plan.scale);
  const packet = () => `42${JSON.stringify(["all", TEXT])}`;
  return runTraffic(plan, { clients, group: clients, inFlight, deliveries: clients, packet });
};

const rooms = (event: string, deliveries: number): Mode => (plan) => {
  const packet = (room: string) => `42${JSON.stringify([event, room, TEXT])}`;
  const clients = Math.round(100 * plan.scale) * 10;
  return runTraffic(plan, { clients, group: 10, inFlight: 1, deliveries, packet });
};

const alone = (head: string, inFlight: number): Mode => (plan) => {
  const traffic: Traffic = {
    clients: 100,
    group: 1,
    inFlight,
    deliveries: 1,
    packet: () => head + JSON.stringify(["echo", TEXT]),
  };
  return runTraffic(plan, traffic);
};

const MODES: Readonly<Record<string, Mode>> = {
  "ack1": alone("421", 1),
  "ack16": alone("421", 16),
  "echo16": alone("42", 16),
  "fanout1": fanOut(1),
  "fanout4": fanOut(4),
  "rooms": rooms("room", 10),
  "others": rooms("others", 9),
  "polling": runPolling,
  "connect": runConnects,
  "memory": runMemory,
  "heartbeat": runHeartbeats,
  "latency": runLatency,
};

const plan: Plan = JSON.parse(process.argv[2]!);
const sample = await MODES[plan.mode]!(plan);
console.log(JSON.stringify(sample));
process.exit(0);
