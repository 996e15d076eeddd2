import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { take, withEngine } from "../kit/memory_client.ts";

Deno.test("a session moves from polling to a WebSocket", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const log: string[] = [];
    rig.conn.on("upgrading", (transport) => log.push(`upgrading ${transport.name}`));
    rig.conn.on("upgrade", (transport) => log.push(`upgrade ${transport.name}`));
    const poll = client.poll();
    const socket = await client.candidate();
    assertEquals([rig.conn.upgrading, rig.conn.upgraded], [true, false]);
    assertEquals(take(socket), []);

    socket.send("2probe");
    assertEquals(take(socket), ["3probe"]);
    rig.time.tick(10);
    assertEquals(await poll, "6");
    assertEquals(rig.conn.transport.name, "polling");

    socket.send("5");
    assertEquals([rig.conn.upgrading, rig.conn.upgraded], [false, true]);
    assertEquals(rig.conn.transport.name, "websocket");
    assertEquals(log, ["upgrading websocket", "upgrade websocket"]);

    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    socket.send("4in");
    rig.conn.send("out");
    assertEquals(seen, ["in"]);
    assertEquals(take(socket), ["4out"]);
    assertEquals((await client.get()).status, 400);
    socket.close(1000);
    assertEquals(rig.reason, "transport close");
  }));

Deno.test("a poll that is sent after the probe is ended, too", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const socket = await client.candidate();
    socket.send("2probe");
    rig.time.tick(10);
    const late = client.poll();
    await rig.settle();
    rig.time.tick(100);
    assertEquals(await late, "6");
    const later = client.poll();
    await rig.settle();
    rig.time.tick(100);
    assertEquals(await later, "6");
  }));

Deno.test("a poll that waits while the client moves is answered with a noop", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    await rig.upgrade(client);
    assertEquals(await poll, "6");
  }));

Deno.test("messages sent while a client moves arrive once, in order", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const polled: string[] = [];
    rig.conn.send("1");
    const socket = await client.candidate();
    rig.conn.send("2");
    socket.send("2probe");
    assertEquals(take(socket), ["3probe"]);
    rig.conn.send("3");
    polled.push(await client.poll());
    rig.conn.send("4");
    rig.time.tick(10);
    rig.conn.send("5");
    socket.send("5");
    rig.conn.send("6");
    assertEquals(polled, ["41\x1e42\x1e43"]);
    assertEquals(take(socket), ["44", "45", "46"]);
  }));

Deno.test("a message handed to a poll in the turn of the move is not lost", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    const socket = await client.candidate();
    socket.send("2probe");
    rig.conn.send("a");
    socket.send("5");
    rig.conn.send("b");
    assertEquals(await poll, "4a");
    assertEquals(take(socket), ["3probe", "4b"]);
  }));

Deno.test("posts go on to be taken until the client moves", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    const socket = await client.candidate();
    socket.send("2probe");
    assertEquals((await client.post("4a")).status, 200);
    socket.send("5");
    socket.send("4b");
    assertEquals(seen, ["a", "b"]);
  }));

Deno.test("a post that is unfinished when the client moves does not end the session", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const post = client.post(new ReadableStream());
    await rig.settle();
    const socket = await rig.upgrade(client);
    assertEquals((await post).status, 400);
    assertEquals(rig.closes, []);
    rig.conn.send("alive");
    assertEquals(take(socket), ["4alive"]);
  }));

Deno.test("a trial that sends anything but probe and upgrade is over, and the session goes on", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    for (const frame of ["4a", "3", "2", "2other", "1", "6", "x", "", new Uint8Array([1])]) {
      const socket = await client.candidate();
      assertEquals(rig.conn.upgrading, true);
      socket.send(frame);
      assertEquals(socket.closed !== undefined, true);
      assertEquals(rig.conn.upgrading, false);
    }
    rig.conn.send("here");
    assertEquals(await client.poll(), "4here");
    assertEquals(rig.closes, []);
  }));

Deno.test("a trial with a message over the limit is over, and the session goes on", () =>
  withEngine({ maxHttpBufferSize: 100 }, async (rig) => {
    const client = await rig.poller();
    const socket = await client.candidate();
    socket.send("2probe" + "x".repeat(100));
    assertEquals(socket.closed?.code, 1009);
    assertEquals([rig.conn.upgrading, rig.conn.readyState], [false, "open"]);
  }));

