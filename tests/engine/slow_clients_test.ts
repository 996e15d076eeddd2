import { assertEquals } from "@std/assert";
import type { SlowClientPolicy } from "../../mod.ts";
import { type EngineRig, take, withEngine } from "../kit/memory_client.ts";

const HIGH_WATER = 256 * 1024;
const PIECE = "x".repeat(HIGH_WATER);

/** Opens a WebSocket whose client reads nothing more, and fills what the runtime takes. */
async function stall(rig: EngineRig): Promise<Awaited<ReturnType<EngineRig["socket"]>>> {
  const socket = await rig.socket();
  rig.runtime.buffered = HIGH_WATER + 1;
  rig.conn.send(PIECE);
  take(socket);
  return socket;
}

/** Lets the client read everything. */
function read(rig: EngineRig): void {
  rig.runtime.buffered = 0;
  rig.time.tick(64);
}

Deno.test("what a WebSocket that does not read is sent waits, and follows in order", () =>
  withEngine({}, async (rig) => {
    const socket = await stall(rig);
    for (const it of ["a", "b", "c"]) rig.conn.send(it);
    rig.time.tick(1000);
    assertEquals([take(socket), rig.conn.writeBuffer.length], [[], 3]);
    rig.runtime.buffered = 0;
    rig.conn.send("d");
    read(rig);
    assertEquals(take(socket), ["4a", "4b", "4c", "4d"]);
    rig.conn.send("e");
    assertEquals(take(socket), ["4e"]);
  }));

Deno.test("a WebSocket that stalls again and again gets everything once", () =>
  withEngine({}, async (rig) => {
    const socket = await stall(rig);
    const seen: unknown[] = [];
    for (let n = 0; n < 5; n++) rig.conn.send(`${n}${PIECE}`);
    for (let n = 0; n < 5; n++) {
      // The network takes one piece, and is full when the next one comes.
      rig.runtime.buffered = HIGH_WATER;
      const { received } = socket;
      const full = setInterval(() => {
        if (received.length > 0) rig.runtime.buffered = HIGH_WATER + 1;
      }, 1);
      rig.time.tick(64);
      clearInterval(full);
      seen.push(...take(socket).map((it) => it[1]));
    }
    read(rig);
    seen.push(...take(socket).map((it) => it[1]));
    assertEquals(seen, ["0", "1", "2", "3", "4"]);
  }));

Deno.test("bufferedAmount tells what waits, here and with the runtime", () =>
  withEngine({}, async (rig) => {
    await rig.poller();
    assertEquals(rig.conn.bufferedAmount, 0);
    rig.conn.send("abc");
    rig.conn.send(new Uint8Array(7));
    assertEquals(rig.conn.bufferedAmount, 10);
    await stall(rig);
    assertEquals(rig.conn.bufferedAmount, HIGH_WATER + 1);
    rig.conn.send("abc");
    assertEquals(rig.conn.bufferedAmount, HIGH_WATER + 4);
    rig.runtime.buffered = 0;
    rig.conn.close(true);
    assertEquals(rig.conn.bufferedAmount, 0);
  }));

Deno.test("drained() is resolved at once while little waits, and later when the client has read", () =>
  withEngine({}, async (rig) => {
    await rig.socket();
    await rig.conn.drained();
    rig.runtime.buffered = 64 * 1024 + 1;
    let drained = false;
    rig.conn.drained().then(() => drained = true);
    await rig.time.tickAsync(1000);
    await rig.settle();
    assertEquals(drained, false);
    rig.runtime.buffered--;
    await rig.time.tickAsync(64);
    await rig.settle();
    assertEquals(drained, true);
  }));

Deno.test("drained() waits for a poll", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.conn.send("a");
    let drained = false;
    rig.conn.drained().then(() => drained = true);
    await rig.time.tickAsync(1000);
    await rig.settle();
    assertEquals(drained, false);
    await client.poll();
    await rig.time.tickAsync(64);
    await rig.settle();
    assertEquals(drained, true);
  }));

Deno.test("drained() is resolved when the connection ends", () =>
  withEngine({}, async (rig) => {
    await stall(rig);
    let drained = false;
    rig.conn.drained().then(() => drained = true);
    rig.conn.close(true);
    await rig.time.tickAsync(64);
    await rig.settle();
    assertEquals(drained, true);
  }));

Deno.test("close() lets a WebSocket that has stalled have what was sent before", () =>
  withEngine({}, async (rig) => {
    const socket = await stall(rig);
    rig.conn.send("last");
    rig.conn.close();
    rig.time.tick(1000);
    assertEquals([rig.conn.readyState, socket.closed], ["closing", undefined]);
    read(rig);
    assertEquals(take(socket), ["4last"]);
    assertEquals([rig.reason, socket.closed !== undefined], ["forced close", true]);
  }));

Deno.test("a client that never reads again is given up by the heartbeat, also while it is closed", () =>
  withEngine({}, async (rig) => {
    await stall(rig);
    rig.conn.send("last");
    rig.conn.close();
    rig.time.tick(45_000);
    assertEquals(rig.reason, "ping timeout");
  }));

Deno.test("slowClients: drop-volatile keeps who is above maxBufferedAmount", () =>
  withEngine({ maxBufferedAmount: 1000, slowClients: "drop-volatile" }, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    rig.runtime.buffered = 1001;
    for (let n = 0; n < 20; n++) rig.conn.send("x".repeat(999));
    assertEquals(rig.closes, []);
    read(rig);
    assertEquals(take(socket).length, 20);
  }));

Deno.test("slowClients: a function decides about each client", async () => {
  const asked: number[] = [];
  let policy: SlowClientPolicy = "drop-volatile";
  const slowClients = (conn: { bufferedAmount: number }) => {
    asked.push(conn.bufferedAmount);
    return policy;
  };
  await withEngine({ maxBufferedAmount: 1000, slowClients }, async (rig) => {
    await rig.poller();
    rig.conn.send("x".repeat(999));
    assertEquals(asked, []);
    rig.conn.send("yy");
    assertEquals([asked, rig.closes], [[1001], []]);
    policy = "close";
    rig.conn.send("z");
    assertEquals([asked, rig.reason], [[1001, 1002], "transport error"]);
  });
});

Deno.test("slowClients: a function that throws is reported, and the client closed", async () => {
  const slowClients = () => {
    throw new Error("undecided");
  };
  await withEngine({ maxBufferedAmount: 1000, slowClients }, async (rig) => {
    await rig.poller();
    rig.conn.send("x".repeat(1001));
    assertEquals(rig.reason, "transport error");
    assertEquals(rig.faults.splice(0).map(String), ["Error: undecided"]);
  });
});
