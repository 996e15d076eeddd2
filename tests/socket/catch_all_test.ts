import { assertEquals, assertStrictEquals } from "@std/assert";
import { withServer } from "../kit/memory_client.ts";

Deno.test("onAny() listeners see every event first, in order", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const log: unknown[] = [];
    it.socket.on("x", (...args) => void log.push(["x", ...args]));
    it.socket.onAny((...args) => void log.push(["second", ...args]));
    it.socket.prependAny((...args) => void log.push(["first", ...args]));
    it.send('2["x",1]', '2["y"]');
    assertEquals(log, [
      ["first", "x", 1],
      ["second", "x", 1],
      ["x", 1],
      ["first", "y"],
      ["second", "y"],
    ]);
  }));

Deno.test("onAny() listeners receive the function that acknowledges", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.socket.onAny((_name, ack) => ack("any"));
    it.send('20["x"]');
    assertEquals(it.take(), ['30["any"]']);
  }));

Deno.test("onAny() listeners do not see disconnect and its like", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const log: unknown[] = [];
    it.socket.onAny((name) => void log.push(name));
    it.send("1");
    assertEquals(log, []);
  }));

Deno.test("offAny() removes one listener, or all", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const log: string[] = [];
    const [a, b] = [() => void log.push("a"), () => void log.push("b")];
    it.socket.onAny(a).onAny(b).onAny(a);
    assertEquals(it.socket.listenersAny(), [a, b, a]);
    assertStrictEquals(it.socket.offAny(a), it.socket);
    it.socket.offAny(() => {});
    it.send('2["x"]');
    assertEquals(log, ["b", "a"]);
    it.socket.offAny();
    it.send('2["x"]');
    assertEquals([log.length, it.socket.listenersAny()], [2, []]);
  }));

Deno.test("a listener may remove itself while it is called", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const log: string[] = [];
    const once = () => {
      log.push("once");
      it.socket.offAny(once);
    };
    it.socket.onAny(once);
    it.socket.onAny(() => void log.push("always"));
    it.send('2["x"]', '2["x"]');
    assertEquals(log, ["once", "always", "always"]);
  }));

Deno.test("onAnyOutgoing() listeners see what is emitted to the client, not acknowledgements", () =>
  withServer({}, async ({ io, connect }) => {
    const it = await connect();
    const other = await connect();
    const log: unknown[] = [];
    it.socket.onAnyOutgoing((...args) => void log.push(args));
    it.socket.prependAnyOutgoing((name) => void log.push(`first ${name}`));
    it.socket.on("q", (ack) => ack("a"));
    it.socket.emit("x", 1);
    io.emit("y", 2);
    other.socket.broadcast.emit("z");
    it.socket.broadcast.emit("not to it");
    it.socket.emit("w", () => {});
    it.send('20["q"]');
    assertEquals(log, [
      "first x",
      ["x", 1],
      "first y",
      ["y", 2],
      "first z",
      ["z"],
      "first w",
      ["w"],
    ]);
  }));

Deno.test("offAnyOutgoing() removes one listener, or all", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const log: string[] = [];
    const [a, b] = [() => void log.push("a"), () => void log.push("b")];
    it.socket.onAnyOutgoing(a).onAnyOutgoing(b);
    assertEquals(it.socket.listenersAnyOutgoing(), [a, b]);
    it.socket.offAnyOutgoing(a);
    it.socket.emit("x");
    assertEquals(log, ["b"]);
    it.socket.offAnyOutgoing();
    it.socket.emit("x");
    assertEquals([log.length, it.socket.listenersAnyOutgoing()], [1, []]);
  }));

Deno.test("a listener that changes its arguments changes nobody else's", () =>
  withServer({}, async ({ io, connect }) => {
    const [a, b] = [await connect(), await connect()];
    const seen: unknown[] = [];
    for (const { socket } of [a, b]) {
      socket.onAnyOutgoing((...args) => {
        args[1] = "changed";
      });
      socket.onAnyOutgoing((...args) => void seen.push(args));
    }
    io.emit("x", 1);
    assertEquals(seen, [["x", 1], ["x", 1]]);
    assertEquals(b.take(), ['2["x",1]']);
  }));
