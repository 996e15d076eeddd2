import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Untyped } from "../../mod.ts";
import { instrument, type InstrumentOptions } from "../../src/plugins/admin.ts";
import { Sessions } from "../../src/plugins/admin/access.ts";
import { Tally } from "../../src/plugins/admin/tally.ts";
import { withCluster } from "../adapters/memory_bus.ts";
import { type ServerRig, type TextClient, withServer } from "../kit/memory_client.ts";

const OPEN: InstrumentOptions = { auth: false, serverId: "here" };

/** Opens a front end. */
async function openFront(rig: ServerRig, auth: unknown = {}): Promise<TextClient> {
  const client = await rig.client();
  client.send(`0/admin,${JSON.stringify(auth)}`);
  await rig.settle();
  return client;
}

/** What a front end was told since it was asked last: the arguments of each event of a name. */
function told(front: TextClient, name: string): Untyped[][] {
  return front.take().flatMap((packet) => {
    const [, event] = /^2\/admin,(.*)$/s.exec(packet as string) ?? [];
    const [it, ...args] = event === undefined ? [] : JSON.parse(event);
    return it === name ? [args] : [];
  });
}

function withAdmin(
  options: InstrumentOptions,
  test: (rig: ServerRig) => void | Promise<void>,
): Promise<void> {
  return withServer({}, async (rig) => {
    instrument(rig.io, options);
    await test(rig);
  });
}

Deno.test("instrument() throws if auth does not say who may look, or mode is none", () =>
  withServer({}, ({ io }) => {
    const password = "secret";
    const wrong: [auth: unknown, message: string][] = [
      [undefined, "auth must be"],
      [true, "auth must be"],
      [{ username: "ada" }, "auth must be"],
      [{ type: "digest", username: "ada", password }, "auth must be"],
      [{ username: "ada", password: "$2b$10$heqvAkYMez.Va6Et2uXInO" }, "hash"],
    ];
    for (const [auth, message] of wrong) {
      const options = { auth } as InstrumentOptions;
      assertThrows(() => instrument(io, options), TypeError, message);
    }
    const none = undefined as unknown as InstrumentOptions;
    assertThrows(() => instrument(io, none), TypeError, "auth must be");
    const mode = "prod" as "production";
    assertThrows(() => instrument(io, { auth: false, mode }), TypeError, 'got "prod"');
    assertEquals([...io.namespaces.keys()], ["/"]);
  }));

Deno.test("instrument() lets in whom a function accepts, asked for texts only", () => {
  const asked: unknown[] = [];
  const auth = async (...given: string[]) => {
    asked.push(given);
    return await Promise.resolve(given[1] === "secret");
  };
  return withAdmin({ auth }, async (rig) => {
    const inputs = [
      { username: "ada", password: "secret" },
      { username: "ada", password: "guess" },
      { username: ["ada"], password: { length: 6 } },
      { sessionId: { toString: "x" } },
      {},
    ];
    const answers = [];
    for (const input of inputs) {
      const front = await openFront(rig, input);
      await rig.settle();
      const answer = front.take().find((it) => /^[04]/.test(it as string)) as string;
      answers.push(answer.slice(0, "4/admin".length));
    }
    assertEquals(answers, ["0/admin", "4/admin", "4/admin", "4/admin", "4/admin"]);
    assertEquals(asked, [["ada", "secret"], ["ada", "guess"]]);
  });
});

Deno.test("Sessions remembers the last hundred", () => {
  const sessions = new Sessions();
  for (let i = 0; i < 150; i++) sessions.saveSession(`${i}`);
  assertEquals([49, 50, 149].map((i) => sessions.doesSessionExist(`${i}`)), [false, true, true]);
});

Deno.test("instrument() has a timer only while somebody looks", () =>
  withAdmin(OPEN, async (rig) => {
    const front = await openFront(rig);
    const second = await openFront(rig);
    told(front, "server_stats");
    rig.time.tick(2_000);
    assertEquals(told(front, "server_stats").length, 1);
    second.send("1/admin,");
    rig.time.tick(2_000);
    assertEquals(told(front, "server_stats").length, 1);
    front.send("1/admin,");
    const sent: unknown[] = [];
    rig.io.of("/admin").adapter.broadcast = (packet) => void sent.push(packet);
    rig.time.tick(10_000);
    await rig.connect();
    assertEquals(sent, []);
  }));

