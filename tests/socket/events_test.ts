import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { PacketType } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

Deno.test("events reach their listeners with their arguments, in order", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const seen: unknown[] = [];
    it.socket.on("a", (...args) => void seen.push(args));
    it.send('2["a"]', '2["a",1,"b",null,{"c":[true]}]', '2["other"]');
    assertEquals(seen, [[], [1, "b", null, { c: [true] }]]);
  }));

Deno.test("a listener's this is the socket", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    let self: unknown;
    it.socket.on("a", function (this: unknown) {
      self = this;
    });
    it.send('2["a"]');
    assertStrictEquals(self, it.socket);
  }));

Deno.test("events have arguments of their own for each listener to keep", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const kept: unknown[][] = [];
    it.socket.on("a", (...args) => void kept.push(args));
    it.send('2["a",{"n":1}]', '2["a",{"n":2}]');
    assertEquals(kept, [[{ n: 1 }], [{ n: 2 }]]);
  }));

Deno.test("binary arrives as Uint8Array, wherever it stood", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const seen: unknown[] = [];
    it.socket.on("a", (...args) => void seen.push(args));
    it.send(
      '52-["a",{"x":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":0}]',
      new Uint8Array([1]),
      new Uint8Array([2, 3]),
    );
    assertEquals(seen, [[{ x: new Uint8Array([2, 3]) }, new Uint8Array([1])]]);
  }));

Deno.test("emit() sends an event, and returns true", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const it = await connect();
    assertEquals(it.socket.emit("x", 1, "ü", { a: [null] }), true);
    assertEquals(it.take(), ['2["x",1,"ü",{"a":[null]}]']);
    const other = await connect("/a", undefined, it);
    other.socket.emit("x");
    assertEquals(it.take(), ['2/a,["x"]']);
  }));

Deno.test("emit() sends bytes behind their packet, and leaves the caller's values alone", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const value = { bytes: new Uint8Array([1, 2]), list: [new Uint8Array([3]).buffer] };
    it.socket.emit("x", value);
    assertEquals(it.take(), [
      '52-["x",{"bytes":{"_placeholder":true,"num":0},"list":[{"_placeholder":true,"num":1}]}]',
      new Uint8Array([1, 2]),
      new Uint8Array([3]),
    ]);
    assertEquals(value.bytes, new Uint8Array([1, 2]));
  }));

Deno.test("emit() sends a blob in its place", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.socket.emit("x", new Blob(["abc"]));
    const sent = new Promise<void>((resolve) => it.socket.conn.once("drain", resolve));
    it.socket.emit("y");
    await sent;
    assertEquals(it.take(), [
      '51-["x",{"_placeholder":true,"num":0}]',
      new TextEncoder().encode("abc"),
      '2["y"]',
    ]);
  }));

Deno.test("send() and write() send the event message", () =>
  withServer({}, async ({ io, connect }) => {
    const it = await connect();
    assertStrictEquals(it.socket.send("a", 1), it.socket);
    assertStrictEquals(it.socket.write("b"), it.socket);
    io.send("c");
    io.write("d");
    io.sockets.send("e");
    assertEquals(
      it.take(),
      ["a", "b", "c", "d", "e"].map((text) =>
        text === "a" ? '2["message","a",1]' : `2["message","${text}"]`
      ),
    );
  }));

Deno.test("emit() throws, given a reserved name", () =>
  withServer({}, async ({ io, connect }) => {
    const { socket } = await connect();
    const names = [
      "connect",
      "connect_error",
      "disconnect",
      "disconnecting",
      "newListener",
      "removeListener",
    ];
    for (const name of names) {
      const message = `"${name}" is a reserved event name`;
      assertThrows(() => socket.emit(name), Error, message);
      assertThrows(() => io.emit(name), Error, message);
      assertThrows(() => io.of("/a").emit(name), Error, message);
      assertThrows(() => socket.broadcast.emit(name), Error, message);
      assertThrows(() => io.to("room").emit(name), Error, message);
    }
  }));

Deno.test("emit() and its like throw, given no name of an event", () =>
  withServer({}, async ({ io, connect }) => {
    const { socket } = await connect();
    for (const [given, shown] of [[undefined, "undefined"], [{}, "an object"], [true, "true"]]) {
      const name = given as string;
      const message = `an event needs a name, got ${shown}`;
      assertThrows(() => socket.emit(name), TypeError, message);
      assertThrows(() => io.to("room").emit(name, 1), TypeError, message);
      assertThrows(() => io.serverSideEmit(name), TypeError, message);
      await assertRejects(() => socket.emitWithAck(name), TypeError, message);
      await assertRejects(() => io.emitWithAck(name), TypeError, message);
    }
  }));

Deno.test("emit() throws, given what JSON cannot say, and leaves nothing behind", () =>
  withServer({}, async ({ io, connect, time }) => {
    const it = await connect();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const value of [1n, cycle, [new Uint8Array([1]), 1n]]) {
      const ack = () => {
        throw new Error("called");
      };
      assertThrows(() => it.socket.emit("x", value), TypeError);
      assertThrows(() => it.socket.timeout(1000).emit("x", value, ack), TypeError);
      assertThrows(() => io.emit("x", value), TypeError);
      assertThrows(() => io.timeout(1000).emit("x", value, ack), TypeError);
    }
    assertEquals(it.take(), []);
    time.tick(10_000);
    it.socket.emit("y");
    assertEquals(it.take(), ['2["y"]']);
  }));

Deno.test("emit() sends at once, also in the listener of connection and before the answer", () =>
  withServer({}, async ({ io, client }) => {
    io.use((socket, next) => {
      assertEquals(socket.connected, false);
      next();
    });
    io.on("connection", (socket) => {
      assertEquals(socket.connected, true);
      socket.emit("x");
    });
    const it = await client();
    it.send("0");
    const [answer, event] = it.take();
    assertMatch(String(answer), /^0/);
    assertEquals(event, '2["x"]');
  }));

Deno.test("emit() of a socket that has left sends nothing, and returns true", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.send("1");
    assertEquals(it.socket.emit("x"), true);
    assertEquals(it.take(), []);
  }));

Deno.test("flags hold for one emit", () =>
  withServer({}, async ({ connect, runtime }) => {
    const it = await connect();
    runtime.buffered = 1_000_000;
    it.socket.volatile.emit("dropped");
    it.socket.emit("kept");
    it.socket.compress(false).volatile.emit("dropped");
    it.socket.volatile.compress(true).timeout(10).emit("dropped");
    it.socket.emit("kept");
    assertEquals(it.take(), ['2["kept"]', '2["kept"]']);
    runtime.buffered = 0;
    let acknowledged: unknown[] | undefined;
    it.socket.timeout(10).emit("x");
    it.socket.emit("y", (...args: unknown[]) => {
      acknowledged = args;
    });
    it.take();
    it.send('30["a"]');
    assertEquals(acknowledged, ["a"]);
  }));

Deno.test("flags set for a broadcast do not hold for the next emit", () =>
  withServer({}, async ({ connect, runtime }) => {
    const it = await connect();
    runtime.buffered = 1_000_000;
    it.socket.volatile.broadcast.emit("a");
    it.socket.emit("kept");
    assertEquals(it.take(), ['2["kept"]']);
  }));

Deno.test("the reserved names and packet types are those of the protocol", () => {
  assertEquals({ ...PacketType }, {
    CONNECT: 0,
    DISCONNECT: 1,
    EVENT: 2,
    ACK: 3,
    CONNECT_ERROR: 4,
    BINARY_EVENT: 5,
    BINARY_ACK: 6,
  });
});
