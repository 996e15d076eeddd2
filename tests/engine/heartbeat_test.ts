import { assertEquals } from "@std/assert";
import { take, withEngine } from "../kit/memory_client.ts";

const OPTIONS = { pingInterval: 1000, pingTimeout: 500 };

Deno.test("the server pings pingInterval after the handshake, and again after each pong", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    let heartbeats = 0;
    rig.conn.on("heartbeat", () => heartbeats++);
    rig.time.tick(999);
    assertEquals(take(socket), []);
    rig.time.tick(1);
    assertEquals(take(socket), ["2"]);
    rig.time.tick(300);
    socket.send("3");
    assertEquals(heartbeats, 1);
    rig.time.tick(999);
    assertEquals(take(socket), []);
    rig.time.tick(1);
    assertEquals(take(socket), ["2"]);
  }));

Deno.test("a session without pong ends after pingTimeout", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await rig.socket();
    rig.time.tick(1499);
    assertEquals(rig.closes, []);
    rig.time.tick(1);
    assertEquals(rig.closes, [["ping timeout", undefined]]);
    assertEquals(rig.conn.readyState, "closed");
    assertEquals(socket.closed !== undefined, true);
  }));

Deno.test("a session over polling that nobody polls ends by its heartbeat", () =>
  withEngine(OPTIONS, async (rig) => {
    await rig.poller();
    rig.time.tick(1500);
    assertEquals(rig.reason, "ping timeout");
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("the heartbeat goes over polling like over a WebSocket", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    rig.time.tick(1000);
    assertEquals(await poll, "2");
    rig.time.tick(400);
    await (await client.post("3")).body?.cancel();
    rig.time.tick(999);
    assertEquals(rig.closes, []);
    rig.time.tick(1);
    assertEquals(await client.poll(), "2");
  }));

Deno.test("another packet instead of the pong prolongs the wait, once", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await rig.socket();
    rig.time.tick(1000);
    rig.time.tick(400);
    socket.send("4busy");
    rig.time.tick(499);
    assertEquals(rig.closes, []);
    socket.send("4busy");
    rig.time.tick(1);
    assertEquals(rig.reason, "ping timeout");
  }));

Deno.test("the wait may be prolonged again in the next interval", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await rig.socket();
    for (let i = 0; i < 3; i++) {
      rig.time.tick(1000);
      rig.time.tick(400);
      socket.send("4busy");
      rig.time.tick(499);
      socket.send("3");
    }
    assertEquals(rig.closes, []);
  }));

Deno.test("messages alone do not keep a session alive", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await rig.socket();
    for (let i = 0; i < 30 && rig.closes.length === 0; i++) {
      rig.time.tick(100);
      socket.send("4still here");
    }
    assertEquals(rig.reason, "ping timeout");
  }));

Deno.test("a thousand unsolicited pongs change nothing: one ping for each interval", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    for (let i = 0; i < 1000; i++) socket.send("3");
    rig.time.tick(1000);
    assertEquals(take(socket), ["2"]);
    for (let i = 0; i < 1000; i++) socket.send("3");
    rig.time.tick(999);
    assertEquals(take(socket), []);
    rig.time.tick(1);
    assertEquals(take(socket), ["2"]);
  }));

Deno.test("unsolicited pongs do not put the next ping off", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    for (let i = 0; i < 10; i++) {
      rig.time.tick(99);
      socket.send("3");
    }
    rig.time.tick(10);
    assertEquals(take(socket), ["2"]);
  }));

Deno.test("a ping of the client's ends the session: in this revision, the server pings", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await rig.socket();
    socket.send("2");
    assertEquals(rig.closes, [[
      "transport error",
      { description: "invalid heartbeat direction" },
    ]]);
  }));

Deno.test("a pong may come over another transport than its ping went", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    rig.time.tick(1000);
    assertEquals(await poll, "2");
    const socket = await rig.upgrade(client);
    rig.time.tick(400);
    socket.send("3");
    take(socket);
    rig.time.tick(1000);
    assertEquals(take(socket), ["2"]);
    assertEquals(rig.closes, []);
  }));

Deno.test("a ping that found no poll goes over the WebSocket the client moves to", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await rig.poller();
    rig.time.tick(1000);
    const socket = await client.candidate();
    socket.send("2probe");
    socket.send("5");
    assertEquals(take(socket), ["3probe", "2"]);
    socket.send("3");
    rig.time.tick(999);
    assertEquals(rig.closes, []);
  }));
