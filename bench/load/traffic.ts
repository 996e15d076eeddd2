import { connectMany } from "./client.ts";
import { repeat, textFrame } from "./frame.ts";
import type { Plan } from "./plan.ts";
import { type Sample, watch } from "./window.ts";

/** What a load of messages looks like. */
export interface Traffic {
  /** Clients in all. */
  readonly clients: number;
  /** Clients that hear each other; they are in a room of their own if that is not all of them. */
  readonly group: number;
  /** Messages on their way in each group. */
  readonly inFlight: number;
  /** How many messages one message makes. */
  readonly deliveries: number;
  /** The packet that a client sends. */
  packet(room: string): string;
}

/** Keeps messages on their way: when all of one have arrived, the next one leaves. Counts arrivals. */
export async function runTraffic(plan: Plan, traffic: Traffic): Promise<Sample> {
  const clients = await connectMany(plan.port, traffic.clients);
  const starts: (() => void)[] = [];
  let arrived = 0;
  for (let at = 0; at < clients.length; at += traffic.group) {
    const members = clients.slice(at, at + traffic.group);
    const room = `room ${at}`;
    if (members.length > 1 && members.length < clients.length) {
      const join = textFrame(`420${JSON.stringify(["join", room])}`);
      await Promise.all(members.map((member) => member.ask(join)));
    }
    const packet = textFrame(traffic.packet(room));
    const packets = repeat(packet, traffic.inFlight);
    let pending = 0;
    let turn = 0;
    const send = (count: number): void => {
      // In a group of one, what is due leaves in one write.
      if (members.length === 1) return members[0]!.send(packets.subarray(0, count * packet.length));
      for (; count > 0; count--) members[turn++ % members.length]!.send(packet);
    };
    const onMessages = (count: number): void => {
      arrived += count;
      pending += count;
      if (pending < traffic.deliveries) return;
      const due = Math.floor(pending / traffic.deliveries);
      pending -= due * traffic.deliveries;
      send(due);
    };
    for (const member of members) member.onMessages = onMessages;
    starts.push(() => send(traffic.inFlight));
  }
  for (const start of starts) start();
  return await watch(plan.port, plan, () => arrived);
}
