import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Adapter, DisconnectedError, type DisconnectReason, type Session } from "../../mod.ts";
import { type JoinedClient, type ServerRig, withServer } from "../kit/memory_client.ts";

/** Connects some clients, and tells how many of them are left. */
async function crowd({ connect }: ServerRig, size: number): Promise<() => number> {
  const clients: JoinedClient[] = [];
  for (let i = 0; i < size; i++) clients.push(await connect());
  return () => clients.filter(({ ws }) => ws.closed === undefined).length;
}

/** Lets time pass, and what follows from it happen. */
async function pass({ time, settle }: ServerRig, ms: number): Promise<void> {
  await time.tickAsync(ms);
  await settle();
}

/** Drains, and tells whether that is over. */
function drain({ io }: ServerRig, within: number): { over: boolean } {
  const state = { over: false };
  io.drain({ within }).then(() => state.over = true);
  return state;
}

Deno.test("drain() lets the clients go one after the other over the period", () =>
  withServer({}, async (rig) => {
    const left = await crowd(rig, 40);
    const state = drain(rig, 10_000);
    const seen: [left: number, over: boolean][] = [];
    for (let n = 0; n < 4; n++) {
      await pass(rig, 2000);
      seen.push([left(), state.over]);
    }
    assertEquals(seen, [[30, false], [20, false], [10, false], [0, true]]);
  }));

Deno.test("drain() refuses new connections with 503, and says when to come again", () =>
  withServer({ cors: { origin: "http://app.example" } }, async (rig) => {
    const { io, base, runtime, connect } = rig;
    await connect();
    drain(rig, 10_000);
    await pass(rig, 4_500);
    const headers = { origin: "http://app.example" };
    const request = new Request(`${base}?EIO=4&transport=polling`, { headers });
    const response = await io.fetch(request, runtime);
    await response.body?.cancel();
    assertEquals([response.status, response.headers.get("retry-after")], [503, "6"]);
    assertEquals(response.headers.get("access-control-allow-origin"), "http://app.example");
    const error = await assertRejects(() => rig.client(), TypeError);
    assertEquals((error.cause as Response).status, 503);
    await pass(rig, 10_000);
  }));

Deno.test("drain() refuses a connection that was being admitted", async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  await withServer({ allowRequest: () => promise }, async (rig) => {
    const request = new Request(`${rig.base}?EIO=4&transport=polling`);
    const response = rig.io.fetch(request, rig.runtime);
    await rig.settle();
    drain(rig, 1_000);
    resolve(true);
    const { status, body } = await response;
    await body?.cancel();
    assertEquals(status, 503);
    await pass(rig, 1_000);
  });
});

Deno.test("drain() lets go last who waits for an acknowledgement, or owes one", () =>
  withServer({}, async (rig) => {
    const { io, connect } = rig;
    const answers: unknown[] = [];
    let answer = (_: string) => {};
    io.on("connection", (socket) => socket.on("work", (ack) => void (answer = ack)));
    const asked = await connect();
    asked.socket.emit("question", (it: unknown) => answers.push(it));
    const asking = await connect();
    asking.send('27["work"]');
    asking.take();
    const idle = await connect();
    drain(rig, 10_000);
    await pass(rig, 9_900);
    assertEquals([idle, asked, asking].map(({ ws }) => ws.closed === undefined), [
      false,
      true,
      true,
    ]);
    asked.send('30["yes"]');
    answer("done");
    await pass(rig, 100);
    assertEquals(answers, ["yes"]);
    assertEquals(asking.take(), ['37["done"]']);
    assertEquals([asked, asking].map(({ ws }) => ws.closed === undefined), [false, false]);
    await pass(rig, 100);
  }));

Deno.test("drain() lets go last who has an event in a middleware", () =>
  withServer({}, async (rig) => {
    const { connect } = rig;
    const { promise, resolve } = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    const client = await connect();
    client.socket.use((_event) => promise);
    client.socket.on("work", () => seen.push("work"));
    client.send('2["work"]');
    drain(rig, 1_000);
    await pass(rig, 900);
    assertEquals([client.ws.closed, seen], [undefined, []]);
    resolve();
    await pass(rig, 150);
    assertEquals([client.ws.closed === undefined, seen], [false, ["work"]]);
  }));

