import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { Adapter, type AnyNamespace, type Namespace } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

class NotedAdapter extends Adapter {
  static log: string[] = [];

  override init(): void {
    NotedAdapter.log.push(`init ${this.nsp.name}`);
  }

  override close(): Promise<void> {
    NotedAdapter.log.push(`close ${this.nsp.name}`);
    return Promise.resolve();
  }
}

Deno.test("the adapter option may be a class: each namespace gets an adapter of its own", async () => {
  NotedAdapter.log = [];
  await withServer({ adapter: NotedAdapter }, async ({ io, connect }) => {
    io.of("/a");
    const { socket } = await connect("/a");
    assertInstanceOf(socket.adapter, NotedAdapter);
    assertStrictEquals(socket.adapter, io.of("/a").adapter);
    assertStrictEquals<AnyNamespace>(socket.adapter.nsp, io.of("/a"));
    assertEquals(io.sockets.adapter === socket.adapter, false);
    assertEquals(NotedAdapter.log, ["init /", "init /a"]);
  });
  assertEquals(NotedAdapter.log.slice(2).sort(), ["close /", "close /a"]);
});

Deno.test("the adapter option may be a function of the namespace", async () => {
  const seen: string[] = [];
  const adapter = (nsp: AnyNamespace): Adapter => {
    seen.push(nsp.name);
    return new NotedAdapter(nsp);
  };
  await withServer({ adapter }, ({ io }) => {
    io.of("/a");
    io.of("/a");
    assertEquals(seen, ["/", "/a"]);
    assertInstanceOf(io.sockets.adapter, NotedAdapter);
  });
});

Deno.test("the adapter option may be Adapter itself", () =>
  withServer({ adapter: Adapter }, ({ io }) => {
    assertInstanceOf(io.sockets.adapter, Adapter);
  }));

Deno.test("an adapter that cannot start is reported", () =>
  withServer({
    adapter: (nsp: AnyNamespace) =>
      Object.assign(new Adapter(nsp), { init: () => Promise.reject(new Error("no broker")) }),
  }, async ({ faults, settle }) => {
    await settle();
    assertEquals(faults.splice(0).map(([error]) => String(error)), ["Error: no broker"]);
  }));

Deno.test("an adapter that cannot close does not keep the server open", () =>
  withServer({
    adapter: (nsp: AnyNamespace) =>
      Object.assign(new Adapter(nsp), { close: () => Promise.reject(new Error("no broker")) }),
  }, async ({ io, connect }) => {
    const it = await connect();
    await io.close();
    assertEquals(it.ws.closed !== undefined, true);
  }));

Deno.test("the adapter counts one server", () =>
  withServer({}, async ({ io }) => {
    assertEquals(await io.sockets.adapter.serverCount(), 1);
    assertEquals(await io.sockets.adapter.restoreSession("pid", "offset"), null);
  }));

Deno.test("a broadcast is one call of the adapter's", async () => {
  const calls: unknown[] = [];
  class Seen extends Adapter {
    override broadcast(...args: Parameters<Adapter["broadcast"]>): void {
      const [packet, { rooms, except, flags }] = args;
      calls.push([packet.data, [...rooms], [...except ?? []], flags]);
      super.broadcast(...args);
    }
  }
  await withServer({ adapter: Seen }, async ({ io, connect }) => {
    const it = await connect();
    io.to(["a", "b"]).except("c").volatile.emit("x", 1);
    it.socket.local.compress(false).emit("y");
    it.socket.emit("z");
    assertEquals(calls, [
      [["x", 1], ["a", "b"], ["c"], { volatile: true }],
      [["y"], [], [it.socket.id], { local: true, compress: false }],
    ]);
  });
});

Deno.test("the adapter finds the sockets of rooms, and the rooms of a socket", () =>
  withServer({}, async ({ io, connect }) => {
    const [a, b] = [(await connect()).socket, (await connect()).socket];
    a.join(["x", "y"]);
    b.join("y");
    const { adapter } = io.sockets;
    assertEquals(await adapter.sockets(new Set(["x"])), new Set([a.id]));
    assertEquals(await adapter.sockets(new Set(["x", "y"])), new Set([a.id, b.id]));
    assertEquals(await adapter.sockets(new Set()), new Set([a.id, b.id]));
    assertEquals(adapter.socketRooms(b.id), new Set([b.id, "y"]));
    assertEquals(adapter.socketRooms("nobody"), undefined);
  }));

Deno.test("of() makes a namespace once, and announces it", () =>
  withServer({}, ({ io }) => {
    const made: string[] = [];
    io.on("new_namespace", (nsp: Namespace) => void made.push(nsp.name));
    const a = io.of("/a");
    assertStrictEquals(io.of("a"), a);
    assertStrictEquals(io.of("/"), io.sockets);
    assertEquals([a.name, a.server === io], ["/a", true]);
    assertEquals(made, ["/a"]);
  }));

Deno.test("of() adds a listener for connections", () =>
  withServer({}, async ({ io, connect }) => {
    const seen: string[] = [];
    const nsp = io.of("/a", (socket) => void seen.push(socket.id));
    nsp.on("connection", (socket) => void seen.push(socket.id));
    const { socket } = await connect("/a");
    assertEquals(seen, [socket.id, socket.id]);
  }));

class Failing extends Adapter {
  override broadcast(): Promise<never> {
    return Promise.reject(new Error("no bus"));
  }

  breakDown(): void {
    this.fail(new Error("broken"));
  }
}

Deno.test("fail() tells the listeners of the adapter's error, or the server's", () =>
  withServer({ adapter: Failing }, ({ io, faults }) => {
    const adapter = io.sockets.adapter as Failing;
    adapter.breakDown();
    assertEquals(faults.splice(0).map(([error]) => (error as Error).message), ["broken"]);
    const heard: string[] = [];
    adapter.on("error", (error) => heard.push(error.message));
    adapter.breakDown();
    assertEquals(heard, ["broken"]);
  }));

Deno.test("what a method of an adapter of one's own rejects with is reported", () =>
  withServer({ adapter: Failing }, async ({ io, faults, settle }) => {
    io.emit("x");
    await settle();
    assertEquals(faults.splice(0).map(([error]) => (error as Error).message), ["no bus"]);
  }));
