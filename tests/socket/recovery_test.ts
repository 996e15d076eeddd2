import { assert, assertEquals, assertExists, assertThrows } from "@std/assert";
import { Server, SessionAwareAdapter, type Socket } from "../../mod.ts";
import { type ServerRig, take, type TextClient, withServer } from "../kit/memory_client.ts";

const ON = { connectionStateRecovery: {} };

/** A client that can come back. */
interface Guest {
  readonly client: TextClient;
  readonly socket: Socket;
  readonly pid: string;
}

async function join(
  rig: ServerRig,
  auth?: Record<string, unknown>,
  nsp = "/",
): Promise<Guest & { before: unknown[] }> {
  const client = await rig.client();
  const prefix = nsp === "/" ? "" : `${nsp},`;
  client.send(`0${prefix}${auth === undefined ? "" : JSON.stringify(auth)}`);
  await rig.settle();
  const packets = client.take() as string[];
  const welcome = packets.shift()!;
  assert(welcome.startsWith(`0${prefix}{`), welcome);
  const { sid, pid } = JSON.parse(welcome.slice(1 + prefix.length));
  const socket = rig.io.of(nsp).sockets.get(sid);
  assertExists(socket);
  return { client, socket, pid, before: packets.map((it) => eventOf(it, prefix)) };
}

function eventOf(packet: string, prefix = ""): unknown[] {
  assert(packet.startsWith(`2${prefix}[`), packet);
  return JSON.parse(packet.slice(1 + prefix.length));
}

/** The events that came, without their offsets, and the last offset. */
function read({ client }: Guest): { events: unknown[]; offset: string } {
  const events = client.take().map((it) => eventOf(it as string));
  const offsets = events.map((event) => event.pop());
  for (const it of offsets) assertEquals(typeof it, "string");
  return { events, offset: offsets.at(-1) as string };
}

const bare = (events: unknown[]) => events.map((it) => (it as unknown[]).slice(0, -1));

function lose({ client }: Guest): void {
  client.ws.close();
}

Deno.test("a client that is back has its id, rooms and data, and what it missed, in order", () =>
  withServer(ON, async (rig) => {
    const { io } = rig;
    const a = await join(rig);
    a.socket.join("room");
    a.socket.data.name = "Ann";
    io.emit("seen");
    const { offset } = read(a);
    lose(a);
    io.emit("to all", 1);
    io.to("room").emit("to the room");
    io.to("other").emit("to others");
    io.except("room").emit("to all but the room");
    io.volatile.emit("volatile");
    io.to(a.socket.id).emit("to the socket");
    const b = await join(rig, { pid: a.pid, offset });
    assertEquals(bare(b.before), [["to all", 1], ["to the room"], ["to the socket"]]);
    assertEquals([b.socket.id, b.pid, b.socket.recovered], [a.socket.id, a.pid, true]);
    assertEquals([...b.socket.rooms], [a.socket.id, "room"]);
    assertEquals(b.socket.data, { name: "Ann" });
    io.to("room").emit("new");
    assertEquals(read(b).events, [["new"]]);
  }));

Deno.test("what was missed is as it was sent, whatever has changed since", () =>
  withServer(ON, async (rig) => {
    const { io } = rig;
    const a = await join(rig);
    lose(a);
    const state = { turn: 1, players: ["Ann"] };
    io.emit("state", state);
    state.turn++;
    state.players.push("Bob");
    a.socket.emit("state", state);
    state.turn++;
    const b = await join(rig, { pid: a.pid });
    assertEquals(bare(b.before), [
      ["state", { turn: 1, players: ["Ann"] }],
      ["state", { turn: 2, players: ["Ann", "Bob"] }],
    ]);
  }));

Deno.test("maxPackets counts what a listener for outgoing events sends meanwhile", () =>
  withServer({ connectionStateRecovery: { maxPackets: 1, maxPacketBytes: 100 } }, async (rig) => {
    const { io } = rig;
    const a = await join(rig);
    const b = await join(rig);
    b.socket.onAnyOutgoing((event) => void (event === "one" && io.emit("two")));
    for (let n = 0; n < 10; n++) io.emit("one");
    const { offset } = read(a);
    lose(a);
    io.emit("missed");
    const c = await join(rig, { pid: a.pid, offset });
    assertEquals(c.socket.recovered, true);
    assertEquals(bare(c.before), [["missed"]]);
  }));

