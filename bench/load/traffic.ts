import { connectMany } from "./client.ts";
import { repeat, textFrame } from "./frame.ts";
import type { Plan } from "./plan.ts";
import { rowsOf } from "./rows.ts";
import { type Sample, watch } from "./window.ts";

/** What clients say. */
export const TEXT = "hello, this is a message";

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
  /** The event that a client sends. With `room` and `others`, the name of the room comes along. */
  readonly event: "echo" | "take" | "all" | "room" | "others";
  /** Whether it asks for an acknowledgement. */
  readonly ack?: true;
  /** How long the text in it is; by default as {@linkcode TEXT}. */
  readonly size?: number;
  /** About how long the rows of a table are that it carries instead, as JSON. */
  readonly rows?: number;
  /** How many rooms that nobody sends to each client joins besides. */
  readonly quietRooms?: number;
}

/** Keeps messages on their way: when all of one have arrived, the next one leaves. Counts arrivals. */
export async function runTraffic(plan: Plan, traffic: Traffic): Promise<Sample> {
  const clients = await connectMany(plan.port, traffic.clients);
  for (const [i, client] of clients.entries()) {
    for (let n = 0; n < (traffic.quietRooms ?? 0); n++) await client.ask(join(`quiet ${i} ${n}`));
  }
  const starts: (() => void)[] = [];
  let arrived = 0;
  for (let at = 0; at < clients.length; at += traffic.group) {
    const members = clients.slice(at, at + traffic.group);
    const room = `room ${at}`;
    if (traffic.event === "room" || traffic.event === "others") {
      await Promise.all(members.map((member) => member.ask(join(room))));
    }
    const packet = textFrame(packetOf(traffic, room));
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

function join(room: string): Uint8Array {
  return textFrame(`420${JSON.stringify(["join", room])}`);
}

function packetOf({ event, ack, size = TEXT.length, rows }: Traffic, room: string): string {
  const data = rows === undefined
    ? TEXT.repeat(Math.ceil(size / TEXT.length)).slice(0, size)
    : rowsOf(rows);
  const args = event === "room" || event === "others" ? [event, room, data] : [event, data];
  return `42${ack ? "1" : ""}${JSON.stringify(args)}`;
}
