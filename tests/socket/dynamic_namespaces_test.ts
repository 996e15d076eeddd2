import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Adapter, type ParentNspNameMatchFn, type Socket } from "../../mod.ts";
import { type ServerRig, type TextClient, withServer } from "../kit/memory_client.ts";

const INVALID = (name: string) => `4${name},{"message":"Invalid namespace"}`;

/** Asks for a namespace, and tells what the server has answered. */
async function ask(rig: ServerRig, name: string, auth?: unknown): Promise<[TextClient, string]> {
  const client = await rig.client();
  client.send(`0${name},${auth === undefined ? "" : JSON.stringify(auth)}`);
  await rig.settle();
  return [client, String(client.take()[0])];
}

Deno.test("of() makes a namespace for each name that a regular expression matches", () =>
  withServer({}, async (rig) => {
    const seen: string[] = [];
    const parent = rig.io.of(/^\/room-\d+$/, (socket) => void seen.push(socket.nsp.name));
    const [, first] = await ask(rig, "/room-1");
    const [, second] = await ask(rig, "/room-2");
    const [, third] = await ask(rig, "/room-1");
    assert([first, second, third].every((it) => it.startsWith("0/room-")));
    assertEquals(seen, ["/room-1", "/room-2", "/room-1"]);
    assertEquals([...parent.children].map((it) => [it.name, it.sockets.size]), [
      ["/room-1", 2],
      ["/room-2", 1],
    ]);
    assertEquals(parent.sockets.size, 0);
  }));

Deno.test("a name that no parent accepts is invalid, and leaves nothing", () =>
  withServer({}, async (rig) => {
    const parent = rig.io.of(/^\/room-\d+$/);
    for (const name of ["/room-", "/room-1x", "/x", "/room-1/../x"]) {
      assertEquals((await ask(rig, name))[1], INVALID(name));
    }
    assertEquals(parent.children.size, 0);
  }));

Deno.test("of() refuses what stands for no name, and goes on with those that do", () =>
  withServer({}, ({ io }) => {
    for (const [given, shown] of [[undefined, "undefined"], [{}, "an object"]] as const) {
      assertThrows(
        () => io.of(given as never),
        TypeError,
        `of() needs a name, a regular expression or a function, got ${shown}`,
      );
    }
    assertEquals(io.of("/later").name, "/later");
  }));

Deno.test("of() refuses regular expressions that keep a state", () =>
  withServer({}, ({ io }) => {
    for (const flags of ["g", "y", "gi"]) {
      assertThrows(
        () => io.of(new RegExp("^/a$", flags)),
        Error,
        "stateful regular expressions are not supported",
      );
    }
  }));

const MATCHERS: [what: string, matcher: ParentNspNameMatchFn][] = [
  ["calls back", (name, auth, next) => next(null, name === "/a" && auth.token === "b")],
  ["calls back later", (name, auth, next) => {
    queueMicrotask(() => next(null, name === "/a" && auth.token === "b"));
  }],
  ["calls back with an error", (name, auth, next) => {
    const accepted = name === "/a" && auth.token === "b";
    next(accepted ? null : new Error("no"), true);
  }],
  ["takes rest parameters", (...args) => {
    const [name, auth, next] = args;
    next(null, name === "/a" && auth.token === "b");
  }],
  ["returns", (name, auth) => name === "/a" && auth.token === "b"],
  [
    "is asynchronous",
    async (name, auth) => await Promise.resolve(name === "/a" && auth.token === "b"),
  ],
];

for (const [what, matcher] of MATCHERS) {
  Deno.test(`of() asks a function that ${what}`, () =>
    withServer({}, async (rig) => {
      const parent = rig.io.of(matcher);
      assertEquals((await ask(rig, "/a", { token: "x" }))[1], INVALID("/a"));
      assertEquals((await ask(rig, "/b", { token: "b" }))[1], INVALID("/b"));
      assertEquals(parent.children.size, 0);
      assert((await ask(rig, "/a", { token: "b" }))[1].startsWith("0/a,"));
      assertEquals([...parent.children].map(({ name }) => name), ["/a"]);
    }));
}