Deno.test("what was missed comes behind the answer, and before what connect and connection send", () =>
  withServer(ON, async (rig) => {
    const { io } = rig;
    const a = await join(rig);
    lose(a);
    io.emit("missed");
    for (const event of ["connect", "connection"] as const) {
      io.on(event, (socket) => void socket.emit(`on ${event}`));
    }
    const client = await rig.client();
    client.send(`0${JSON.stringify({ pid: a.pid })}`);
    await rig.settle();
    const names = client.take().map((it) => /"([\w ]+)"/.exec(it as string)?.[1]);
    assertEquals(names, ["sid", "missed", "on connect", "on connection"]);
  }));

Deno.test("a client that saw no event yet gets all since it came, and nothing older", () =>
  withServer(ON, async (rig) => {
    const { io } = rig;
    io.emit("older");
    const a = await join(rig);
    lose(a);
    io.emit("missed");
    const b = await join(rig, { pid: a.pid });
    assertEquals(bare(b.before), [["missed"]]);
    assertEquals(b.socket.recovered, true);
  }));

Deno.test("a client cannot read what was sent before it came, whatever offset it names", () =>
  withServer(ON, async (rig) => {
    const { io } = rig;
    const first = await join(rig);
    io.emit("older", 1);
    const { offset } = read(first);
    io.emit("older", 2);
    const a = await join(rig);
    lose(a);
    const b = await join(rig, { pid: a.pid, offset });
    assertEquals([b.before, b.socket.recovered], [[], true]);
  }));

Deno.test("a volatile event whose last argument is text ends with an offset all the same", () =>
  withServer(ON, async (rig) => {
    const { io } = rig;
    const a = await join(rig);
    io.emit("kept");
    io.volatile.emit("volatile", "text");
    a.socket.volatile.emit("volatile", "more text");
    const { events, offset } = read(a);
    assertEquals(events, [["kept"], ["volatile", "text"], ["volatile", "more text"]]);
    lose(a);
    io.emit("missed");
    const b = await join(rig, { pid: a.pid, offset });
    assertEquals(bare(b.before), [["missed"]]);
  }));

Deno.test("what a socket emits is kept, too, also after the loss", () =>
  withServer(ON, async (rig) => {
    const a = await join(rig);
    a.socket.emit("seen");
    const { offset } = read(a);
    a.socket.emit("on its way");
    lose(a);
    a.socket.emit("afterwards");
    const b = await join(rig, { pid: a.pid, offset });
    assertEquals(bare(b.before), [["on its way"], ["afterwards"]]);
  }));

Deno.test("an event that asks for an acknowledgement has no offset, and is not kept", () =>
  withServer(ON, async (rig) => {
    const a = await join(rig);
    const answers: unknown[] = [];
    a.socket.emit("question", "text", (answer: unknown) => answers.push(answer));
    const [packet] = a.client.take() as [string];
    assertEquals(packet, '20["question","text"]');
    a.client.send('30["answer"]');
    assertEquals(answers, ["answer"]);
    lose(a);
    const b = await join(rig, { pid: a.pid });
    assertEquals(b.before, []);
  }));

Deno.test("an event that cannot be written is no event: nothing of it is kept", () =>
  withServer(ON, async (rig) => {
    const a = await join(rig);
    assertThrows(() => a.socket.emit("bad", 1n));
    assertThrows(() => a.socket.emit("bad", 1n, () => {}));
    assertThrows(() => rig.io.emit("bad", 1n));
    lose(a);
    const b = await join(rig, { pid: a.pid });
    assertEquals(b.before, []);
  }));

Deno.test("a client that is back before its loss is noticed goes on where it was", () =>
  withServer(ON, async (rig) => {
    const a = await join(rig);
    a.socket.join("room");
    const ends: unknown[] = [];
    a.socket.on("disconnect", (...args) => void ends.push(args));
    rig.io.to("room").emit("unread");
    const b = await join(rig, { pid: a.pid });
    assertEquals(ends, [[
      "transport close",
      { description: "the client is back over another connection" },
    ]]);
    assertEquals([b.socket.recovered, b.socket.id], [true, a.socket.id]);
    assertEquals([a.client.ws.closed === undefined, bare(b.before)], [false, [["unread"]]]);
    rig.io.to("room").emit("next");
    assertEquals(read(b).events, [["next"]]);
    assertEquals([...rig.io.sockets.sockets.keys()], [a.socket.id]);
  }));

Deno.test("a pid is good for one client at a time, and for nobody who was made to leave", () =>
  withServer(ON, async (rig) => {
    const a = await join(rig);
    const b = await join(rig, { pid: a.pid });
    const c = await join(rig, { pid: a.pid });
    assertEquals([a, b, c].map(({ socket }) => socket.connected), [false, false, true]);
    c.socket.disconnect();
    const d = await join(rig, { pid: a.pid });
    assertEquals([d.socket.recovered, d.pid === a.pid], [false, false]);
  }));

