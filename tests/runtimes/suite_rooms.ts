/** Rooms, broadcasts, and what can be done to many sockets at once. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Socket } from "socket.io-client";
import type { Behaviour, WayContext } from "./behaviour.ts";
import { collect, event, WAYS } from "./client.ts";
import { RemoteError } from "./remote.ts";

/** Registers the tests. */
export function roomSuite({ each, once }: Behaviour): void {
  each("io.to, in and except choose who receives, and each of them once", async (t) => {
    const room = unique();
    const { a, b, ab, none } = await crowd(t, room);
    const seen = await whatArrives([a, b, ab, none], async () => {
      const { ask } = t.server;
      await ask((io) => io.to(`${room} a`).emit("news", "to a"));
      await ask((io) => io.in(`${room} b`).emit("news", "in b"));
      await ask((io) => io.to(`${room} a`).to(`${room} b`).emit("news", "to a, to b"));
      await ask((io) => io.to([`${room} a`, `${room} b`]).emit("news", "to both"));
      await ask((io) => io.to(`${room} a`).except(`${room} b`).emit("news", "a but b"));
      await ask((io) => io.to(room).except([`${room} a`, `${room} b`]).emit("news", "the rest"));
      await ask((io) => io.to(none.id!).emit("news", "by id"));
      await ask((io) => io.to(`${room} nobody`).emit("news", "nobody"));
    });
    assertEquals(seen, [
      ["to a", "to a, to b", "to both", "a but b"],
      ["in b", "to a, to b", "to both"],
      ["to a", "in b", "to a, to b", "to both"],
      ["the rest", "by id"],
    ]);
  });

  each("io.emit reaches all sockets of the namespace", async (t) => {
    const sockets = await Promise.all([t.connect(), t.connect(), t.connect("/chat")]);
    const seen = await whatArrives(sockets, async () => {
      await t.server.ask((io) => io.emit("news", "to all"));
      await t.server.ask((io) => io.local.emit("news", "to all here"));
      await t.server.ask((io) => io.of("/chat").emit("news", "to the chat"));
    });
    assertEquals(seen, [["to all", "to all here"], ["to all", "to all here"], ["to the chat"]]);
  });

  each("io.adapter() leaves clients in their rooms", async (t) => {
    const room = unique();
    const { a, b, ab, none } = await crowd(t, room);
    await a.emitWithAck("replace the adapters");
    const seen = await whatArrives([a, b, ab, none], async () => {
      await t.server.ask((io) => io.to(`${room} a`).emit("news", "to a"));
      await t.server.ask((io) => io.emit("news", "to all"));
      await t.server.ask((io) => io.in(`${room} a`).socketsLeave(`${room} a`));
      await t.server.ask((io) => io.to(`${room} a`).emit("news", "to nobody"));
    });
    assertEquals(seen, [["to a", "to all"], ["to all"], ["to a", "to all"], ["to all"]]);
  });

  once("io.emit reaches ninety-nine clients, however they are connected", async (t) => {
    const sockets = await Promise.all(
      Array.from({ length: 99 }, (_, i) => t.clients.connect(WAYS[i % 3]!)),
    );
    const seen = sockets.map((socket) => collect(socket, "news"));
    for (let i = 0; i < 10; i++) await t.server.ask((io) => io.emit("news", i));
    await Promise.all(sockets.map((socket) => socket.emitWithAck("ping")));
    const wanted = Array.from({ length: 10 }, (_, i) => [i]);
    for (const events of seen) assertEquals(events, wanted);
  });

  each("single sends and broadcasts keep their order, up to a disconnect", async (t) => {
    const [socket, other] = await Promise.all([t.connect(), t.connect()]);
    const mixed = collect(socket, "mixed");
    const gone = event(socket, "disconnect");
    other.emit("mix to", socket.id, 60);
    await gone;
    // The volatile ones may be missing, for who polls.
    const firm = (n: unknown) => (n as number) % 6 !== 4;
    const numbers = mixed.map(([n]) => n);
    assertEquals(numbers.filter(firm), Array.from({ length: 60 }, (_, n) => n).filter(firm));
    assertEquals(numbers, numbers.toSorted((a, b) => (a as number) - (b as number)));
  });

  each("socket.to, except and broadcast leave the sender out", async (t) => {
    const room = unique();
    const { a, b, ab, none } = await crowd(t, room);
    const { ask } = t.server;
    const id = ab.id!;
    const seen = await whatArrives([a, b, ab, none], async () => {
      await ask((io) => io.sockets.sockets.get(id)!.to(`${room} a`).emit("news", "to a"));
      await ask((io) => io.sockets.sockets.get(id)!.in(`${room} b`).emit("news", "in b"));
      await ask((io) => io.sockets.sockets.get(id)!.broadcast.emit("news", "broadcast"));
      await ask((io) => io.sockets.sockets.get(id)!.except(`${room} a`).emit("news", "but a"));
      await ask((io) =>
        io.sockets.sockets.get(id)!.to(room).except(none.id!).emit("news", "but one")
      );
      await ask((io) => io.sockets.sockets.get(id)!.to(id).emit("news", "itself"));
      await ask((io) => io.sockets.sockets.get(id)!.emit("news", "alone"));
    });
    assertEquals(seen, [
      ["to a", "broadcast", "but one"],
      ["in b", "broadcast", "but a", "but one"],
      ["alone"],
      ["broadcast", "but a"],
    ]);
  });

  each("socket.join and leave change its rooms", async (t) => {
    const room = unique();
    const socket = await t.connect();
    const id = socket.id!;
    const { ask } = t.server;
    const rooms = () => ask((io) => io.sockets.sockets.get(id)!.rooms);
    assertEquals(await rooms(), [id]);
    await ask((io) => io.sockets.sockets.get(id)!.join([room, `${room} 2`]));
    assertEquals(await rooms(), [id, room, `${room} 2`]);
    await ask((io) => io.sockets.sockets.get(id)!.leave(room));
    await ask((io) => io.sockets.sockets.get(id)!.leave("never joined"));
    assertEquals(await rooms(), [id, `${room} 2`]);
    const seen = await whatArrives([socket], async () => {
      await ask((io) => io.to(room).emit("news", "left"));
      await ask((io) => io.to(`${room} 2`).emit("news", "joined"));
    });
    assertEquals(seen, [["joined"]]);
  });

  each("a broadcast's emitWithAck gives every answer", async (t) => {
    const room = unique();
    const { a, b, ab } = await crowd(t, room);
    [a, b, ab].forEach((socket, i) => socket.on("number", (base, ack) => ack(base + i)));
    const answers = await t.server.ask((io) =>
      io.to([`${room} a`, `${room} b`]).timeout(20_000).emitWithAck("number", 10)
    );
    assertEquals((answers as number[]).sort(), [10, 11, 12]);
    const others = await t.server.ask((io) =>
      io.sockets.sockets.get(a.id!)!.to([`${room} a`, `${room} b`]).timeout(20_000)
        .emitWithAck("number", 20)
    );
    assertEquals((others as number[]).sort(), [21, 22]);
  });

  each("a broadcast's emitWithAck fails with the answers that came in time", async (t) => {
    const room = unique();
    const { a, b, ab } = await crowd(t, room);
    for (const socket of [a, ab]) socket.on("who?", (ack) => ack("me"));
    b.on("who?", () => {});
    const error = await assertRejects(
      () => t.server.ask((io) => io.to(room).timeout(1_000).emitWithAck("who?")),
      RemoteError,
      "operation has timed out",
    );
    assertEquals(error.responses, ["me", "me"]);
  });

  each("a broadcast's emitWithAck does not wait for a client that leaves", async (t) => {
    const room = unique();
    const { a, b, ab, none } = await crowd(t, room);
    for (const socket of [b, ab, none]) socket.on("who?", (ack) => ack("me"));
    a.on("who?", () => a.disconnect());
    const started = Date.now();
    const answers = await t.server.ask((io) => io.to(room).timeout(60_000).emitWithAck("who?"));
    assertEquals(answers, ["me", "me", "me"]);
    assert(Date.now() - started < 30_000);
  });

  once("a broadcast's emitWithAck to nobody gives no answers, at once", async (t) => {
    const started = Date.now();
    assertEquals(
      await t.server.ask((io) => io.to(unique()).timeout(60_000).emitWithAck("who?")),
      [],
    );
    assertEquals(
      await t.server.ask((io) => io.of("/empty").timeout(60_000).emitWithAck("who?")),
      [],
    );
    assert(Date.now() - started < 30_000);
  });

  each("io.fetchSockets shows sockets, their rooms and their data", async (t) => {
    const room = unique();
    const { a, ab } = await crowd(t, room);
    await a.emitWithAck("set data", { name: "Ada", tags: ["x"] });
    await ab.emitWithAck("set data", { name: "Abe" });
    const found = await t.server.ask((io) => io.in(`${room} a`).fetchSockets());
    assertEquals(found.sort((x, y) => x.rooms.length - y.rooms.length), [
      { id: a.id!, rooms: [a.id!, room, `${room} a`], data: { name: "Ada", tags: ["x"] } },
      {
        id: ab.id!,
        rooms: [ab.id!, room, `${room} a`, `${room} b`],
        data: { name: "Abe" },
      },
    ]);
  });

  each("io.socketsJoin and socketsLeave move sockets", async (t) => {
    const room = unique();
    const { a, b, ab, none } = await crowd(t, room);
    const { ask } = t.server;
    await ask((io) => io.in(`${room} a`).socketsJoin([`${room} new`, `${room} newer`]));
    await ask((io) => io.in(ab.id!).socketsLeave(`${room} newer`));
    await ask((io) => io.in(room).except(`${room} new`).socketsJoin(`${room} old`));
    const seen = await whatArrives([a, b, ab, none], async () => {
      for (const kind of ["new", "newer", "old"]) {
        await ask((io) => io.to(`${room} ${kind}`).emit("news", kind));
      }
    });
    assertEquals(seen, [["new", "newer"], ["old"], ["new"], ["old"]]);
  });

  each("io.disconnectSockets ends what it is asked to", async (t) => {
    const room = unique();
    const { a, b, ab } = await crowd(t, room);
    const { ask } = t.server;
    const left = [a, ab].map((socket) => event(socket, "disconnect"));
    await ask((io) => io.in(`${room} a`).disconnectSockets());
    for (const [reason] of await Promise.all(left)) assertEquals(reason, "io server disconnect");
    assertEquals(b.connected, true);

    const closed = event(b.io.engine, "close");
    await ask((io) => io.in(room).except("nobody").disconnectSockets(true));
    await closed;
    assertEquals(await ask((io) => io.sockets.adapter.rooms.has(room)), false);
  });
}

let rooms = 0;

/** A name that no other test uses. */
function unique(): string {
  return `room ${++rooms}`;
}

/** Clients in a room: one in its part a, one in b, one in both, one in none. */
async function crowd(
  t: WayContext,
  room: string,
): Promise<{ a: Socket; b: Socket; ab: Socket; none: Socket }> {
  const [a, b, ab, none] = await Promise.all([t.connect(), t.connect(), t.connect(), t.connect()]);
  const { ask } = t.server;
  await ask((io) => io.in([a.id!, b.id!, ab.id!, none.id!]).socketsJoin(room));
  await ask((io) => io.in([a.id!, ab.id!]).socketsJoin(`${room} a`));
  await ask((io) => io.in([b.id!, ab.id!]).socketsJoin(`${room} b`));
  return { a, b, ab, none };
}

/** The first argument of each `news` that the sockets receive through what `action` does. */
async function whatArrives(
  sockets: Socket[],
  action: () => Promise<unknown>,
): Promise<unknown[][]> {
  const seen = sockets.map((socket) => collect(socket, "news"));
  await action();
  // What was sent before the answer has arrived before it.
  await Promise.all(sockets.map((socket) => socket.emitWithAck("ping")));
  return seen.map((events) => events.map(([first]) => first));
}