Deno.test("a function that fails counts as a no, and is reported", () =>
  withServer({}, async (rig) => {
    rig.io.of((_name, _auth, _next) => {
      throw new Error("thrown");
    });
    rig.io.of(async (_name) => await Promise.reject(new Error("rejected")));
    assertEquals((await ask(rig, "/a"))[1], INVALID("/a"));
    assertEquals(rig.faults.splice(0).map(([error]) => (error as Error).message), [
      "thrown",
      "rejected",
    ]);
  }));

Deno.test("a function decides once, whatever it calls", () =>
  withServer({}, async (rig) => {
    rig.io.of((_name, _auth, next) => {
      next(null, false);
      next(null, true);
    });
    assertEquals((await ask(rig, "/a"))[1], INVALID("/a"));
  }));

Deno.test("parents are asked in the order in which they were made, up to the first that accepts", () =>
  withServer({}, async (rig) => {
    const asked: number[] = [];
    const say = (n: number, answer: boolean) =>
      rig.io.of((_name, _auth, next) => {
        asked.push(n);
        next(null, answer);
      });
    const parents = [say(1, false), say(2, true), say(3, true)];
    await ask(rig, "/a");
    assertEquals(asked, [1, 2]);
    assertEquals(parents.map(({ children }) => children.size), [0, 1, 0]);
  }));

Deno.test("a namespace is not made for a client that has left while a function took its time", () =>
  withServer({}, async (rig) => {
    const decisions: (() => void)[] = [];
    const parent = rig.io.of((_name, _auth, next) => void decisions.push(() => next(null, true)));
    const [client] = await ask(rig, "/a");
    client.ws.close();
    decisions.forEach((it) => it());
    assertEquals(parent.children.size, 0);
  }));

Deno.test("two clients that wait for the same name get the same namespace", () =>
  withServer({}, async (rig) => {
    const decisions: (() => void)[] = [];
    const parent = rig.io.of((_name, _auth, next) => void decisions.push(() => next(null, true)));
    await ask(rig, "/a");
    await ask(rig, "/a");
    decisions.forEach((it) => it());
    assertEquals([...parent.children].map(({ sockets }) => sockets.size), [2]);
  }));

Deno.test("a client that asks twice while a function takes its time breaks the protocol", () =>
  withServer({}, async (rig) => {
    rig.io.of((_name, _auth, _next) => {});
    const [client] = await ask(rig, "/a");
    client.send("0/a,");
    assert(client.ws.closed !== undefined);
  }));

Deno.test("children have the middlewares and connection listeners of their parent", () =>
  withServer({}, async (rig) => {
    const log: string[] = [];
    const parent = rig.io.of(/^\/a/);
    parent.use((_, next) => {
      log.push("middleware");
      next();
    });
    parent.use((socket) => {
      if (socket.handshake.auth.token !== "b") throw new Error("who?");
    });
    parent.on("connect", () => void log.push("connect"));
    parent.on("connection", () => void log.push("connection"));
    assertEquals((await ask(rig, "/a1"))[1], '4/a1,{"message":"who?"}');
    assert((await ask(rig, "/a1", { token: "b" }))[1].startsWith("0/a1,"));
    assertEquals(log, ["middleware", "middleware", "connect", "connection"]);
  }));

Deno.test("new_namespace is fired for each namespace, children included", () =>
  withServer({}, async (rig) => {
    const names: string[] = [];
    rig.io.on("new_namespace", ({ name }) => void names.push(name));
    rig.io.of("/static");
    rig.io.of("/static");
    rig.io.of(/^\/dynamic-/);
    await ask(rig, "/dynamic-1");
    await ask(rig, "/dynamic-1");
    await ask(rig, "/dynamic-2");
    assertEquals(names, ["/static", "/dynamic-1", "/dynamic-2"]);
  }));

