import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Adapter, type AnyNamespace, BroadcastOperator } from "../../mod.ts";
import { type JoinedClient, type ServerRig, withServer } from "../kit/memory_client.ts";

type Clients = Record<"a" | "b" | "c", JoinedClient>;

/** Three clients: `a` in rooms 1 and 2, `b` in rooms 2 and 3, `c` in room 3. */
async function three({ connect }: ServerRig): Promise<Clients> {
  const clients = { a: await connect(), b: await connect(), c: await connect() };
  clients.a.socket.join(["1", "2"]);
  clients.b.socket.join(["2", "3"]);
  clients.c.socket.join("3");
  return clients;
}

/** Who received something, and how many times: `"aab"`. */
function receivers(clients: Clients): string {
  return Object.entries(clients).map(([name, it]) => name.repeat(it.take().length)).join("");
}

type Emitting = { emit(ev: string): boolean };

const CASES: [
  expected: string,
  expression: string,
  of: (rig: ServerRig, it: Clients) => Emitting,
][] = [
  ["abc", "io", ({ io }) => io],
  ["abc", "io.sockets", ({ io }) => io.sockets],
  ["abc", "io.local", ({ io }) => io.local],
  ["abc", "io.volatile", ({ io }) => io.volatile],
  ["abc", "io.compress(false)", ({ io }) => io.compress(false)],
  ["ab", "io.to(2)", ({ io }) => io.to("2")],
  ["ab", "io.in(2)", ({ io }) => io.in("2")],
  ["abc", "io.to(1).to(3)", ({ io }) => io.to("1").to("3")],
  ["abc", "io.to([1, 2, 3])", ({ io }) => io.to(["1", "2", "3"])],
  ["ab", "io.to(1).in(2)", ({ io }) => io.to("1").in("2")],
  ["", "io.to(none)", ({ io }) => io.to("none")],
  ["a", "io.to([none, 1])", ({ io }) => io.to(["none", "1"])],
  ["c", "io.except(2)", ({ io }) => io.except("2")],
  ["", "io.except(2).except(3)", ({ io }) => io.except("2").except("3")],
  ["", "io.except([2, 3])", ({ io }) => io.except(["2", "3"])],
  ["abc", "io.except(none)", ({ io }) => io.except("none")],
  ["c", "io.to(3).except(2)", ({ io }) => io.to("3").except("2")],
  ["a", "io.except(3).to(2)", ({ io }) => io.except("3").to("2")],
  ["bc", "io.to(3).local.volatile.compress(true)", ({ io }) => {
    return io.to("3").local.volatile.compress(true);
  }],
  ["b", "io.to(its id)", ({ io }, { b }) => io.to(b.socket.id)],
  ["ac", "io.except(its id)", ({ io }, { b }) => io.except(b.socket.id)],
  ["a", "socket", (_, { a }) => a.socket],
  ["bc", "socket.broadcast", (_, { a }) => a.socket.broadcast],
  ["bc", "socket.local", (_, { a }) => a.socket.local],
  ["b", "socket.to(2)", (_, { a }) => a.socket.to("2")],
  ["b", "socket.in(2)", (_, { a }) => a.socket.in("2")],
  ["bc", "socket.to([1, 2]).to(3)", (_, { a }) => a.socket.to(["1", "2"]).to("3")],
  ["", "socket.to(its own id)", (_, { a }) => a.socket.to(a.socket.id)],
  ["c", "socket.except(2)", (_, { a }) => a.socket.except("2")],
  ["c", "socket.to(3).except(2)", (_, { a }) => a.socket.to("3").except("2")],
  ["bc", "socket.broadcast.volatile", (_, { a }) => a.socket.broadcast.volatile],
  ["bc", "socket.volatile.broadcast", (_, { a }) => a.socket.volatile.broadcast],
];

for (const [expected, expression, of] of CASES) {
  Deno.test(`${expression}.emit() reaches ${expected || "nobody"}, each once`, () =>
    withServer({}, async (rig) => {
      const clients = await three(rig);
      assertEquals(of(rig, clients).emit("x"), true);
      assertEquals(receivers(clients), expected);
    }));
}

Deno.test("a broadcast stays in its namespace", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/n");
    const main = await connect();
    const other = await connect("/n");
    main.socket.join("room");
    other.socket.join("room");
    io.to("room").emit("x");
    assertEquals([main.take(), other.take()], [['2["x"]'], []]);
    io.of("/n").to("room").emit("y");
    assertEquals([main.take(), other.take()], [[], ['2/n,["y"]']]);
  }));

Deno.test("each step makes a new operator, and leaves the one before as it was", () =>
  withServer({}, async (rig) => {
    const clients = await three(rig);
    const one = rig.io.to("1");
    const both = one.to("3");
    const without = both.except("2");
    const quiet = one.volatile;
    for (const it of [one, both, without, quiet]) {
      assertEquals(it instanceof BroadcastOperator, true);
    }
    without.emit("x");
    assertEquals(receivers(clients), "c");
    both.emit("x");
    assertEquals(receivers(clients), "abc");
    one.emit("x");
    one.emit("x");
    assertEquals(receivers(clients), "aa");
    rig.runtime.buffered = 1_000_000;
    quiet.emit("x");
    assertEquals(receivers(clients), "");
    one.emit("x");
    assertEquals(receivers(clients), "a");
  }));

