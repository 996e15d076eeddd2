import { assertEquals } from "@std/assert";
import { withServer } from "../kit/memory_client.ts";

Deno.test("a socket is in the room of its own id", () =>
  withServer({}, async ({ io, connect }) => {
    const { socket } = await connect();
    assertEquals(socket.rooms, new Set([socket.id]));
    assertEquals(io.sockets.adapter.rooms.get(socket.id), new Set([socket.id]));
  }));

Deno.test("join() and leave() change the rooms of a socket, and those of the adapter", () =>
  withServer({}, async ({ io, connect }) => {
    const { socket } = await connect();
    const { id } = socket;
    const { adapter } = io.sockets;
    socket.join("a");
    socket.join(["b", "c", "a"]);
    assertEquals([...socket.rooms], [id, "a", "b", "c"]);
    assertEquals(adapter.sids.get(id), socket.rooms);
    assertEquals(adapter.rooms.get("b"), new Set([id]));
    socket.leave("b");
    socket.leave("never joined");
    assertEquals([...socket.rooms], [id, "a", "c"]);
    assertEquals(adapter.rooms.has("b"), false);
  }));

Deno.test("a socket's rooms and the members of its own room change apart", () =>
  withServer({}, async ({ io, connect }) => {
    const [a, b] = [(await connect()).socket, (await connect()).socket];
    const { rooms, sids } = io.sockets.adapter;
    a.join("r");
    assertEquals([[...a.rooms], [...rooms.get(a.id)!]], [[a.id, "r"], [a.id]]);
    a.leave("r");
    b.join(a.id);
    assertEquals([[...a.rooms], [...b.rooms]], [[a.id], [b.id, a.id]]);
    assertEquals([[...rooms.get(a.id)!], [...rooms.get(b.id)!]], [[a.id, b.id], [b.id]]);
    a.leave(a.id);
    assertEquals([[...a.rooms], [...rooms.get(a.id)!]], [[], [b.id]]);
    b.leave(b.id);
    assertEquals([rooms.has(b.id), sids.get(b.id)], [false, new Set([a.id])]);
  }));

Deno.test("rooms of several sockets know them all", () =>
  withServer({}, async ({ io, connect }) => {
    const [a, b] = [await connect(), await connect()];
    a.socket.join("room");
    b.socket.join("room");
    const { adapter } = io.sockets;
    assertEquals(adapter.rooms.get("room"), new Set([a.socket.id, b.socket.id]));
    assertEquals(await adapter.sockets(new Set(["room"])), new Set([a.socket.id, b.socket.id]));
    assertEquals(await io.in("room").allSockets(), new Set([a.socket.id, b.socket.id]));
    assertEquals(adapter.socketRooms(a.socket.id), new Set([a.socket.id, "room"]));
    a.send("1");
    assertEquals(adapter.rooms.get("room"), new Set([b.socket.id]));
  }));

Deno.test("a disconnected socket is in no room, and joins none", () =>
  withServer({}, async ({ io, connect }) => {
    const { socket, ...it } = await connect();
    socket.join("a");
    it.ws.close();
    socket.join("b");
    socket.leave("a");
    assertEquals(socket.rooms, new Set());
    assertEquals([io.sockets.adapter.rooms.size, io.sockets.adapter.sids.size], [0, 0]);
  }));

Deno.test("rooms joined in a middleware are kept by who is let in, and undone for who is not", () =>
  withServer({}, async ({ io, client, connect }) => {
    io.use((socket, next) => {
      socket.join("early");
      next(socket.handshake.auth.ok ? undefined : new Error("no"));
    });
    const refused = await client();
    refused.send("0");
    const { adapter } = io.sockets;
    assertEquals([adapter.rooms.size, adapter.sids.size], [0, 0]);
    const { socket } = await connect("/", { ok: true });
    assertEquals(socket.rooms, new Set(["early", socket.id]));
  }));

Deno.test("a socket whose middlewares still run receives no broadcast", () =>
  withServer({}, async ({ io, client, settle }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    io.use(async (socket, next) => {
      socket.join("early");
      await promise;
      next();
    });
    const it = await client();
    it.send("0");
    it.take();
    io.emit("x");
    io.to("early").emit("x");
    assertEquals(it.take(), []);
    assertEquals(await io.in("early").allSockets(), new Set());
    resolve();
    await settle();
    it.take();
    io.to("early").emit("x");
    assertEquals(it.take(), ['2["x"]']);
  }));

Deno.test("the adapter tells of rooms that come and go", () =>
  withServer({}, async ({ io, connect }) => {
    const log: string[] = [];
    const events = ["create-room", "delete-room", "join-room", "leave-room"] as const;
    const [a, b] = [await connect(), await connect()];
    const names = { [a.socket.id]: "A", [b.socket.id]: "B" };
    for (const event of events) {
      io.sockets.adapter.on(event, (...args: string[]) => {
        log.push([event, ...args.map((it) => names[it] ?? it)].join(" "));
      });
    }
    a.socket.join("r");
    a.socket.join("r");
    b.socket.join("r");
    a.socket.leave("r");
    b.send("1");
    assertEquals(log, [
      "create-room r",
      "join-room r A",
      "join-room r B",
      "leave-room r A",
      "leave-room B B",
      "delete-room B",
      "leave-room r B",
      "delete-room r",
    ]);
  }));

Deno.test("a listener of the adapter's that throws stops nothing", () =>
  withServer({}, async ({ io, connect }) => {
    const { error } = console;
    const lines: unknown[][] = [];
    console.error = (...args) => void lines.push(args);
    try {
      io.sockets.adapter.on("create-room", () => {
        throw new Error("oops");
      });
      const { socket } = await connect();
      socket.join("a");
      assertEquals(socket.rooms.has("a"), true);
    } finally {
      console.error = error;
    }
    assertEquals(lines.length, 2);
  }));

Deno.test("rooms may be named like members of an object", () =>
  withServer({}, async ({ io, connect }) => {
    const it = await connect();
    it.socket.join(["__proto__", "constructor", ""]);
    io.to("__proto__").emit("x");
    io.to("").emit("y");
    io.to("toString").emit("z");
    assertEquals(it.take(), ['2["x"]', '2["y"]']);
  }));

Deno.test("who hears that a socket has joined its own room can send to it: it is connected", () =>
  withServer({}, async ({ io, client }) => {
    io.sockets.adapter.on("join-room", (room) => io.emit("joined", room));
    const one = await client();
    one.send("0");
    const [socket] = [...io.sockets.sockets.values()];
    assertEquals(one.take(), [`0{"sid":"${socket!.id}"}`, `2["joined","${socket!.id}"]`]);
  }));