Deno.test("two clients with one pid, each of which comes back when it loses its connection, settle", () =>
  withServer(ON, async (rig) => {
    let [here, gone] = [await join(rig), await join(rig)];
    const { pid } = here;
    for (let n = 0; n < 20; n++) {
      [here, gone] = [await join(rig, { pid }), here];
      assertEquals([here.socket.recovered, gone.socket.connected], [true, false]);
      await rig.time.tickAsync(1_000);
    }
    const next = await join(rig, { pid });
    assertEquals([next.socket.connected, here.socket.connected], [true, true]);
    assertEquals([next.socket.recovered, next.pid === pid], [false, false]);
  }));

Deno.test("a client may take over its old connection again, once the heartbeat would have noticed", () =>
  withServer(ON, async (rig) => {
    const { pid } = await join(rig);
    for (let n = 0; n < 20; n++) await join(rig, { pid });
    assertEquals((await join(rig, { pid })).socket.recovered, false);
    await rig.time.tickAsync(45_000);
    assertEquals((await join(rig, { pid })).socket.recovered, true);
  }));

Deno.test("a pid of another namespace restores nothing", () =>
  withServer(ON, async (rig) => {
    rig.io.of("/other");
    const a = await join(rig);
    lose(a);
    const b = await join(rig, { pid: a.pid }, "/other");
    assertEquals(b.socket.recovered, false);
  }));

Deno.test("who leaves, or is made to, does not come back", () =>
  withServer(ON, async (rig) => {
    const a = await join(rig);
    a.client.send("1");
    const b = await join(rig);
    b.socket.disconnect();
    for (const { pid } of [a, b]) {
      assertEquals((await join(rig, { pid })).socket.recovered, false);
    }
  }));

Deno.test("a pid that is no text, or unknown, is none", () =>
  withServer(ON, async (rig) => {
    for (const pid of [1, {}, "", "__proto__"]) {
      assertEquals((await join(rig, { pid, offset: 1 })).socket.recovered, false);
    }
  }));

Deno.test("a client that is back passes by the middlewares, unless skipMiddlewares is false", async () => {
  for (const skipMiddlewares of [true, false]) {
    await withServer({ connectionStateRecovery: { skipMiddlewares } }, async (rig) => {
      const seen: boolean[] = [];
      rig.io.use((socket, next) => {
        seen.push(socket.recovered);
        next();
      });
      const a = await join(rig);
      lose(a);
      await join(rig, { pid: a.pid });
      assertEquals(seen, skipMiddlewares ? [false] : [false, true]);
    });
  }
});

Deno.test("what is sent while the middlewares of a returning client run is not lost", () =>
  withServer({ connectionStateRecovery: { skipMiddlewares: false } }, async (rig) => {
    const waiting: (() => void)[] = [];
    const a = await join(rig);
    rig.io.use((_socket, next) => void waiting.push(next));
    lose(a);
    rig.io.emit("before");
    const client = await rig.client();
    client.send(`0${JSON.stringify({ pid: a.pid })}`);
    await rig.settle();
    rig.io.emit("meanwhile");
    assertEquals(client.take(), []);
    waiting[0]!();
    const events = (client.take() as string[]).slice(1).map((it) => eventOf(it));
    assertEquals(bare(events), [["before"], ["meanwhile"]]);
  }));

Deno.test("a client that is lost again before it is let in can come back", () =>
  withServer({ connectionStateRecovery: { skipMiddlewares: false } }, async (rig) => {
    const a = await join(rig);
    a.socket.join("room");
    lose(a);
    rig.io.emit("missed");
    const client = await rig.client();
    client.send(`0${JSON.stringify({ pid: a.pid })}`);
    client.ws.close();
    await rig.settle();
    const b = await join(rig, { pid: a.pid });
    assertEquals(bare(b.before), [["missed"]]);
    assertEquals(b.socket.rooms.has("room"), true);
  }));

Deno.test("a client that a middleware refuses can come back", () =>
  withServer({ connectionStateRecovery: { skipMiddlewares: false } }, async (rig) => {
    const a = await join(rig);
    a.socket.join("room");
    rig.io.use(({ handshake }, next) => next(handshake.auth.old ? new Error("old") : undefined));
    lose(a);
    rig.io.to("room").emit("before");
    const client = await rig.client();
    client.send(`0${JSON.stringify({ pid: a.pid, old: true })}`);
    await rig.settle();
    assertEquals(client.take(), ['4{"message":"old"}']);
    rig.io.to("room").emit("after");
    const b = await join(rig, { pid: a.pid });
    assertEquals([b.socket.id, b.socket.recovered], [a.socket.id, true]);
    assertEquals(bare(b.before), [["before"], ["after"]]);
  }));