Deno.test("flags of a broadcast hold for itself only", () =>
  withServer({}, async (rig) => {
    const clients = await three(rig);
    rig.runtime.buffered = 1_000_000;
    rig.io.volatile.emit("x");
    rig.io.emit("y");
    assertEquals(receivers(clients), "abc");
  }));

Deno.test("socketsJoin() and socketsLeave() move the sockets that match", () =>
  withServer({}, async (rig) => {
    const { a, b, c } = await three(rig);
    rig.io.in("2").socketsJoin(["x", "y"]);
    rig.io.socketsJoin("all");
    assertEquals([a, b, c].map(({ socket }) => socket.rooms.has("x")), [true, true, false]);
    assertEquals([a, b, c].map(({ socket }) => socket.rooms.has("all")), [true, true, true]);
    rig.io.in("1").socketsLeave(["x", "all"]);
    assertEquals([a, b, c].map(({ socket }) => socket.rooms.has("x")), [false, true, false]);
    rig.io.of("/").except("1").socketsLeave("all");
    assertEquals(rig.io.sockets.adapter.rooms.has("all"), false);
    rig.io.socketsLeave("y");
    assertEquals(rig.io.sockets.adapter.rooms.has("y"), false);
    a.socket.broadcast.socketsJoin("others");
    assertEquals([a, b, c].map(({ socket }) => socket.rooms.has("others")), [false, true, true]);
  }));

Deno.test("disconnectSockets() disconnects the sockets that match", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/n");
    const a = await connect();
    const n = await connect("/n", undefined, a);
    const b = await connect();
    a.socket.join("room");
    io.in("room").disconnectSockets();
    assertEquals([a, n, b].map(({ socket }) => socket.connected), [false, true, true]);
    assertEquals(a.take(), ["1"]);
    assertEquals(a.ws.closed, undefined);
    io.disconnectSockets(true);
    assertEquals([n, b].map(({ socket }) => socket.connected), [true, false]);
    assertEquals(b.ws.closed !== undefined, true);
    io.of("/n").disconnectSockets(true);
    assertEquals(n.socket.connected, false);
    assertEquals(a.ws.closed !== undefined, true);
  }));

Deno.test("fetchSockets() gives the sockets of this server themselves", () =>
  withServer({}, async (rig) => {
    const { a, b } = await three(rig);
    a.socket.data.name = "a";
    const all = await rig.io.fetchSockets();
    assertEquals(all.length, 3);
    const [first, second, ...others] = await rig.io.in("2").fetchSockets();
    assertEquals([first?.id, second?.id, others.length], [a.socket.id, b.socket.id, 0]);
    assertStrictEquals<unknown>(first, a.socket);
    assertEquals(first?.data.name, "a");
    assertEquals((await rig.io.in("none").fetchSockets()).length, 0);
    assertEquals((await a.socket.broadcast.fetchSockets()).length, 2);
    assertEquals((await rig.io.in("3").except("2").fetchSockets()).length, 1);
  }));

Deno.test("one broadcast is encoded once for all of its receivers", () =>
  withServer({}, async (rig) => {
    await three(rig);
    let read = 0;
    rig.io.emit("x", {
      toJSON() {
        read++;
        return 1;
      },
    });
    const one = read;
    read = 0;
    rig.io.to("1").emit("x", {
      toJSON() {
        read++;
        return 1;
      },
    });
    assertEquals(read, one);
  }));

Deno.test("a broadcast reaches clients on each transport in the form they take", () =>
  withServer({}, async ({ io, connect, poller }) => {
    const it = await connect();
    const polling = await poller();
    await (await polling.post("40")).body?.cancel();
    await polling.poll();
    io.emit("x", new Uint8Array([1, 2, 3]));
    assertEquals(it.take(), ['51-["x",{"_placeholder":true,"num":0}]', new Uint8Array([1, 2, 3])]);
    assertEquals(await polling.poll(), '451-["x",{"_placeholder":true,"num":0}]\x1ebAQID');
  }));

Deno.test("serverSideEmitWithAck() rejects with what the others answered, given an adapter's error", () =>
  withServer({
    adapter: (nsp: AnyNamespace) =>
      Object.assign(new Adapter(nsp), {
        serverSideEmit: (packet: unknown[]) => {
          (packet.at(-1) as (error: Error, responses: unknown[]) => void)(new Error("slow"), [1]);
        },
      }),
  }, async ({ io }) => {
    const error = await assertRejects(() => io.serverSideEmitWithAck("x"), Error, "slow");
    assertEquals((error as Error & { responses: unknown }).responses, [1]);
  }));

Deno.test("allSockets() gives the ids", () =>
  withServer({}, async ({ io, connect }) => {
    const [a, b] = [await connect(), await connect()];
    assertEquals(await io.allSockets(), new Set([a.socket.id, b.socket.id]));
    assertEquals(await io.to(a.socket.id).allSockets(), new Set([a.socket.id]));
  }));

Deno.test("serverSideEmit() reaches no other server, and refuses reserved names", () =>
  withServer({}, async ({ io }) => {
    let told: unknown[] | undefined;
    assertEquals(io.serverSideEmit("x", 1), true);
    io.serverSideEmit("x", (...args: unknown[]) => void (told = args));
    assertEquals(told, [null, []]);
    assertEquals(await io.serverSideEmitWithAck("x"), []);
    for (const name of ["connect", "connection", "new_namespace"]) {
      let message = "";
      try {
        io.serverSideEmit(name);
      } catch (error) {
        message = (error as Error).message;
      }
      assertEquals(message, `"${name}" is a reserved event name`);
    }
  }));
