import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { AckTimeoutError, DisconnectedError, type Socket } from "../../mod.ts";
import { Deadlines } from "../../src/engine/deadlines.ts";
import { Acks } from "../../src/socket/acks.ts";
import { withServer } from "../kit/memory_client.ts";

// How a client acknowledges: by the server's answer to an event of the client's.

Deno.test("a client's event with an id brings a function that answers it", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const it = await connect();
    it.socket.on("x", (value, ack) => ack(value + 1, "b"));
    it.send('25["x",1]', '2007["x",2]', '2123456789012["x",3]');
    assertEquals(it.take(), ['35[2,"b"]', '37[3,"b"]', '3123456789012[4,"b"]']);
    const other = await connect("/a", undefined, it);
    other.socket.on("y", (ack) => ack());
    it.send('2/a,0["y"]');
    assertEquals(it.take(), ["3/a,0[]"]);
  }));

Deno.test("an event without an id brings no function", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const seen: unknown[] = [];
    it.socket.on("x", (...args) => void seen.push(args));
    it.send('2["x",1]');
    assertEquals(seen, [[1]]);
  }));

Deno.test("an answer may carry bytes, and a client may answer with some", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.socket.on("x", (bytes: Uint8Array, ack) => ack(bytes.toReversed()));
    it.send('51-3["x",{"_placeholder":true,"num":0}]', new Uint8Array([1, 2]));
    assertEquals(it.take(), ['61-3[{"_placeholder":true,"num":0}]', new Uint8Array([2, 1])]);
    const answer = it.socket.emitWithAck("y");
    it.send('61-0[{"_placeholder":true,"num":0}]', new Uint8Array([5]));
    assertEquals(await answer, new Uint8Array([5]));
  }));

Deno.test("an event is answered once, however often its function is called", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.socket.on("x", (ack) => {
      ack(1);
      ack(2);
    });
    it.send('20["x"]');
    assertEquals(it.take(), ["30[1]"]);
  }));

Deno.test("an answer after the socket has left is dropped", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const main = await connect();
    const it = await connect("/a", undefined, main);
    let answer: ((value: number) => void) | undefined;
    it.socket.on("x", (ack) => void (answer = ack));
    it.send('2/a,0["x"]');
    it.socket.disconnect();
    main.take();
    answer!(1);
    assertEquals(main.take(), []);
  }));

Deno.test("an answer that JSON cannot say is a fault of its handler's", () =>
  withServer({}, async ({ connect, faults }) => {
    const it = await connect();
    it.socket.on("x", (ack) => ack(1n));
    it.send('20["x"]');
    assertEquals(faults.splice(0).map(([error]) => error instanceof TypeError), [true]);
    assertEquals(it.take(), []);
    assert(it.socket.connected);
  }));

// How the server is acknowledged.

Deno.test("emit() with a function is acknowledged by id, in any order", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const seen: unknown[] = [];
    it.socket.emit("x", 1, (...args: unknown[]) => void seen.push(["x", ...args]));
    it.socket.emit("y", (...args: unknown[]) => void seen.push(["y", ...args]));
    assertEquals(it.take(), ['20["x",1]', '21["y"]']);
    it.send('31["second",2]', "30[]");
    assertEquals(seen, [["y", "second", 2], ["x"]]);
  }));

Deno.test("the ids count on over all sockets of a namespace, and start anew in the next", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const first = await connect();
    const second = await connect();
    const other = await connect("/a", undefined, first);
    for (const it of [first, second, first, other]) it.socket.emit("x", () => {});
    assertEquals(first.take(), ['20["x"]', '22["x"]', '2/a,0["x"]']);
    assertEquals(second.take(), ['21["x"]']);
  }));

Deno.test("a second acknowledgement of an id, and one that nobody waits for, are ignored", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const other = await connect();
    let called = 0;
    it.socket.emit("x", () => void called++);
    other.send("30[]");
    assertEquals(called, 0);
    it.send("30[]", "30[]", "31[]", "3999999999999[]");
    assertEquals(called, 1);
    assertEquals(it.socket.connected, true);
  }));