Deno.test("who comes after maxDisconnectionDuration is new", () =>
  withServer({ connectionStateRecovery: { maxDisconnectionDuration: 1000 } }, async (rig) => {
    const [a, b] = [await join(rig), await join(rig)];
    lose(a);
    lose(b);
    rig.time.tick(1000);
    assertEquals((await join(rig, { pid: a.pid })).socket.recovered, true);
    rig.time.tick(1);
    assertEquals((await join(rig, { pid: b.pid })).socket.recovered, false);
  }));

Deno.test("a quiet client comes back though its offset is older than what is kept", () =>
  withServer({
    connectionStateRecovery: { maxDisconnectionDuration: 1000 },
    pingInterval: 10_000_000,
  }, async (rig) => {
    const a = await join(rig);
    rig.io.emit("seen");
    const { offset } = read(a);
    for (let i = 0; i < 3; i++) {
      rig.time.tick(10_000_000);
      a.client.ws.send("3");
    }
    take(a.client.ws);
    rig.io.to("others").emit("noise");
    lose(a);
    rig.io.emit("missed");
    const b = await join(rig, { pid: a.pid, offset });
    assertEquals(bare(b.before), [["missed"]]);
  }));

Deno.test("who has missed more than maxPackets or maxPacketBytes hold is new", async () => {
  for (const bound of [{ maxPackets: 2 }, { maxPacketBytes: 80 }]) {
    await withServer({ connectionStateRecovery: bound }, async (rig) => {
      const [a, b] = [await join(rig), await join(rig)];
      lose(a);
      lose(b);
      rig.io.emit("x", 1);
      rig.io.emit("x", 2);
      const back = await join(rig, { pid: a.pid });
      assertEquals(bare(back.before), [["x", 1], ["x", 2]]);
      rig.io.emit("x", "3".repeat(30));
      assertEquals((await join(rig, { pid: b.pid })).socket.recovered, false);
    });
  }
});

Deno.test("who has missed more than maxBufferedAmount is new, unless slow clients may stay", async () => {
  for (const slowClients of ["close", "drop-volatile"] as const) {
    await withServer({ ...ON, maxBufferedAmount: 1_000, slowClients }, async (rig) => {
      const a = await join(rig);
      lose(a);
      for (let n = 0; n < 11; n++) rig.io.emit("missed", "x".repeat(100));
      const b = await join(rig, { pid: a.pid });
      const stays = slowClients === "drop-volatile";
      assertEquals([b.socket.recovered, b.before.length], [stays, stays ? 11 : 0]);
    });
  }
});

Deno.test("of more lost clients than maxSessions, the first is forgotten", () =>
  withServer({ connectionStateRecovery: { maxSessions: 1 } }, async (rig) => {
    const [a, b] = [await join(rig), await join(rig)];
    lose(a);
    lose(b);
    assertEquals((await join(rig, { pid: a.pid })).socket.recovered, false);
    assertEquals((await join(rig, { pid: b.pid })).socket.recovered, true);
  }));

Deno.test("without the option nobody has a pid, and events have no offset", () =>
  withServer({}, async (rig) => {
    const a = await join(rig, { pid: "x", offset: "y" });
    assertEquals([a.pid, a.socket.recovered], [undefined as never, false]);
    rig.io.emit("x");
    assertEquals(a.client.take(), ['2["x"]']);
  }));

Deno.test("bad options of connectionStateRecovery are refused", () => {
  const serverWith = (options: unknown) =>
    new Server({ connectionStateRecovery: options as Record<never, never> });
  assertThrows(() => serverWith(true), TypeError, "connectionStateRecovery must be an object");
  for (const name of ["maxDisconnectionDuration", "maxSessions", "maxPackets", "maxPacketBytes"]) {
    assertThrows(() => serverWith({ [name]: 0 }), RangeError, `connectionStateRecovery.${name}`);
  }
  assertThrows(
    () => new Server({ adapter: SessionAwareAdapter }),
    TypeError,
    "SessionAwareAdapter needs the option connectionStateRecovery",
  );
});

Deno.test("a client is back in all of its rooms, also in more than maxRooms", () =>
  withServer({ connectionStateRecovery: {}, maxRooms: 2 }, async (rig) => {
    // Its own room comes after those of the middlewares.
    rig.io.use((socket, next) => {
      void socket.join(["a", "b"]);
      next();
    });
    const before = await join(rig);
    lose(before);
    const after = await join(rig, { pid: before.pid, offset: "" });
    assert(after.socket.recovered);
    assertEquals(after.socket.rooms, new Set(["a", "b", before.socket.id]));
  }));
