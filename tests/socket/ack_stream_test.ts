import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AckTimeoutError, type BroadcastAnswer } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

Deno.test("emitWithAckStream() gives each answer as it comes, with whose it is, and ends", () =>
  withServer({}, async ({ io, connect }) => {
    const [a, b] = [await connect(), await connect()];
    const answers = io.emitWithAckStream("vote", "tabs?")[Symbol.asyncIterator]();
    assertEquals(a.take(), ['20["vote","tabs?"]']);
    b.send('30["no"]');
    assertEquals(await answers.next(), { done: false, value: { id: b.socket.id, response: "no" } });
    a.send('30["yes"]');
    assertEquals(await answers.next(), {
      done: false,
      value: { id: a.socket.id, response: "yes" },
    });
    assertEquals((await answers.next()).done, true);
  }));

Deno.test("emitWithAckStream() keeps what came before anybody read", () =>
  withServer({}, async ({ io, connect }) => {
    const [a, b] = [await connect(), await connect()];
    const stream = io.emitWithAckStream("x");
    a.send("30[1]");
    b.send("30[2]");
    const seen: BroadcastAnswer<unknown>[] = [];
    for await (const it of stream) seen.push(it);
    assertEquals(seen.map((it) => it.response), [1, 2]);
  }));

Deno.test("emitWithAckStream() to nobody, or to who leaves, ends", () =>
  withServer({}, async ({ io, connect, settle }) => {
    for await (const _ of io.to("nobody").emitWithAckStream("x")) throw new Error("an answer");
    const it = await connect();
    const stream = io.emitWithAckStream("x");
    await settle();
    it.ws.close();
    for await (const _ of stream) throw new Error("an answer");
  }));

for (const read of [true, false]) {
  const when = read ? "when it was read" : "before it is read";
  Deno.test(`emitWithAckStream() fails after what came in time, ${when}`, () =>
    withServer({}, async ({ io, connect, time, settle }) => {
      const [a] = [await connect(), await connect()];
      const answers = io.timeout(1000).emitWithAckStream("x")[Symbol.asyncIterator]();
      await settle();
      a.send("30[1]");
      if (!read) time.tick(1000);
      assertEquals((await answers.next()).value?.response, 1);
      if (read) time.tick(1000);
      await assertRejects(() => answers.next(), AckTimeoutError);
    }));
}

Deno.test("who stops reading waits for no more answers", () =>
  withServer({}, async ({ io, connect, settle }) => {
    const [a, b] = [await connect(), await connect()];
    const stream = io.timeout(1000).emitWithAckStream("x");
    await settle();
    a.send("30[1]");
    for await (const _ of stream) break;
    b.send("30[2]");
    // The rig fails the test if the timer is left.
  }));

Deno.test("emitWithAckStream() refuses reserved names at once", () =>
  withServer({}, ({ io }) => {
    assertThrows(() => io.emitWithAckStream("disconnect"), Error, "reserved");
  }));