Deno.test("timeout() puts an error or null before what the client answers", () =>
  withServer({}, async ({ connect, time }) => {
    const it = await connect();
    const seen: unknown[][] = [];
    it.socket.timeout(1000).emit("x", (...args: unknown[]) => void seen.push(args));
    it.socket.timeout(1000).emit("y", (...args: unknown[]) => void seen.push(args));
    it.send('30["answer",2]');
    assertEquals(seen.splice(0), [[null, "answer", 2]]);
    time.tick(999);
    assertEquals(seen, []);
    time.tick(1);
    const [args] = seen;
    assertEquals(args!.length, 1);
    assertInstanceOf(args![0], AckTimeoutError);
    assertEquals(args![0].message, "operation has timed out");
    it.send('31["late"]');
    assertEquals(seen.length, 1);
  }));

Deno.test("emitWithAck() resolves to the first argument of the answer", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const plain = it.socket.emitWithAck("x", 1);
    const timed = it.socket.timeout(1000).emitWithAck("y");
    assertEquals(it.take(), ['20["x",1]', '21["y"]']);
    it.send('31["b","ignored"]', '30["a"]');
    assertEquals([await plain, await timed], ["a", "b"]);
  }));

Deno.test("emitWithAck() rejects, given a client that does not answer in time", () =>
  withServer({}, async ({ connect, time }) => {
    const it = await connect();
    const answer = it.socket.timeout(1000).emitWithAck("x");
    time.tick(1000);
    await assertRejects(() => answer, AckTimeoutError, "operation has timed out");
  }));

Deno.test("emitWithAck() rejects when the socket is disconnected, with the reason", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const plain = it.socket.emitWithAck("x");
    const timed = it.socket.timeout(1000).emitWithAck("x");
    it.send("1");
    for (const answer of [plain, timed]) {
      const error = await assertRejects(() => answer, DisconnectedError);
      assertEquals(error.message, "socket has been disconnected");
      assertEquals(error.reason, "client namespace disconnect");
    }
  }));

Deno.test("emitWithAck() of a socket that has left rejects at once", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.ws.close(1001);
    const error = await assertRejects(() => it.socket.emitWithAck("x"), DisconnectedError);
    assertEquals(error.reason, "transport close");
    const timed = () => it.socket.timeout(1000).emitWithAck("x");
    await assertRejects(timed, DisconnectedError);
  }));

Deno.test("emitWithAck() rejects, given what JSON cannot say", () =>
  withServer({}, async ({ connect }) => {
    const { socket } = await connect();
    await assertRejects(() => socket.emitWithAck("x", 1n), TypeError);
  }));

Deno.test("when the client leaves, a plain function is dropped and a timed one told", () =>
  withServer({}, async ({ connect, time }) => {
    const it = await connect();
    const seen: unknown[][] = [];
    it.socket.emit("x", (...args: unknown[]) => void seen.push(["plain", ...args]));
    it.socket.timeout(1000).emit("x", (...args: unknown[]) => void seen.push(["timed", ...args]));
    it.ws.close();
    assertEquals(seen.length, 1);
    assertEquals(seen[0]![0], "timed");
    assertInstanceOf(seen[0]![1], DisconnectedError);
    time.tick(5000);
    assertEquals(seen.length, 1);
  }));

Deno.test("an acknowledgement comes also while the socket is being disconnected", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const log: string[] = [];
    it.socket.timeout(1000).emit("x", (error: Error | null) => void log.push(error!.name));
    it.socket.on("disconnecting", () => void log.push("disconnecting"));
    it.socket.on("disconnect", () => void log.push("disconnect"));
    it.send("1");
    assertEquals(log, ["disconnecting", "DisconnectedError", "disconnect"]);
  }));

Deno.test("a function that throws or rejects on an acknowledgement is reported", () =>
  withServer({}, async ({ connect, faults, settle }) => {
    const it = await connect();
    it.socket.emit("x", () => {
      throw new Error("thrown");
    });
    it.socket.emit("x", () => Promise.reject(new Error("rejected")));
    it.send("30[]", "31[]");
    await settle();
    const [thrown, rejected, ...others] = faults.splice(0);
    assertEquals([String(thrown![0]), String(rejected![0])], ["Error: thrown", "Error: rejected"]);
    assertStrictEquals(thrown![1], it.socket);
    assertEquals(others, []);
    assert(it.socket.connected);
  }));

