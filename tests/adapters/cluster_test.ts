import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Namespace, Server } from "../../mod.ts";
import { ClusterAdapterWithHeartbeat, MessageType } from "../../src/adapters/mod.ts";
import { withCluster } from "./memory_bus.ts";

Deno.test("a broadcast reaches the clients of all servers, in order", () =>
  withCluster(async (a, b) => {
    const [x, y] = [await a.connect(), await b.connect()];
    a.io.emit("n", 1);
    a.io.volatile.emit("n", 2);
    a.io.emit("n", 3);
    await a.settle();
    for (const it of [x, y]) assertEquals(it.take(), ['2["n",1]', '2["n",2]', '2["n",3]']);
  }));

Deno.test("rooms and exceptions hold on all servers, local stays here", () =>
  withCluster(async (a, b) => {
    const [x, y, z] = [await a.connect(), await b.connect(), await b.connect()];
    x.socket.join("room");
    y.socket.join("room");
    a.io.to("room").emit("to");
    a.io.except("room").emit("except");
    a.io.local.emit("local");
    b.io.to(x.socket.id).emit("by id");
    await a.settle();
    assertEquals(x.take(), ['2["to"]', '2["local"]', '2["by id"]']);
    assertEquals(y.take(), ['2["to"]']);
    assertEquals(z.take(), ['2["except"]']);
  }));

Deno.test("namespaces of a cluster are kept apart", () =>
  withCluster(async (a, b) => {
    a.io.of("/x");
    b.io.of("/x");
    const [main, other] = [await b.connect(), await b.connect("/x")];
    a.io.of("/x").emit("hello");
    await a.settle();
    assertEquals([main.take(), other.take()], [[], ['2/x,["hello"]']]);
  }));

Deno.test("acknowledgements of a server that was counted out for its silence count, too", () =>
  withCluster(async (a, b, bus) => {
    const [x, y] = [await a.connect(), await b.connect()];
    bus.loses = (type) => type === MessageType.HEARTBEAT;
    a.time.tick(12_000);
    await a.settle();
    assertEquals(await a.io.of("/").adapter.serverCount(), 1);
    x.take();
    y.take();
    // A bus that takes its time, so that the answers come when the servers are counted.
    const inject = bus.inject.bind(bus);
    bus.inject = (message, from) => {
      setTimeout(() => inject(message, from), 10);
      return "";
    };
    const answers = a.io.timeout(1000).emitWithAck("q").catch(String);
    await a.time.tickAsync(20);
    x.send("30[1]");
    y.send("30[2]");
    await a.time.tickAsync(1000);
    assertEquals(await answers, [1, 2]);
  }));

Deno.test("acknowledgements are collected from the clients of all servers", () =>
  withCluster(async (a, b) => {
    const [x, y] = [await a.connect(), await b.connect()];
    const answers = a.io.timeout(1000).emitWithAck("q");
    await a.settle();
    x.send("30[1]");
    y.send("30[2]");
    assertEquals(await answers, [1, 2]);
  }));

Deno.test("acknowledgements that are missing fail the broadcast, which has the others", () =>
  withCluster(async (a, b) => {
    const [x] = [await a.connect(), await b.connect()];
    const answers = a.io.timeout(1000).emitWithAck("q");
    await a.settle();
    x.send("30[1]");
    a.time.tick(1000);
    const error = await assertRejects(() => answers, Error, "timed out");
    assertEquals((error as Error & { responses: unknown }).responses, [1]);
  }));

Deno.test("servers wait for acknowledgements no longer than the server that asked for them", () =>
  withCluster(async (a, b, bus) => {
    const y = await b.connect();
    const answers = a.io.timeout(1000).emitWithAck("q");
    await a.settle();
    a.time.tick(1000);
    await assertRejects(() => answers, Error, "timed out");
    const before = bus.sent.length;
    y.send("30[2]");
    await a.settle();
    assertEquals(bus.sent.length, before);
  }));