Deno.test("instrument() goes on to tell of rooms when io.adapter() has replaced the adapters", () =>
  withAdmin(OPEN, async (rig) => {
    const front = await openFront(rig);
    const it = await rig.connect();
    rig.io.adapter(rig.io.adapter());
    it.socket.join("before it is noticed");
    front.take();
    rig.time.tick(2_000);
    const [[sockets]] = told(front, "all_sockets") as [[{ id: string; rooms: string[] }[]]];
    const shown = sockets.find(({ id }) => id === it.socket.id);
    assertEquals(shown?.rooms, [it.socket.id, "before it is noticed"]);
    it.socket.join("tea");
    assertEquals(told(front, "room_joined").map((args) => args.slice(0, 3)), [
      ["/", "tea", it.socket.id],
    ]);
    rig.time.tick(2_000);
    assertEquals(told(front, "all_sockets"), []);
    // With an adapter of its own, too.
    await rig.io.deleteNamespace("/admin");
  }));

/** Sees that nothing is told any more. */
async function assertQuiet(rig: ServerRig, admin = rig.io.of("/admin")): Promise<void> {
  assertEquals(admin.sockets.size, 0);
  const sent: unknown[] = [];
  admin.serverSideEmit = () => sent.push("serverSideEmit") > 0;
  admin.adapter.broadcast = (packet) => void sent.push(packet);
  await rig.time.tickAsync(10_000);
  assertEquals(sent, []);
}

Deno.test("instrument() has no timer for a front end that somebody disconnects as it comes", () =>
  withServer({}, async (rig) => {
    rig.io.of("/admin").on("connect", (socket) => void socket.disconnect(true));
    instrument(rig.io, OPEN);
    await openFront(rig);
    await assertQuiet(rig);
  }));

Deno.test("instrument() has no timer for a front end that goes while it is told of all sockets", () =>
  withServer({ maxBufferedAmount: 1_000 }, async (rig) => {
    const { socket } = await rig.connect();
    socket.data.long = "x".repeat(2_000);
    instrument(rig.io, OPEN);
    const client = await rig.client();
    rig.runtime.buffered = 1_001;
    client.send("0/admin,");
    await rig.settle();
    await assertQuiet(rig);
  }));

Deno.test("instrument() has no timer once it is stopped while a front end is let in", () =>
  withServer({}, async (rig) => {
    let go = (): void => {};
    const admin = instrument(rig.io, {
      ...OPEN,
      auth: () => new Promise((resolve) => go = () => resolve(true)),
    });
    const nsp = rig.io.of("/admin");
    await openFront(rig, { username: "a", password: "b" });
    await admin.stop();
    go();
    await rig.settle();
    await assertQuiet(rig, nsp);
  }));

Deno.test("instrument() follows the sockets that were there before", () =>
  withServer({}, async (rig) => {
    const client = await rig.connect();
    instrument(rig.io, OPEN);
    const front = await openFront(rig);
    front.take();
    client.send('2["hi",1]');
    client.socket.emit("hello");
    const events = front.take().map((it) => (it as string).match(/event_\w+/)?.[0]);
    assertEquals(events, ["event_received", "event_sent"]);
    client.send("1");
    const [[nsp, id, reason]] = told(front, "socket_disconnected") as [Untyped[]];
    assertEquals([nsp, id, reason], ["/", client.socket.id, "client namespace disconnect"]);
  }));

Deno.test("instrument() shows no secret of a client", () =>
  withAdmin(OPEN, async (rig) => {
    const secrets = { cookie: "c=secret", authorization: "Bearer secret" };
    const client = await rig.client("", { ...secrets, "user-agent": "test" });
    client.send('0{"token":"secret"}');
    const front = await openFront(rig);
    const text = front.take().join();
    assert(text.includes('"user-agent":"test"'));
    assert(!text.includes("secret"));
    for (const id of rig.io.engine.clients.keys()) assert(!text.includes(id.slice(0, 12)));
  }));

Deno.test("instrument() shows the sockets of one connection as one client's", () =>
  withAdmin(OPEN, async (rig) => {
    const client = await rig.connect();
    rig.io.of("/chat");
    await rig.connect("/chat", undefined, client);
    const front = await openFront(rig);
    const [[sockets]] = told(front, "all_sockets") as [[{ clientId: string; nsp: string }[]]];
    const [one, other, own] = ["/", "/chat", "/admin"].map((name) =>
      sockets.find(({ nsp }) => nsp === name)!.clientId
    );
    assertEquals(one, other);
    assert(own !== one);
  }));

Deno.test("instrument() says so when data is no JSON", () =>
  withAdmin(OPEN, async (rig) => {
    const { socket } = await rig.connect();
    socket.data.self = socket.data;
    const front = await openFront(rig);
    const [[sockets]] = told(front, "all_sockets") as [[{ id: string; data: { error: string } }[]]];
    const { data } = sockets.find(({ id }) => id === socket.id)!;
    assert(data.error.startsWith("TypeError"));
  }));

