import { assertEquals } from "@std/assert";
import type { CloseReason } from "../../src/engine/mod.ts";
import { type EngineRig, take, withEngine } from "../kit/memory_client.ts";

const WAYS: [reason: CloseReason, end: (rig: EngineRig) => Promise<unknown>][] = [
  ["transport close", async (rig) => (await rig.socket()).close(1000)],
  ["transport close", async (rig) => (await rig.socket()).send("1")],
  ["transport error", async (rig) => (await rig.socket()).send("2")],
  ["transport error", async (rig) => (await rig.socket()).send(new Uint8Array(1_000_001))],
  ["ping timeout", async (rig) => {
    await rig.socket();
    rig.time.tick(45_000);
  }],
  ["parse error", async (rig) => (await rig.socket()).send("x")],
  ["forced close", async (rig) => {
    await rig.socket();
    rig.conn.close();
  }],
  ["forced close", async (rig) => {
    await rig.poller();
    rig.conn.close(true);
  }],
  ["forced close", async (rig) => {
    await rig.socket();
    rig.engine.close();
  }],
];

for (const [index, [reason, end]] of WAYS.entries()) {
  Deno.test(`a session that ends for "${reason}" tells it once (${index})`, () =>
    withEngine({}, async (rig) => {
      await end(rig);
      assertEquals(rig.closes.map(([reason]) => reason), [reason]);
      assertEquals(rig.conn.readyState, "closed");
      assertEquals(rig.engine.clientsCount, 0);
      rig.conn.close();
      rig.conn.close(true);
      rig.time.tick(100_000);
      assertEquals(rig.closes.length, 1);
    }));
}

Deno.test("close() lets what was written before get out, over polls that come later", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.conn.send("a");
    rig.conn.send("b");
    rig.conn.close();
    assertEquals(rig.conn.readyState, "closing");
    assertEquals(await client.poll(), "4a\x1e4b");
    assertEquals(rig.conn.readyState, "closing");
    assertEquals(await client.poll(), "1");
    assertEquals(rig.closes, [["forced close", undefined]]);
  }));

Deno.test("close() lets a message wait for its blob", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    const closed = new Promise((resolve) => rig.conn.on("close", resolve));
    rig.conn.send(new Blob(["abc"]));
    rig.conn.close();
    assertEquals(socket.closed, undefined);
    await closed;
    assertEquals(take(socket), [new TextEncoder().encode("abc")]);
    assertEquals(socket.closed !== undefined, true);
  }));

Deno.test("close(true) drops what waits", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.conn.send("a");
    rig.conn.close(true);
    assertEquals(rig.closes, [["forced close", undefined]]);
    assertEquals((await client.get()).status, 400);
  }));

Deno.test("close(true) ends a session that close() left waiting", () =>
  withEngine({}, async (rig) => {
    await rig.poller();
    rig.conn.send("a");
    rig.conn.close();
    rig.conn.close();
    assertEquals(rig.conn.readyState, "closing");
    rig.conn.close(true);
    assertEquals(rig.reason, "forced close");
  }));

Deno.test("a session that is closing takes no messages, either way", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    rig.conn.send("before");
    rig.conn.close();
    rig.conn.send("after");
    await (await client.post("4late")).body?.cancel();
    assertEquals(seen, []);
    assertEquals([await client.poll(), await client.poll()], ["4before", "1"]);
  }));

Deno.test("a session that is closing and never polled again ends all the same", () =>
  withEngine({}, async (rig) => {
    await rig.poller();
    rig.conn.send("a");
    rig.conn.close();
    rig.time.tick(60_000);
    assertEquals(rig.closes.length, 1);
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("nothing is fired after close", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    const log: string[] = [];
    for (
      const event of ["flush", "drain", "packetCreate", "message", "packet", "heartbeat"] as const
    ) {
      rig.conn.on(event, () => log.push(event));
    }
    rig.conn.on("close", () => log.push("close"));
    socket.send("4a");
    socket.close(1000);
    assertEquals(log, ["packet", "message", "close"]);
    rig.conn.send("b");
    socket.send("4c");
    rig.time.tick(100_000);
    assertEquals(log.length, 3);
  }));

Deno.test("a listener of flush may close: what it was told of is not sent", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    rig.conn.on("flush", () => rig.conn.close(true));
    rig.conn.send("late");
    assertEquals(socket.received.includes("4late"), false);
    assertEquals(rig.closes.length, 1);
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("a listener of close may close again", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    rig.conn.on("close", () => {
      rig.conn.close(true);
      rig.conn.send("too late");
      rig.engine.close();
    });
    take(socket);
    socket.close(1000);
    assertEquals(rig.closes.length, 1);
    assertEquals(take(socket), []);
  }));

Deno.test("engine.close() ends every session, whatever its transport", () =>
  withEngine({}, async (rig) => {
    await rig.poller();
    const moving = await rig.poller();
    const candidate = await moving.candidate();
    const socket = await rig.socket();
    rig.engine.close();
    assertEquals(rig.closes.length, 3);
    assertEquals(rig.engine.clientsCount, 0);
    assertEquals([candidate, socket].every((it) => it.closed !== undefined), true);
  }));

Deno.test("engine.close() refuses handshakes that were being admitted", async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  await withEngine({ allowRequest: () => promise }, async (rig) => {
    const request = rig.request("?EIO=4&transport=polling");
    await rig.settle();
    rig.engine.close();
    resolve(true);
    assertEquals((await request).status, 503);
    assertEquals(rig.conns, []);
  });
});

Deno.test("a session that ends with its very first packet leaves nothing", () =>
  withEngine({ maxBufferedAmount: 10 }, async (rig) => {
    rig.runtime.buffered = 11;
    const socket = await rig.socket();
    assertEquals(socket.closed !== undefined, true);
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("a listener of connection may close at once", () =>
  withEngine({}, async (rig) => {
    rig.engine.on("connection", (conn) => conn.close());
    const socket = await rig.socket();
    assertEquals(socket.closed !== undefined, true);
    const client = await rig.poller();
    assertEquals(await client.poll(), "1");
    assertEquals(rig.closes.map(([reason]) => reason), ["forced close", "forced close"]);
  }));