Deno.test("fetchSockets finds the sockets of all servers, which can be used from here", () =>
  withCluster(async (a, b) => {
    const [x, y] = [await a.connect(), await b.connect("/", { token: 1 })];
    y.socket.data.name = "Ann";
    await y.socket.join("room");
    const all = await a.io.fetchSockets();
    assertEquals(all.map(({ id }) => id), [x.socket.id, y.socket.id]);
    const [remote] = await a.io.in("room").fetchSockets();
    assertEquals([remote!.data, [...remote!.rooms], remote!.handshake.auth.token], [
      { name: "Ann" },
      [y.socket.id, "room"],
      1,
    ]);
    remote!.emit("hello");
    remote!.join("more");
    remote!.leave("room");
    await a.settle();
    assertEquals(y.take(), ['2["hello"]']);
    assertEquals([...y.socket.rooms], [y.socket.id, "more"]);
    const answer = remote!.timeout(1000).emitWithAck("q");
    await a.settle();
    y.send("30[7]");
    assertEquals(await answer as unknown, 7);
    remote!.disconnect(true);
    await a.settle();
    assertEquals([x.socket.connected, y.socket.connected], [true, false]);
  }));

Deno.test("socketsJoin, socketsLeave and disconnectSockets act on all servers", () =>
  withCluster(async (a, b) => {
    const [x, y] = [await a.connect(), await b.connect()];
    a.io.socketsJoin(["r", "s"]);
    a.io.socketsLeave("r");
    await a.settle();
    for (const { socket } of [x, y]) assertEquals([...socket.rooms], [socket.id, "s"]);
    a.io.in("s").disconnectSockets();
    await a.settle();
    for (const { socket } of [x, y]) assertEquals(socket.connected, false);
  }));

Deno.test("serverSideEmit reaches the listeners of the other servers only", () =>
  withCluster(async (a, b) => {
    const seen: unknown[] = [];
    a.io.on("hello", () => seen.push("a"));
    b.io.on("hello", (...args: unknown[]) => seen.push(args));
    a.io.of("/x");
    (b.io.of("/x") as Namespace).on("hello", (n: number) => seen.push(n));
    a.io.serverSideEmit("hello", 1, "x");
    a.io.of("/x").serverSideEmit("hello", 2);
    await a.settle();
    assertEquals(seen, [[1, "x"], 2]);
    assertThrows(() => a.io.serverSideEmit("connection"), Error, "reserved");
  }));

Deno.test("serverSideEmitWithAck collects the first answer of each other server", () =>
  withCluster(async (a, b) => {
    b.io.on("sum", (x: number, y: number, ack: (sum: number) => void) => {
      ack(x + y);
      ack(0);
    });
    assertEquals(await a.io.serverSideEmitWithAck("sum", 1, 2), [3]);
  }));

Deno.test("lost answers end a request after five seconds, with those that came", () =>
  withCluster(async (a, _b, bus) => {
    bus.loses = (type) => type === MessageType.FETCH_SOCKETS_RESPONSE;
    const sockets = a.io.fetchSockets();
    const answers = a.io.serverSideEmitWithAck("nobody listens");
    await a.settle();
    a.time.tick(5000);
    await assertRejects(() => sockets, Error, "timeout reached: missing 1 responses");
    const error = await assertRejects(() => answers, Error, "timeout reached: missing 1 responses");
    assertEquals((error as Error & { responses: unknown }).responses, []);
  }));

Deno.test("a server that leaves is not waited for", () =>
  withCluster(async (a, b, bus) => {
    bus.loses = (type) => type === MessageType.FETCH_SOCKETS;
    const sockets = a.io.fetchSockets();
    await a.settle();
    assertEquals(await a.io.sockets.adapter.serverCount(), 2);
    await b.io.close();
    assertEquals(await sockets, []);
    assertEquals(await a.io.sockets.adapter.serverCount(), 1);
  }));

Deno.test("a server that falls silent is counted out after heartbeatTimeout", () =>
  withCluster(async (a, b, bus) => {
    for (let i = 0; i < 20; i++) {
      a.time.tick(1000);
      await a.settle();
    }
    assertEquals(await a.io.sockets.adapter.serverCount(), 2);
    bus.cut(b.io.sockets.adapter);
    bus.loses = () => true;
    a.time.tick(20_000);
    assertEquals(await a.io.sockets.adapter.serverCount(), 1);
  }));

