import { Client } from "./client.ts";
import { textFrame } from "./frame.ts";
import type { Plan } from "./plan.ts";
import { type Sample, watch } from "./window.ts";

const JOIN = textFrame('420["join","lobby"]');
const AT_A_TIME = 50;

/** Clients that connect, join a room, and leave. */
export async function runConnects(plan: Plan): Promise<Sample> {
  let done = 0;
  const visit = async (): Promise<never> => {
    for (;;) {
      const client = await Client.connect(plan.port);
      await client.ask(JOIN);
      await client.close();
      done++;
    }
  };
  const visits = Array.from({ length: AT_A_TIME }, visit);
  return await Promise.race([watch(plan.port, plan, () => done), ...visits]);
}
