import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStrictEquals,
} from "@std/assert";
import type { Socket } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

Deno.test("connection is not fired for a client that is gone when it has what waited for it", () =>
  withServer({}, async ({ io, client, runtime }) => {
    const seen: unknown[] = [];
    io.use((socket, next) => {
      socket.on("disconnect", (reason) => seen.push(reason));
      socket.emit("x", "y".repeat(6_000_000));
      next();
    });
    io.on("connection", () => void seen.push("connection"));
    const it = await client();
    runtime.buffered = 20_000_000;
    it.send("0");
    assertEquals(seen, ["transport error"]);
  }));

Deno.test("a client joins the main namespace, and learns the id of its socket", () =>
  withServer({}, async ({ io, client }) => {
    const sockets: Socket[] = [];
    io.on("connection", (socket) => void sockets.push(socket));
    const it = await client();
    it.send("0");
    const [socket] = sockets;
    assertEquals(it.take(), [`0{"sid":"${socket?.id}"}`]);
    assertMatch(socket!.id, /^[\w-]{20}$/);
    assertNotEquals(socket!.id, socket!.conn.id);
    assertStrictEquals(io.sockets.sockets.get(socket!.id), socket);
    assertEquals([socket!.connected, socket!.disconnected, socket!.recovered], [
      true,
      false,
      false,
    ]);
  }));

Deno.test("a client joins over polling", () =>
  withServer({}, async ({ io, poller }) => {
    io.on("connection", (socket) => socket.emit("welcome"));
    const client = await poller();
    await (await client.post("40")).body?.cancel();
    const [socket] = io.sockets.sockets.values();
    assertEquals(await client.poll(), `40{"sid":"${socket?.id}"}\x1e42["welcome"]`);
  }));

Deno.test("the events connect and connection come in this order, after the answer", () =>
  withServer({}, async ({ io, client }) => {
    const log: string[] = [];
    io.on("connection", (socket) => {
      log.push("connection");
      socket.emit("hello");
    });
    io.on("connect", () => void log.push("connect"));
    const it = await client();
    it.send("0");
    assertEquals(log, ["connect", "connection"]);
    const [answer, event] = it.take();
    assertMatch(String(answer), /^0\{"sid"/);
    assertEquals(event, '2["hello"]');
  }));

Deno.test("events that come in the same payload as CONNECT reach the socket", () =>
  withServer({}, async ({ io, poller }) => {
    const seen: unknown[] = [];
    io.on("connection", (socket) => void socket.on("a", (...args) => void seen.push(args)));
    const client = await poller();
    await (await client.post('40\x1e42["a",1]\x1e42["a",2]')).body?.cancel();
    assertEquals(seen, [[1], [2]]);
  }));

Deno.test("auth arrives as it was sent, in an object without prototype", () =>
  withServer({}, async ({ connect }) => {
    const { socket } = await connect("/", { token: "a", deep: { b: [1] } });
    const { auth } = socket.handshake;
    assertEquals({ ...auth }, { token: "a", deep: { b: [1] } });
    assertStrictEquals(Object.getPrototypeOf(auth), null);
  }));

Deno.test("auth is empty, given none", () =>
  withServer({}, async ({ connect }) => {
    const { socket } = await connect();
    assertEquals(Object.keys(socket.handshake.auth), []);
    assertStrictEquals(Object.getPrototypeOf(socket.handshake.auth), null);
  }));

Deno.test("__proto__ in auth is a key like others, or none, and changes no prototype", () =>
  withServer({}, async ({ io, client }) => {
    const it = await client();
    it.send('0{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
    const [socket] = io.sockets.sockets.values();
    const { auth } = socket!.handshake;
    assertEquals(auth.admin, undefined);
    assertEquals(({} as Record<string, unknown>).admin, undefined);
    assertStrictEquals(Object.getPrototypeOf(Object.prototype), null);
  }));

Deno.test("a namespace that does not exist refuses, and the connection goes on", () =>
  withServer({}, async ({ io, client }) => {
    const it = await client();
    for (const nsp of ["/nope", "/__proto__", "/constructor", "/nsp?__proto__=1"]) {
      it.send(`0${nsp},{"token":"a"}`);
      assertEquals(it.take(), [`4${nsp},{"message":"Invalid namespace"}`]);
    }
    it.send("0");
    assertEquals(io.sockets.sockets.size, 1);
  }));

Deno.test("one connection carries several namespaces, each with its own socket", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    io.of("/b");
    const main = await connect();
    const a = await connect("/a", undefined, main);
    const b = await connect("/b", { name: "b" }, main);
    const ids = new Set([main.socket.id, a.socket.id, b.socket.id]);
    assertEquals(ids.size, 3);
    assertStrictEquals(a.socket.client, b.socket.client);
    assertStrictEquals(main.socket.conn, b.socket.conn);
    assertEquals(io.engine.clientsCount, 1);
    const seen: string[] = [];
    for (const { socket } of [main, a, b]) {
      socket.on("x", () => void seen.push(socket.nsp.name));
    }
    main.send('2/b,["x"]', '2["x"]', '2/a,["x"]');
    assertEquals(seen, ["/b", "/", "/a"]);
    b.socket.emit("y", 1);
    assertEquals(main.take(), ['2/b,["y",1]']);
  }));

