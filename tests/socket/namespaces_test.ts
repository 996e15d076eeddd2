import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import type { Socket } from "../../mod.ts";
import { Adapter } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

Deno.test("of() makes a namespace for each path of a form, and tells what its names stand for", () =>
  withServer({}, async ({ io, connect, client, settle }) => {
    const seen: [string, Record<string, string>][] = [];
    const parent = io.of("/org/:org/room/:room", (socket) => {
      seen.push([socket.nsp.name, { org: socket.nsp.params.org, room: socket.nsp.params.room }]);
    });
    await connect("/org/1/room/lobby");
    await connect("/org/a%20b/room/x.y");
    assertEquals(seen, [
      ["/org/1/room/lobby", { org: "1", room: "lobby" }],
      ["/org/a%20b/room/x.y", { org: "a b", room: "x.y" }],
    ]);
    assertEquals(parent.children.size, 2);
    for (
      const name of [
        "/org/1/room",
        "/org/1/room/",
        "/org//room/1",
        "/org/1/room/2/",
        "/org/1/hall/2",
        "/x/org/1/room/2",
        "/org/%/room/1",
        "/org/:org/room/:room",
      ]
    ) {
      const other = await client();
      other.send(`0${name},`);
      await settle();
      assertEquals(other.take(), [`4${name},{"message":"Invalid namespace"}`]);
    }
    assertEquals(parent.children.size, 2);
  }));

Deno.test("of() finds the parent of a path again, and its children by their names", () =>
  withServer({}, async ({ io, connect }) => {
    const parent = io.of("org/:id");
    assertStrictEquals(io.of("/org/:id"), parent);
    assertEquals(io.of("/org/7").params, Object.assign(Object.create(null), { id: "7" }));
    const { socket } = await connect("/org/7");
    assertStrictEquals(socket.nsp, io.of("/org/7"));
    assertEquals([...parent.children], [io.of("/org/7")]);
    assertEquals(Object.keys(io.of("/plain").params), []);
  }));

Deno.test("of() refuses a path whose parameters have no name, or the same", () =>
  withServer({}, ({ io }) => {
    assertThrows(() => io.of("/a/:"), TypeError, "/a/: has a parameter without a name");
    assertThrows(() => io.of("/:a/:a"), TypeError, "/:a/:a has a parameter twice");
  }));

Deno.test("a parameter is never found in a prototype", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/:__proto__/:constructor");
    const { params } = (await connect("/a/b")).socket.nsp;
    assertEquals([params.__proto__, params.constructor, params.toString], ["a", "b", undefined]);
  }));

Deno.test("namespaces lists what was made, by the server and by clients", () =>
  withServer({}, async ({ io, connect }) => {
    assertEquals([...io.namespaces.keys()], ["/"]);
    const admin = io.of("/admin");
    io.of(/^\/room-\d+$/);
    await connect("/room-1");
    assertEquals([...io.namespaces.keys()], ["/", "/admin", "/room-1"]);
    assertStrictEquals(io.namespaces.get("/admin"), admin);
    assertStrictEquals(io.namespaces.get("/"), io.sockets);
  }));

Deno.test("deleteNamespace() disconnects the clients, and no client finds it any more", () =>
  withServer({}, async ({ io, connect, client, settle }) => {
    io.of("/a");
    const main = await connect("/");
    const it = await connect("/a", undefined, main);
    const reasons: string[] = [];
    it.socket.on("disconnect", (reason) => reasons.push(reason));
    assertEquals(await io.deleteNamespace("a"), true);
    assertEquals(reasons, ["server namespace disconnect"]);
    assertEquals(it.take(), ["1/a,"]);
    assertEquals([...io.namespaces.keys()], ["/"]);
    assert(main.socket.connected);
    const other = await client();
    other.send("0/a,");
    await settle();
    assertEquals(other.take(), ['4/a,{"message":"Invalid namespace"}']);
    assertEquals(await io.deleteNamespace("/a"), false);
  }));

Deno.test("deleteNamespace() lets nobody in whose middlewares still run", () =>
  withServer({}, async ({ io, client, settle }) => {
    const waiting: (() => void)[] = [];
    const nsp = io.of("/a").use((_socket, next) => void waiting.push(next));
    const connected: Socket[] = [];
    nsp.on("connection", (socket) => connected.push(socket));
    const it = await client();
    it.send("0/a,");
    await io.deleteNamespace("/a");
    assertEquals(waiting.length, 1);
    waiting[0]!();
    await settle();
    assertEquals(it.take(), ['4/a,{"message":"Invalid namespace"}']);
    assertEquals([connected.length, nsp.sockets.size, nsp.adapter.sids.size], [0, 0, 0]);
  }));

Deno.test("deleteNamespace() closes the adapter, and what that fails with is reported", () => {
  let closed = 0;
  class Failing extends Adapter {
    override close(): Promise<void> {
      if (this.nsp.name === "/") return Promise.resolve();
      closed++;
      return Promise.reject(new Error("no"));
    }
  }
  return withServer({ adapter: Failing }, async ({ io, faults }) => {
    io.of("/a");
    await io.deleteNamespace("/a");
    assertEquals(closed, 1);
    assertEquals(faults.splice(0).map(([error]) => (error as Error).message), ["no"]);
  });
});

for (const cleanup of [false, true]) {
  Deno.test(`a deleted child comes again when a client asks${cleanup ? ", with cleanup" : ""}`, () =>
    withServer({ cleanupEmptyChildNamespaces: cleanup }, async ({ io, connect }) => {
      const parent = io.of(/^\/room-\d+$/);
      const first = (await connect("/room-1")).socket.nsp;
      await io.deleteNamespace("/room-1");
      assertEquals([parent.children.size, io.namespaces.size], [0, 1]);
      const second = (await connect("/room-1")).socket.nsp;
      assert(second !== first);
      assertEquals([...parent.children], [second]);
    }));
}

Deno.test("the main namespace cannot be deleted", () =>
  withServer({}, async ({ io }) => {
    for (const name of ["/", ""]) {
      await assertRejects(() => io.deleteNamespace(name), TypeError, "cannot be deleted");
    }
  }));

Deno.test("deleteNamespace() says what it needs, given no name", () =>
  withServer({}, async ({ io }) => {
    const name = undefined as unknown as string;
    await assertRejects(() => io.deleteNamespace(name), TypeError, "needs a name, got undefined");
  }));

Deno.test("fetchSockets() of some rooms of a parent namespace fails, too", () =>
  withServer({}, async ({ io }) => {
    const parent = io.of(/^\/x/);
    await assertRejects(() => parent.in("a").fetchSockets(), Error, "not supported on parent");
    await assertRejects(() => parent.fetchSocket("a"), Error, "not supported on parent");
  }));