Deno.test("five trials that the client abandons do not keep it from a sixth", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    for (let i = 0; i < 5; i++) {
      const abandoned = await client.candidate();
      if (i % 2 === 0) abandoned.send("2probe");
      abandoned.close(1006);
      assertEquals(rig.conn.upgrading, false);
    }
    const socket = await rig.upgrade(client);
    rig.conn.send("moved");
    assertEquals(take(socket), ["4moved"]);
    assertEquals(rig.conn.upgraded, true);
  }));

Deno.test("a trial that takes longer than upgradeTimeout is over", () =>
  withEngine({ upgradeTimeout: 1000 }, async (rig) => {
    const client = await rig.poller();
    const socket = await client.candidate();
    socket.send("2probe");
    rig.time.tick(999);
    assertEquals(rig.conn.upgrading, true);
    rig.time.tick(1);
    assertEquals(rig.conn.upgrading, false);
    assertEquals(socket.closed !== undefined, true);
    await rig.upgrade(client);
    assertEquals(rig.conn.upgraded, true);
    rig.time.tick(2000);
    assertEquals(rig.closes, []);
  }));

Deno.test("a second candidate is refused while the first is tried", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const first = await client.candidate();
    const error = await assertRejects(() => client.candidate(), TypeError);
    assertInstanceOf(error.cause, Response);
    assertEquals(error.cause.status, 400);
    assertEquals(rig.refused[0]?.context.name, "TRANSPORT_MISMATCH");
    first.send("2probe");
    first.send("5");
    assertEquals(rig.conn.upgraded, true);
  }));

Deno.test("of two candidates that are on their way together, the later is closed", () =>
  withEngine({ editResponseHeaders: async () => await Promise.resolve() }, async (rig) => {
    const client = await rig.poller();
    // Of one runtime each: they are past the checks before either of them is open.
    const url = client.url.replace("transport=polling", "transport=websocket");
    const [first, second] = await Promise.all([
      new MemoryRuntime().connect(rig.engine, url),
      new MemoryRuntime().connect(rig.engine, url),
    ]);
    assertEquals(first.closed, undefined);
    assertEquals(second.closed !== undefined, true);
    first.send("2probe");
    first.send("5");
    assertEquals(rig.conn.upgraded, true);
  }));

Deno.test("a trial whose client reads no answers is over, and the session goes on", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const socket = await client.candidate();
    rig.runtime.buffered = 1_000_000;
    let probes = 0;
    while (socket.closed === undefined && probes < 100_000) {
      socket.send("2probe");
      probes++;
    }
    assertEquals([socket.closed !== undefined, probes === socket.received.length], [true, true]);
    assertEquals([rig.conn.upgrading, rig.conn.readyState], [false, "open"]);
    const poll = client.poll();
    // Nobody ends the poll for a client that does not move.
    await rig.time.tickAsync(200);
    rig.conn.send("here");
    assertEquals(await poll, "4here");
  }));

Deno.test("a trial ends with its session", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    const socket = await client.candidate();
    socket.send("2probe");
    rig.conn.close();
    assertEquals(await poll, "1");
    assertEquals(socket.closed !== undefined, true);
    assertEquals(rig.reason, "forced close");
  }));

Deno.test("a session that is closing when the client moves tells it over the WebSocket", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const socket = await client.candidate();
    socket.send("2probe");
    rig.conn.close();
    assertEquals(rig.conn.readyState, "closing");
    socket.send("5");
    assertEquals(socket.closed !== undefined, true);
    assertEquals(rig.reason, "forced close");
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("what waited when the session was closed arrives over the WebSocket, then the end", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const socket = await client.candidate();
    socket.send("2probe");
    rig.conn.send("last words");
    rig.conn.close();
    socket.send("5");
    assertEquals(take(socket), ["3probe", "4last words"]);
    assertEquals(socket.closed !== undefined, true);
    assertEquals(rig.reason, "forced close");
  }));

Deno.test("a WebSocket whose session ended before it was open is closed", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.engine.on("headers", () => rig.conn.close(true));
    const socket = await client.candidate();
    assertEquals(socket.closed !== undefined, true);
    assertEquals(rig.closes.length, 1);
  }));

Deno.test("a client that leaves after the probe and before the move stays on polling", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const socket = await client.candidate();
    socket.send("2probe");
    socket.close(1006);
    rig.time.tick(5000);
    rig.conn.send("here");
    assertEquals(await client.poll(), "4here");
  }));