Deno.test("a client may leave a namespace and join it again, on the same connection", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const main = await connect();
    const first = await connect("/a", undefined, main);
    main.send("1/a,");
    assertEquals(first.socket.connected, false);
    assertEquals(io.of("/a").sockets.size, 0);
    const second = await connect("/a", undefined, main);
    assertNotEquals(first.socket.id, second.socket.id);
    assert(main.socket.connected);
    const seen: unknown[] = [];
    second.socket.on("x", (value) => void seen.push(value));
    main.send('2/a,["x",1]');
    assertEquals(seen, [1]);
  }));

Deno.test("a client may join again after the server made it leave", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const main = await connect();
    const first = await connect("/a", undefined, main);
    first.socket.disconnect();
    assertEquals(main.take(), ["1/a,"]);
    const second = await connect("/a", undefined, main);
    assert(second.socket.connected);
    main.send("1/a,");
    main.send('2/a,["x"]');
    assertEquals(main.ws.closed !== undefined, true);
  }));

Deno.test("a client leaves its namespaces in any order, and comes back to each", () =>
  withServer({}, async ({ io, connect }) => {
    for (const name of ["/a", "/b"]) io.of(name);
    const main = await connect();
    const a = await connect("/a", undefined, main);
    const b = await connect("/b", undefined, main);
    main.send("1");
    main.send("1/b,");
    assertEquals([main, a, b].map((it) => it.socket.connected), [false, true, false]);
    const again = await connect("/b", undefined, main);
    assertEquals([a.socket.connected, again.socket.connected], [true, true]);
    main.ws.close();
    assertEquals([a.socket.connected, again.socket.connected], [false, false]);
  }));

Deno.test("a client that joins no namespace in time is closed", () =>
  withServer({ connectTimeout: 1000 }, async ({ io, client, time }) => {
    const it = await client();
    time.tick(999);
    assertEquals(it.ws.closed, undefined);
    time.tick(1);
    assertEquals(it.ws.closed !== undefined, true);
    assertEquals(io.engine.clientsCount, 0);
  }));

Deno.test("a client that was only refused is closed in time, too", () =>
  withServer({ connectTimeout: 1000 }, async ({ io, client, time }) => {
    io.use((_, next) => next(new Error("no")));
    const it = await client();
    it.send("0");
    it.send("0/nope,");
    time.tick(1000);
    assertEquals(it.ws.closed !== undefined, true);
  }));

Deno.test("a client that has joined is not closed for it, also after it left", () =>
  withServer({ connectTimeout: 1000 }, async ({ connect, time }) => {
    const it = await connect();
    time.tick(5000);
    assertEquals(it.ws.closed, undefined);
    it.send("1");
    time.tick(5000);
    assertEquals(it.ws.closed, undefined);
  }));

Deno.test("a client whose middlewares take longer than connectTimeout is closed", () =>
  withServer({ connectTimeout: 1000 }, async ({ io, client, time, settle }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    io.use(async (_socket: Socket) => await promise);
    let connected = 0;
    io.on("connection", () => void connected++);
    const it = await client();
    it.send("0");
    time.tick(1000);
    assertEquals(it.ws.closed !== undefined, true);
    resolve();
    await settle();
    assertEquals([connected, io.sockets.sockets.size, io.sockets.adapter.sids.size], [0, 0, 0]);
  }));