Deno.test("thousands of acknowledgements that time out leave no timer and nobody waiting", () =>
  withServer({}, async ({ io, connect, time }) => {
    const it = await connect();
    let told = 0;
    const socket: Socket = it.socket;
    for (let i = 0; i < 2000; i++) socket.timeout(100).emit("x", () => void told++);
    for (let i = 0; i < 100; i++) io.timeout(100).emit("x", () => void told++);
    time.tick(100);
    assertEquals(told, 2100);
    for (let id = 0; id < 2100; id++) it.send(`3${id}[]`);
    it.send("1");
    assertEquals(told, 2100);
  }));

Deno.test("acknowledgements with one timeout share a timer, since workerd has no more than 10,000", () =>
  withServer({}, async ({ io, connect, time }) => {
    const it = await connect();
    const socket: Socket = it.socket;
    let told = 0;
    const { setTimeout } = globalThis;
    const lengths: unknown[] = [];
    globalThis.setTimeout = ((callback: () => void, ms: number) => {
      lengths.push(ms);
      return setTimeout(callback, ms);
    }) as typeof setTimeout;
    try {
      for (let i = 0; i < 1000; i++) socket.timeout(100).emit("x", () => void told++);
      for (let i = 0; i < 1000; i++) io.timeout(200).emit("y", () => void told++);
    } finally {
      globalThis.setTimeout = setTimeout;
    }
    assertEquals(lengths, [100, 200]);
    time.tick(100);
    assertEquals(told, 1000);
    time.tick(100);
    assertEquals(told, 2000);
  }));

Deno.test("Acks keeps nothing of what is settled, dropped, overdue or closed", () => {
  using time = new FakeTime();
  const acks = new Acks();
  const [short, long] = [new Deadlines(100), new Deadlines(200)];
  const log: unknown[] = [];
  const note = (name: string) => (error: Error | null, args: unknown[]): void => {
    log.push([name, error?.name, ...args]);
  };
  for (const [id, name] of ["settled", "dropped", "overdue"].entries()) {
    acks.add(id, note(name), short);
  }
  acks.add(3, note("closed"), long);
  acks.add(4, note("closed without timeout"), undefined);
  assertEquals(acks.size, 5);
  acks.settle(0, [1]);
  acks.settle(0, [2]);
  acks.drop(1);
  assertEquals(acks.size, 3);
  time.tick(100);
  assertEquals(acks.size, 2);
  acks.close("bye");
  acks.close("bye");
  assertEquals(acks.size, 0);
  assertEquals(log, [
    ["settled", undefined, 1],
    ["overdue", "AckTimeoutError"],
    ["closed", "DisconnectedError"],
    ["closed without timeout", "DisconnectedError"],
  ]);
  assertEquals(time.next(), false);
});

Deno.test("timeout throws, given what no timer can wait", () =>
  withServer({}, async ({ io, connect }) => {
    const { socket } = await connect();
    const [remote] = await io.fetchSockets();
    for (const ms of [Infinity, 2 ** 31, NaN, -1, -Infinity, "5", undefined] as number[]) {
      for (const it of [socket, io, io.to("a"), socket.broadcast, io.of("/"), remote!]) {
        assertThrows(
          () => it.timeout(ms),
          RangeError,
          "timeout() needs milliseconds from 0 to 2147483647",
        );
      }
    }
  }));

Deno.test("timeout takes any time from 0 to the longest that a timer can wait", () =>
  withServer({}, async ({ time, connect }) => {
    const { socket } = await connect();
    const soon = socket.timeout(0).emitWithAck("x");
    const late = socket.timeout(2 ** 31 - 1).emitWithAck("y");
    late.catch(() => {});
    await time.tickAsync(1);
    await assertRejects(() => soon, AckTimeoutError);
    assertEquals(socket.connected, true);
    socket.disconnect();
    await assertRejects(() => late, DisconnectedError);
  }));

Deno.test("an answer that cannot be written may be followed by one that can", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.socket.on("x", (ack) => {
      assertThrows(() => ack(1n), TypeError);
      ack("failed");
      ack("twice");
    });
    it.send('25["x"]');
    assertEquals(it.take(), ['35["failed"]']);
  }));