Deno.test("a listener of new_namespace may add a middleware to every namespace", () =>
  withServer({}, async (rig) => {
    rig.io.on("new_namespace", (nsp) => {
      nsp.use((_socket, next) => next(new Error(`not ${nsp.name}`)));
    });
    rig.io.of("/static");
    rig.io.of(/^\/dynamic-/);
    assertEquals((await ask(rig, "/static"))[1], '4/static,{"message":"not /static"}');
    assertEquals((await ask(rig, "/dynamic-1"))[1], '4/dynamic-1,{"message":"not /dynamic-1"}');
  }));

Deno.test("of() with a name makes a child of the parent whose regular expression matches", () =>
  withServer({}, (rig) => {
    const parent = rig.io.of(/^\/dynamic-/);
    const other = rig.io.of((_name, _auth, next) => next(null, true));
    const child = rig.io.of("/dynamic-1");
    assertStrictEquals([...parent.children][0], child);
    assertStrictEquals(rig.io.of("/dynamic-1"), child);
    rig.io.of("/elsewhere");
    assertEquals([parent.children.size, other.children.size], [1, 0]);
  }));

Deno.test("createChild() makes a namespace by hand", () =>
  withServer({}, async (rig) => {
    const parent = rig.io.of(/^\/a$/);
    const child = parent.createChild("/z");
    assertStrictEquals(rig.io.of("/z"), child);
    assert((await ask(rig, "/z"))[1].startsWith("0/z,"));
  }));

Deno.test("what a parent sends reaches the clients of all children", () =>
  withServer({}, async (rig) => {
    const parent = rig.io.of(/^\/n\d$/);
    const clients: TextClient[] = [];
    for (const name of ["/n1", "/n1", "/n2"]) clients.push((await ask(rig, name))[0]);
    const [a] = [...rig.io.of("/n1").sockets.values()];
    a!.join("room");
    [...rig.io.of("/n2").sockets.values()][0]!.join("room");
    const received = () => clients.map((it) => it.take());
    parent.emit("x", 1);
    assertEquals(received(), [['2/n1,["x",1]'], ['2/n1,["x",1]'], ['2/n2,["x",1]']]);
    parent.to("room").emit("x");
    assertEquals(received(), [['2/n1,["x"]'], [], ['2/n2,["x"]']]);
    parent.except("room").emit("x");
    assertEquals(received(), [[], ['2/n1,["x"]'], []]);
    parent.socketsJoin("all");
    assertEquals(rig.io.of("/n2").adapter.rooms.get("all")?.size, 1);
    parent.in("room").disconnectSockets();
    assertEquals(received(), [["1/n1,"], [], ["1/n2,"]]);
    assertThrows(() => parent.fetchSockets(), Error, "not supported on parent namespaces");
  }));

Deno.test("a parent collects the acknowledgements of all children", () =>
  withServer({}, async (rig) => {
    const parent = rig.io.of(/^\/n\d$/);
    const clients: TextClient[] = [];
    for (const name of ["/n1", "/n2"]) clients.push((await ask(rig, name))[0]);
    const answers = parent.timeout(100).emitWithAck("x");
    clients[0]!.send('3/n1,0["a"]');
    clients[1]!.send('3/n2,0["b"]');
    assertEquals(await answers, ["a", "b"]);
    assertEquals(await rig.io.of(/^\/none$/).timeout(100).emitWithAck("x"), []);
  }));

Deno.test("children stay when their last socket leaves", () =>
  withServer({}, async (rig) => {
    const parent = rig.io.of(/^\/a$/);
    const [client] = await ask(rig, "/a");
    client.ws.close();
    assertEquals(parent.children.size, 1);
  }));

Deno.test("cleanupEmptyChildNamespaces removes children when their last socket leaves", () =>
  withServer({ cleanupEmptyChildNamespaces: true }, async (rig) => {
    const parent = rig.io.of(/^\/a$/);
    const [one] = await ask(rig, "/a");
    const [two] = await ask(rig, "/a");
    const [child] = parent.children;
    let closed = 0;
    child!.adapter.close = () => void closed++;
    one.ws.close();
    assertEquals([parent.children.size, closed], [1, 0]);
    two.send("1/a,");
    assertEquals([parent.children.size, closed], [0, 1]);
    const [, answer] = await ask(rig, "/a");
    assert(answer.startsWith("0/a,"));
    assert([...parent.children][0] !== child);
  }));