Deno.test("instrument() tells of data when it has changed", () =>
  withAdmin(OPEN, async (rig) => {
    const { socket } = await rig.connect();
    const front = await openFront(rig);
    rig.time.tick(2_000);
    assertEquals(told(front, "socket_updated"), []);
    socket.data.name = "Ada";
    rig.time.tick(2_000);
    const update = { id: socket.id, nsp: "/", data: { name: "Ada" } };
    assertEquals(told(front, "socket_updated"), [[update]]);
  }));

Deno.test("instrument() tells of data that a front end saw first as it came", () =>
  withAdmin(OPEN, async (rig) => {
    const { socket } = await rig.connect();
    const front = await openFront(rig);
    rig.time.tick(2_000);
    front.take();
    socket.data.name = "Ada";
    await openFront(rig);
    rig.time.tick(2_000);
    const update = { id: socket.id, nsp: "/", data: { name: "Ada" } };
    assertEquals(told(front, "socket_updated"), [[update]]);
  }));

Deno.test("a front end makes no namespace by asking for one", () =>
  withAdmin(OPEN, async (rig) => {
    const front = await openFront(rig);
    for (const event of ["emit", "join", "leave", "_disconnect"]) {
      front.send(`2/admin,${JSON.stringify([event, "/made up", "x", "y"])}`);
    }
    assertEquals([...rig.io.namespaces.keys()], ["/", "/admin"]);
  }));

Deno.test("stop() leaves nothing behind", () =>
  withServer({}, async (rig) => {
    const { io } = rig;
    const { socket } = await rig.connect();
    const listeners = () => [
      ...[io, io.engine, io.sockets.adapter, socket, socket.conn].map((it) =>
        it.eventNames().map((name) => [name, it.listenerCount(name)])
      ),
      [...socket.listenersAny(), ...socket.listenersAnyOutgoing()],
    ];
    const before = listeners();
    const admin = instrument(io, OPEN);
    const front = await openFront(rig);
    await admin.stop();
    assertEquals(front.take().at(-1), "1/admin,");
    assertEquals(listeners(), before);
    assertEquals([...io.namespaces.keys()], ["/"]);
  }));

Deno.test("a front end sees the servers of a cluster, and their sockets", () =>
  withCluster(async (a, b) => {
    instrument(a.io, { auth: false, serverId: "a" });
    instrument(b.io, { auth: false, serverId: "b" });
    await a.settle();
    const [x, y] = [await a.connect(), await b.connect()];
    const front = await openFront(a);
    await a.settle();
    const packets = front.take();
    const again = { take: () => packets } as TextClient;
    assertEquals(told(again, "server_stats").map(([it]) => it.serverId), ["a", "b"]);
    const [sockets] = told(again, "all_sockets").at(-1)!;
    const ids = sockets.map(({ id }: { id: string }) => id);
    assert([x, y].every(({ socket }) => ids.includes(socket.id)));

    y.send('2["hi"]');
    await a.settle();
    const [[nsp, id, event]] = told(front, "event_received") as [Untyped[]];
    assertEquals([nsp, id, event], ["/", y.socket.id, ["hi"]]);
    front.send('2/admin,["_disconnect","/",true,' + JSON.stringify(y.socket.id) + "]");
    await a.settle();
    assertEquals([x.socket.connected, y.socket.connected], [true, false]);
  }));

Deno.test("a server without connections has been up since it was asked", () =>
  withCluster(async (a, b) => {
    instrument(a.io, { auth: false, serverId: "a" });
    instrument(b.io, { auth: false, serverId: "b" });
    await a.settle();
    const front = await openFront(a);
    await a.settle();
    const numbers = told(front, "server_stats").map(([it]) => [it.serverId, it.uptime]);
    assertEquals(numbers, [["a", 0], ["b", 0]]);
  }));

Deno.test("Tally counts by ten seconds, and forgets after ten minutes", () =>
  withServer({}, ({ time }) => {
    const tally = new Tally();
    const start = Math.ceil(Date.now() / 10_000) * 10_000;
    time.tick(start - Date.now());
    tally.add("old");
    time.tick(600_000);
    tally.add("in", 2);
    time.tick(9_999);
    tally.add("in", 3);
    tally.add("close", 1, "why");
    time.tick(1);
    tally.add("in", 4);
    const [first, second] = [start + 600_000, start + 610_000];
    assertEquals(tally.take(), [
      { timestamp: first, type: "in", subType: undefined, count: 5 },
      { timestamp: first, type: "close", subType: "why", count: 1 },
      { timestamp: second, type: "in", subType: undefined, count: 4 },
    ]);
    assertEquals(tally.take(), []);
  }));
