import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { AckTimeoutError } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

Deno.test("a broadcast collects the answers of all clients, in the order they come", () =>
  withServer({}, async ({ io, connect, settle }) => {
    const [a, b, c] = [await connect(), await connect(), await connect()];
    const seen: unknown[][] = [];
    io.timeout(1000).emit("x", 1, (...args: unknown[]) => void seen.push(args));
    for (const it of [a, b, c]) assertEquals(it.take(), ['20["x",1]']);
    b.send('30["b","ignored"]');
    a.send('30["a"]');
    await settle();
    assertEquals(seen, []);
    c.send('30["c"]');
    assertEquals(seen, [[null, ["b", "a", "c"]]]);
  }));

Deno.test("emitWithAck() resolves to the answers, of the sockets it went to", () =>
  withServer({}, async ({ io, connect, settle }) => {
    const [a, b, c] = [await connect(), await connect(), await connect()];
    a.socket.join("room");
    b.socket.join("room");
    const answers = io.to("room").timeout(1000).emitWithAck("x");
    a.send('30["a"]');
    c.send('30["not asked"]');
    b.send('30["b"]');
    assertEquals(await answers, ["a", "b"]);
    assertEquals(c.take(), []);
    const others = a.socket.broadcast.emitWithAck("y");
    await settle();
    b.send("31[1]");
    c.send("31[2]");
    assertEquals(await others, [1, 2]);
  }));

Deno.test("a broadcast that some do not answer fails with the answers of the others", () =>
  withServer({}, async ({ io, connect, time }) => {
    const [a, b] = [await connect(), await connect()];
    const seen: unknown[][] = [];
    io.timeout(1000).emit("x", (...args: unknown[]) => void seen.push(args));
    const answers = io.timeout(1000).emitWithAck("y");
    a.send('30["a"]', '31["a"]');
    time.tick(1000);
    assertEquals(seen.length, 1);
    assertInstanceOf(seen[0]![0], AckTimeoutError);
    assertEquals(seen[0]![1], ["a"]);
    const error = await assertRejects(() => answers, AckTimeoutError, "operation has timed out");
    assertEquals(error.responses, ["a"]);
    b.send('30["late"]', '31["late"]');
    assertEquals(seen.length, 1);
    assertEquals(error.responses, ["a"]);
  }));

Deno.test("a broadcast to nobody is answered at once, by nobody", () =>
  withServer({}, async ({ io, connect }) => {
    assertEquals(await io.timeout(1000).emitWithAck("x"), []);
    const it = await connect();
    assertEquals(await io.to("empty").emitWithAck("x"), []);
    assertEquals(await it.socket.broadcast.emitWithAck("x"), []);
  }));

Deno.test("a client that leaves is not waited for", () =>
  withServer({}, async ({ io, connect, settle }) => {
    const [a, b, c] = [await connect(), await connect(), await connect()];
    const answers = io.timeout(1000).emitWithAck("x");
    const nobody = io.to([b.socket.id, c.socket.id]).timeout(1000).emitWithAck("x");
    await settle();
    a.send('30["a"]');
    b.ws.close();
    c.send("1");
    assertEquals(await answers, ["a"]);
    assertEquals(await nobody, []);
  }));

Deno.test("a broadcast without timeout() waits for ackTimeout", () =>
  withServer({ ackTimeout: 2000 }, async ({ io, connect, time }) => {
    await connect();
    const answers = io.emitWithAck("x");
    let settled = false;
    answers.then(() => {}, () => settled = true);
    await time.tickAsync(1999);
    await time.runMicrotasks();
    assertEquals(settled, false);
    time.tick(1);
    await assertRejects(() => answers, AckTimeoutError);
  }));

Deno.test("a client that answers twice counts once", () =>
  withServer({}, async ({ io, connect, settle }) => {
    const [a, b] = [await connect(), await connect()];
    const answers = io.emitWithAck("x");
    await settle();
    a.send("30[1]", "30[2]");
    b.send("30[3]");
    assertEquals(await answers, [1, 3]);
  }));

Deno.test("a broadcast and a socket's own events do not share an id", () =>
  withServer({}, async ({ io, connect }) => {
    const it = await connect();
    const own = it.socket.emitWithAck("own");
    const all = io.emitWithAck("all");
    assertEquals(it.take(), ['20["own"]', '21["all"]']);
    it.send('31["all"]', '30["own"]');
    assertEquals([await own, await all], ["own", ["all"]]);
  }));

Deno.test("a volatile broadcast does not wait for clients that it was dropped for", () =>
  withServer({}, async ({ io, connect, runtime }) => {
    await connect();
    runtime.buffered = 1_000_000;
    assertEquals(await io.volatile.emitWithAck("x"), []);
  }));

Deno.test("emitWithAck() of a broadcast rejects, given a reserved name or what JSON cannot say", () =>
  withServer({}, async ({ io, connect }) => {
    await connect();
    await assertRejects(() => io.emitWithAck("connect"), Error, "reserved");
    await assertRejects(() => io.to("a").emitWithAck("x", 1n), TypeError);
    assertThrows(() => io.emit("x", 1n, () => {}), TypeError);
  }));

Deno.test("close() settles broadcasts that wait", () =>
  withServer({}, async ({ io, connect }) => {
    const [a] = [await connect(), await connect()];
    const answers = io.emitWithAck("x");
    a.send('30["a"]');
    await io.close();
    assertEquals(await answers, ["a"]);
  }));
