import { assert, assertEquals } from "@std/assert";
import { withEngine } from "../kit/memory_client.ts";

/** How many timers `work` sets. */
async function timersOf(work: () => Promise<void>): Promise<number> {
  const { setTimeout } = globalThis;
  let count = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    count++;
    return setTimeout(...args);
  }) as typeof setTimeout;
  try {
    await work();
    return count;
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}

Deno.test("clients that try a WebSocket share timers", () =>
  withEngine({}, async (rig) => {
    const count = await timersOf(async () => {
      for (let n = 0; n < 50; n++) {
        const socket = await (await rig.poller()).candidate();
        socket.send("2probe");
      }
    });
    assert(count < 10, `${count} timers`);
    rig.time.tick(10_000);
    assertEquals(rig.conns.filter((it) => it.upgrading), []);
  }));

Deno.test("clients over polling that are sent away, and do not ask, share a timer", () =>
  withEngine({}, async (rig) => {
    const count = await timersOf(async () => {
      for (let n = 0; n < 50; n++) {
        await rig.poller();
        rig.conn.close();
      }
    });
    assert(count < 10, `${count} timers`);
    assertEquals(rig.engine.clientsCount, 50);
    rig.time.tick(30_000);
    assertEquals(rig.engine.clientsCount, 0);
  }));
