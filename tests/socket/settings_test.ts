/** What a server lets one ask and change after it was made. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Server as EngineServer } from "../../src/engine/mod.ts";
import { Adapter, Server } from "../../mod.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { take, withServer } from "../kit/memory_client.ts";

Deno.test("path() tells and sets where the server answers", async () => {
  const io = new Server({ path: "/a/" });
  assertEquals(io.path(), "/a");
  assertStrictEquals(io.path("/b/"), io);
  assertEquals([io.path(), io.engine.opts.path], ["/b", "/b"]);
  assertEquals((await io.fetch(new Request("http://localhost/a/"))).status, 404);
  assertEquals((await io.fetch(new Request("http://localhost/b/"))).status, 400);
  assertThrows(() => io.path("c"), TypeError, "path must start with a slash");
});

Deno.test("serveClient() tells and sets whether the bundles are served", async () => {
  const io = new Server();
  const status = async () => {
    const response = await io.fetch(new Request("http://localhost/socket.io/socket.io.js"));
    await response.body?.cancel();
    return response.status;
  };
  assertEquals([io.serveClient(), await status()], [true, 200]);
  assertStrictEquals(io.serveClient(false), io);
  assertEquals([io.serveClient(), io.opts.serveClient, await status()], [false, false, 400]);
});

Deno.test("connectTimeout() tells and sets how long a client may be in no namespace", () =>
  withServer({}, async ({ io, time, client }) => {
    assertEquals(io.connectTimeout(), 45_000);
    assertStrictEquals(io.connectTimeout(100), io);
    const it = await client();
    time.tick(99);
    assertEquals(it.ws.closed, undefined);
    time.tick(1);
    assert(it.ws.closed !== undefined);
    assertThrows(() => io.connectTimeout(0), RangeError, "connectTimeout must be");
  }));

Deno.test("adapter() tells what makes adapters, and gives each namespace a new one", () =>
  withServer({}, ({ io }) => {
    class Other extends Adapter {}
    const before = io.of("/a").adapter;
    assertStrictEquals(io.adapter(), Adapter);
    assertStrictEquals(io.adapter(Other), io);
    assertStrictEquals(io.adapter(), Other);
    assert(io.of("/a").adapter instanceof Other && io.of("/a").adapter !== before);
    assert(io.of("/").adapter instanceof Other && io.of("/b").adapter instanceof Other);
    assertThrows(() => io.adapter(1 as never), TypeError, "adapter must be a class or a function");
  }));

Deno.test("adapter() leaves clients in their rooms, also those on their way in", () =>
  withServer({}, async ({ io, connect, client }) => {
    class Other extends Adapter {}
    const it = await connect();
    it.socket.join("a");
    let enter: (() => void) | undefined;
    io.use((socket, next) => {
      socket.join("b");
      enter = next;
    });
    const other = await client();
    other.send("0");
    io.adapter(Other);
    assertEquals([...it.socket.rooms], [it.socket.id, "a"]);
    it.take();
    io.to("a").emit("x");
    io.emit("y");
    assertEquals(it.take(), ['2["x"]', '2["y"]']);
    enter!();
    other.take();
    io.to("b").emit("z");
    assertEquals(other.take(), ['2["z"]']);
    it.socket.leave("a");
    assertEquals(io.of("/").adapter.rooms.has("a"), false);
  }));

Deno.test("adapter() closes each adapter before the one that replaces it begins", () =>
  withServer({}, ({ io }) => {
    const log: string[] = [];
    class Noting extends Adapter {
      override init(): void {
        log.push(`${this.nsp.name} begins`);
      }

      override close(): void {
        log.push(`${this.nsp.name} is closed`);
      }
    }
    io.of("/a");
    io.adapter(Noting);
    log.length = 0;
    io.adapter(Noting);
    assertEquals(log, ["/ is closed", "/ begins", "/a is closed", "/a begins"]);
  }));

Deno.test("adapter() reports what the adapters fail at that it replaces", () =>
  withServer({}, async ({ io, time, faults }) => {
    const failure = new Error("no way out");
    class Stuck extends Adapter {
      override close(): void {
        throw failure;
      }
    }
    io.adapter(Stuck).adapter(Adapter);
    await time.runMicrotasks();
    assertEquals(faults.splice(0), [[failure, undefined]]);
  }));

Deno.test("bind() takes the connections of another engine", async () => {
  const engine = new EngineServer({ path: "/elsewhere" });
  const io = new Server();
  assertStrictEquals(io.bind(engine), io);
  assertStrictEquals(io.engine, engine);
  io.on("connection", (socket) => socket.emit("hello"));
  const url = "http://localhost/elsewhere/?EIO=4&transport=websocket";
  const ws = await new MemoryRuntime().connect(io, url);
  ws.send("40");
  assertEquals(take(ws).at(-1), '42["hello"]');
  await io.close();
});

Deno.test("onconnection() takes a connection of any engine", async () => {
  const engine = new EngineServer();
  const io = new Server();
  engine.on("connection", (conn) => void io.onconnection(conn));
  const url = "http://localhost/engine.io/?EIO=4&transport=websocket";
  const ws = await new MemoryRuntime().connect(engine, url);
  io.on("connection", (socket) => socket.emit("hello"));
  ws.send("40");
  assertEquals(take(ws).at(-1), '42["hello"]');
  assertThrows(() => io.onconnection({} as never), TypeError, "@fetchio/server/engine");
  ws.close();
  await io.close();
});