Deno.test("cleanupEmptyChildNamespaces waits for sockets that are on their way in", () =>
  withServer({ cleanupEmptyChildNamespaces: true }, async (rig) => {
    const parent = rig.io.of(/^\/a$/);
    let goOn = () => {};
    parent.use((socket, next) => {
      if (socket.handshake.auth.slow) goOn = next;
      else next();
    });
    const [quick] = await ask(rig, "/a");
    const [slow] = await ask(rig, "/a", { slow: true });
    quick.ws.close();
    assertEquals(parent.children.size, 1);
    goOn();
    assert(String(slow.take()[0]).startsWith("0/a,"));
    assertEquals([...parent.children][0]?.sockets.size, 1);
  }));

Deno.test("cleanupEmptyChildNamespaces removes children whose only client was refused or gave up", () =>
  withServer({ cleanupEmptyChildNamespaces: true }, async (rig) => {
    const parent = rig.io.of(/^\/a\d$/);
    let goOn = () => {};
    parent.use((socket: Socket, next) => {
      if (socket.nsp.name === "/a1") next(new Error("no"));
      else goOn = next;
    });
    await ask(rig, "/a1");
    assertEquals(parent.children.size, 0);
    const [client] = await ask(rig, "/a2");
    assertEquals(parent.children.size, 1);
    client.ws.close();
    goOn();
    assertEquals(parent.children.size, 0);
  }));

Deno.test("cleanupEmptyChildNamespaces leaves other namespaces alone", () =>
  withServer({ cleanupEmptyChildNamespaces: true }, async (rig) => {
    const nsp = rig.io.of("/a");
    const [client] = await ask(rig, "/a");
    client.ws.close();
    assertStrictEquals(rig.io.of("/a"), nsp);
  }));

Deno.test("cleanupEmptyChildNamespaces closes the adapter when it has kept who was lost", () => {
  const log: string[] = [];
  const kept = Promise.withResolvers<void>();
  class Slow extends Adapter {
    override async persistSession(): Promise<void> {
      await kept.promise;
      log.push("kept");
    }
    override close(): void {
      if (this.nsp.name !== "/") log.push("closed");
    }
  }
  const options = { adapter: Slow, cleanupEmptyChildNamespaces: true, connectionStateRecovery: {} };
  return withServer(options, async ({ io, client, settle }) => {
    io.of("/:any");
    const it = await client();
    it.send("0/a,");
    assert(io.namespaces.has("/a"));
    it.ws.close();
    await settle();
    assertEquals([io.namespaces.has("/a"), log], [false, []]);
    kept.resolve();
    await settle();
    assertEquals(log, ["kept", "closed"]);
  });
});

Deno.test("a client that leaves a middleware which never goes on leaves nothing behind", () =>
  withServer({ cleanupEmptyChildNamespaces: true }, async ({ io, client, settle }) => {
    const goOn: (() => void)[] = [];
    io.of("/:any").use((socket, next) => {
      void socket.join("room");
      goOn.push(next);
    });
    const [a, b] = [await client(), await client()];
    for (const it of [a, b]) it.send("0/a,");
    const nsp = io.of("/a");
    a.ws.close();
    await settle();
    assertEquals([...nsp.adapter.rooms.get("room") ?? []].length, 1);
    assert(io.namespaces.has("/a"));
    // By the server, for a packet that is none.
    b.send("x");
    await settle();
    assertEquals([io.namespaces.has("/a"), nsp.adapter.rooms.size], [false, 0]);
    for (const next of goOn) next();
    await settle();
    assertEquals([nsp.sockets.size, nsp.adapter.sids.size], [0, 0]);
  }));