Deno.test("messages that are none harm nobody", () =>
  withCluster(async (a, _b, bus) => {
    const x = await a.connect();
    const head = { uid: "evil", nsp: "/" };
    const opts = { rooms: [], except: [], flags: {} };
    const packet = { type: 2, nsp: "/", data: ["x"] };
    const bad: unknown[] = [undefined, null, 1, "text", [], {}, { uid: 1 }, head];
    for (let type = -1; type < 16; type++) {
      for (const data of [undefined, null, 1, [], {}, { opts }, { opts: {} }, { requestId: {} }]) {
        if (type !== 6 || data === undefined || !("opts" in Object(data))) {
          bad.push({ ...head, type, data });
        }
      }
    }
    for (const broken of [{ type: 1 }, { data: "x" }, { data: [] }, { data: ["disconnect"] }]) {
      bad.push({ ...head, type: 3, data: { opts, packet: { ...packet, ...broken } } });
    }
    bad.push({ ...head, type: 3, data: { opts: { rooms: [{}] }, packet } });
    bad.push({ ...head, type: 9, data: { packet: ["connection", 1] } });
    bad.push({ ...head, type: 3, nsp: "/other", data: { opts, packet } });
    for (const it of bad) bus.inject(it);
    await a.settle();
    assertEquals([x.take(), x.socket.connected, a.faults], [[], true, []]);
    bus.inject({ ...head, uid: "emitter", type: 3, data: { opts: { rooms: [] }, packet } });
    assertEquals(x.take(), ['2["x"]']);
  }));

Deno.test("an emitter is not counted as a server", () =>
  withCluster(async (a, _b, bus) => {
    bus.inject({ uid: "emitter", nsp: "/", type: 2 });
    assertEquals(await a.io.sockets.adapter.serverCount(), 2);
  }));

Deno.test("events end with the offset of the cluster's log, also volatile ones, in order", () =>
  withCluster(async (a, b, bus) => {
    const open = async ({ client, settle }: typeof a) => {
      const it = await client();
      it.send("0");
      await settle();
      it.take();
      return it;
    };
    const [x, y] = [await open(a), await open(b)];
    a.io.emit("n", 1);
    a.io.volatile.emit("n", "text");
    a.io.emit("n", 3);
    await a.settle();
    const offsets = bus.sent.flatMap(({ type }, i) => type === 3 ? [`1-${i}`] : []);
    for (const it of [x, y]) {
      assertEquals(it.take(), [
        `2["n",1,"${offsets[0]}"]`,
        `2["n","text","${offsets[0]}"]`,
        `2["n",3,"${offsets[2]}"]`,
      ]);
    }
  }, { connectionStateRecovery: {} }));

Deno.test("bad heartbeat options are refused", () => {
  class Beating extends ClusterAdapterWithHeartbeat {
    protected override doPublish = () => Promise.resolve("");
    protected override doPublishResponse = () => Promise.resolve();
  }
  for (const name of ["heartbeatInterval", "heartbeatTimeout"]) {
    const adapter = (nsp: Namespace) => new Beating(nsp, { [name]: 0 });
    assertThrows(() => new Server({ adapter }), RangeError, name);
  }
});

Deno.test("MessageType has the official numbers", () => {
  assertEquals(Object.keys(MessageType), [
    "INITIAL_HEARTBEAT",
    "HEARTBEAT",
    "BROADCAST",
    "SOCKETS_JOIN",
    "SOCKETS_LEAVE",
    "DISCONNECT_SOCKETS",
    "FETCH_SOCKETS",
    "FETCH_SOCKETS_RESPONSE",
    "SERVER_SIDE_EMIT",
    "SERVER_SIDE_EMIT_RESPONSE",
    "BROADCAST_CLIENT_COUNT",
    "BROADCAST_ACK",
    "ADAPTER_CLOSE",
  ]);
  assertEquals(Object.values(MessageType), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
});
