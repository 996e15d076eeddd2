import type { Plan } from "./plan.ts";
import { Poller } from "./poller.ts";
import { type Sample, watch } from "./window.ts";

const CLIENTS = 50;

/** Clients that send an event and poll its echo, over and over. */
export async function runPolling(plan: Plan): Promise<Sample> {
  const pollers = await Promise.all(
    Array.from({ length: CLIENTS }, () => Poller.connect(plan.port)),
  );
  let cycles = 0;
  const cycle = async (poller: Poller): Promise<never> => {
    const post = poller.post('42["echo","hello, this is a message"]');
    for (;;) {
      await poller.ask(post);
      await poller.poll();
      cycles++;
    }
  };
  return await Promise.race([watch(plan.port, plan, () => cycles), ...pollers.map(cycle)]);
}