Deno.test("drain() ends with the period, whoever has something under way", () =>
  withServer({}, async (rig) => {
    const { connect } = rig;
    const { socket } = await connect();
    const lost = assertRejects(() => socket.emitWithAck("question"), DisconnectedError);
    const state = drain(rig, 1_000);
    await pass(rig, 950);
    assertEquals(socket.connected, true);
    await pass(rig, 100);
    assertEquals((await lost).reason, "server shutting down");
    assertEquals([socket.connected, state.over], [false, true]);
  }));

Deno.test("drain() is over as soon as all have gone by themselves", () =>
  withServer({}, async (rig) => {
    const { ws } = await rig.connect();
    const state = drain(rig, 10_000);
    ws.close();
    await pass(rig, 50);
    assertEquals(state.over, true);
  }));

Deno.test("drain() ends the sockets of all namespaces for a reason that can be recovered", () =>
  withServer({}, async (rig) => {
    const { io, connect } = rig;
    io.of("/chat");
    const main = await connect();
    const chat = await connect("/chat", undefined, main);
    const reasons: DisconnectReason[] = [];
    for (const { socket } of [main, chat]) {
      socket.on("disconnect", (reason) => void reasons.push(reason));
    }
    drain(rig, 1_000);
    await pass(rig, 1_050);
    assertEquals(reasons, ["server shutting down", "server shutting down"]);
    // No packet tells the client that it was sent away: it would not come back.
    assertEquals(main.take(), []);
  }));

Deno.test("drain() is over when the adapter has kept who was connected", async () => {
  const log: string[] = [];
  const stored = Promise.withResolvers<void>();
  class Slow extends Adapter {
    override async persistSession(_: Omit<Session, "missedPackets">): Promise<void> {
      await stored.promise;
      log.push("kept");
    }
    override close(): void {
      log.push("closed");
    }
  }
  await withServer({ adapter: Slow, connectionStateRecovery: {} }, async (rig) => {
    const client = await rig.client();
    client.send("0");
    const state = drain(rig, 1_000);
    await pass(rig, 1_050);
    assertEquals([log, state.over], [[], false]);
    stored.resolve();
    await rig.settle();
    assertEquals([log, state.over], [["kept", "closed"], true]);
  });
});

Deno.test("drain() lets a client that polls have what was sent before", () =>
  withServer({}, async (rig) => {
    const polling = await rig.poller();
    await (await polling.post("40")).body?.cancel();
    await polling.poll();
    rig.io.emit("news", 1);
    drain(rig, 1_000);
    await pass(rig, 900);
    assertEquals(await polling.poll(), '42["news",1]');
    assertEquals(await polling.poll(), "1");
    await pass(rig, 100);
  }));

Deno.test("drain() ends an upgrade that does not", () =>
  withServer({}, async (rig) => {
    const polling = await rig.poller();
    const candidate = await polling.candidate();
    candidate.send("2probe");
    const state = drain(rig, 1_000);
    await pass(rig, 1_100);
    assertEquals([candidate.closed === undefined, state.over], [false, true]);
  }));

Deno.test("a second drain() changes nothing, and close() cuts the first one short", () =>
  withServer({}, async (rig) => {
    const left = await crowd(rig, 10);
    const states = [drain(rig, 8_000), drain(rig, 100)];
    await pass(rig, 1_000);
    assertEquals([left(), states.map(({ over }) => over)], [8, [false, false]]);
    await rig.io.close();
    await pass(rig, 50);
    assertEquals([left(), states.map(({ over }) => over)], [0, [true, true]]);
  }));

Deno.test("drain() rejects, given what is no period", () =>
  withServer({}, async ({ io, connect }) => {
    for (const within of [0, -1, NaN, Infinity, "soon" as unknown as number]) {
      for (const it of [io, io.engine]) {
        const error = await assertRejects(() => it.drain({ within }), RangeError);
        assertMatch(error.message, /^within must be /);
      }
    }
    await assertRejects(() => io.drain(5 as never), TypeError, "{ within }");
    // Not thrown: one catch() is enough.
    await io.engine.drain(5 as never).catch((error) => assertMatch(error.message, /\{ within \}/));
    await connect();
  }));
