import { assertEquals, assertStrictEquals } from "@std/assert";
import type { DisconnectReason, ServerOptions } from "../../mod.ts";
import type { CloseDetails } from "../../src/engine/mod.ts";
import { type JoinedClient, type ServerRig, withServer } from "../kit/memory_client.ts";

type Row = [
  reason: DisconnectReason,
  details: CloseDetails | undefined,
  what: string,
  act: (it: JoinedClient, rig: ServerRig) => unknown,
  options?: ServerOptions,
];

const TABLE: Row[] = [
  ["client namespace disconnect", undefined, "the client leaves", (it) => it.send("1")],
  ["server namespace disconnect", undefined, "the server makes it leave", ({ socket }) => {
    socket.disconnect();
  }],
  ["server namespace disconnect", undefined, "the server closes its connection", ({ socket }) => {
    socket.disconnect(true);
  }],
  ["server namespace disconnect", undefined, "disconnectSockets() is called", (_, { io }) => {
    io.disconnectSockets();
  }],
  ["server shutting down", undefined, "the server closes", (_, { io }) => io.close()],
  [
    "transport close",
    { code: 1001, description: "going away" },
    "the WebSocket is closed",
    ({ ws }) => ws.close(1001, "going away"),
  ],
  [
    "transport close",
    { description: "closed by the client" },
    "the client sends a close packet",
    ({ ws }) => ws.send("1"),
  ],
  ["ping timeout", undefined, "the client answers no ping", (_, { time }) => time.tick(45_000)],
  [
    "parse error",
    { description: "parser error" },
    "the client sends no packet",
    ({ ws }) => ws.send("x"),
  ],
  [
    "transport error",
    { description: "invalid heartbeat direction" },
    "the client pings",
    ({ ws }) => ws.send("2"),
  ],
  [
    "transport error",
    { description: "message is larger than maxHttpBufferSize" },
    "the client sends too much",
    (it) => it.send('2["x","' + "x".repeat(1_000_000) + '"]'),
  ],
  [
    "transport error",
    { description: "too much data waits for the client (maxBufferedAmount is 16777216)" },
    "the client reads too slowly",
    ({ socket }, { runtime }) => {
      runtime.buffered = 20_000_000;
      socket.emit("x", "y".repeat(6_000_000));
    },
  ],
  ["forced close", undefined, "the connection is closed", ({ socket }) => socket.conn.close()],
  [
    "forced server close",
    { description: "packet of type 0 out of order" },
    "the client breaks the protocol",
    (it) => it.send("0"),
  ],
];

for (const [reason, details, what, act, options] of TABLE) {
  Deno.test(`a socket is disconnected for "${reason}" when ${what}`, () =>
    withServer(options ?? {}, async (rig) => {
      const it = await rig.connect();
      it.socket.join("room");
      const log: unknown[][] = [];
      it.socket.on("disconnecting", (...args) => {
        log.push(["disconnecting", ...args]);
        assertEquals(it.socket.rooms, new Set([it.socket.id, "room"]));
        assertEquals(it.socket.connected, true);
      });
      it.socket.on("disconnect", (...args) => {
        log.push(["disconnect", ...args]);
        assertEquals(it.socket.rooms, new Set([it.socket.id, "room"]));
        assertEquals(rig.io.sockets.adapter.socketRooms(it.socket.id), undefined);
        assertEquals(it.socket.connected, false);
        assertEquals(rig.io.sockets.sockets.has(it.socket.id), false);
      });
      await act(it, rig);
      assertEquals(log, [
        ["disconnecting", reason, details],
        ["disconnect", reason, details],
      ]);
      it.socket.disconnect();
      it.socket.disconnect(true);
      it.ws.close();
      assertEquals(log.length, 2);
      assertEquals([rig.io.sockets.adapter.rooms.size, rig.io.sockets.adapter.sids.size], [0, 0]);
      assertEquals(it.socket.disconnected, true);
    }));
}

Deno.test("disconnect() leaves one namespace, disconnect(true) all, and closes", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const main = await connect();
    const other = await connect("/a", undefined, main);
    const log: string[] = [];
    for (const { socket } of [main, other]) {
      socket.on("disconnect", (reason) => void log.push(`${socket.nsp.name} ${reason}`));
    }
    assertStrictEquals(main.socket.disconnect(), main.socket);
    assertEquals(main.take(), ["1"]);
    assertEquals(main.ws.closed, undefined);
    assertEquals(other.socket.connected, true);
    other.socket.disconnect(true);
    assertEquals(main.take(), ["1/a,"]);
    assertEquals(main.ws.closed !== undefined, true);
    assertEquals(log, ["/ server namespace disconnect", "/a server namespace disconnect"]);
  }));

Deno.test("the end of a connection disconnects all of its sockets", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const main = await connect();
    const other = await connect("/a", undefined, main);
    const log: string[] = [];
    for (const { socket } of [main, other]) {
      socket.on("disconnect", (reason) => void log.push(`${socket.nsp.name} ${reason}`));
    }
    main.ws.close();
    assertEquals(log, ["/ transport close", "/a transport close"]);
  }));

Deno.test("what is emitted before disconnect(true) still arrives, over polling", () =>
  withServer({}, async ({ io, poller }) => {
    io.on("connection", (socket) => {
      socket.emit("bye");
      socket.disconnect(true);
    });
    const client = await poller();
    await (await client.post("40")).body?.cancel();
    const packets = (await client.poll()).split("\x1e");
    assertEquals(packets.slice(1), ['42["bye"]', "41"]);
    assertEquals(await client.poll(), "1");
    assertEquals(io.engine.clientsCount, 0);
  }));

Deno.test("a listener of disconnecting may say good-bye to the rooms", () =>
  withServer({}, async ({ connect }) => {
    const [a, b] = [await connect(), await connect()];
    for (const { socket } of [a, b]) socket.join("room");
    a.socket.on("disconnecting", () => {
      for (const room of a.socket.rooms) a.socket.to(room).emit("left", room);
    });
    a.ws.close();
    assertEquals(b.take(), ['2["left","room"]']);
  }));

Deno.test("a listener of disconnect may disconnect others", () =>
  withServer({}, async ({ io, connect }) => {
    const clients = [await connect(), await connect(), await connect()];
    io.sockets.sockets.forEach((socket) => socket.on("disconnect", () => io.disconnectSockets()));
    clients[0]!.ws.close();
    assertEquals(clients.map(({ socket }) => socket.connected), [false, false, false]);
    assertEquals(io.sockets.sockets.size, 0);
  }));

Deno.test("disconnect() in the listener of connection ends the connect", () =>
  withServer({}, async ({ io, client }) => {
    const log: string[] = [];
    io.on("connection", (socket) => {
      socket.on("disconnect", (reason) => void log.push(reason));
      socket.disconnect();
      log.push("after");
    });
    const it = await client();
    it.send("0");
    it.send('2["late"]');
    assertEquals(log, ["server namespace disconnect", "after"]);
    assertEquals(it.take().map((packet) => String(packet)[0]), ["0", "1"]);
    assertEquals(it.ws.closed, undefined);
  }));

Deno.test("no event reaches a socket that has left", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const seen: unknown[] = [];
    it.socket.on("x", () => {
      seen.push("x");
      it.socket.disconnect();
    });
    it.send('2["x"]', '2["x"]');
    assertEquals(seen, ["x"]);
  }));

Deno.test("a listener of disconnecting may disconnect again, which changes nothing", () =>
  withServer({}, async ({ io, connect }) => {
    for (const again of ["socket", "connection", "all"]) {
      const it = await connect();
      const log: string[] = [];
      it.socket.on("disconnecting", (reason) => {
        if (log.push(`disconnecting ${reason}`) > 5) return;
        if (again === "all") io.disconnectSockets();
        else it.socket.disconnect(again === "connection");
      });
      it.socket.on("disconnect", (reason) => void log.push(`disconnect ${reason}`));
      it.send("1");
      assertEquals(log, [
        "disconnecting client namespace disconnect",
        "disconnect client namespace disconnect",
      ]);
      it.ws.close();
    }
  }));

Deno.test("a middleware may disconnect the socket, whose event is then dropped", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const log: string[] = [];
    it.socket.use((_, next) => {
      it.socket.disconnect();
      next();
    });
    it.socket.on("x", () => void log.push("x"));
    it.socket.on("disconnect", (reason) => void log.push(reason));
    it.send('2["x"]', '2["x"]');
    assertEquals(log, ["server namespace disconnect"]);
  }));

Deno.test("the rooms are still there in the listeners of disconnect, and after them", () =>
  withServer({}, async ({ io, connect, settle }) => {
    const it = await connect();
    it.socket.join(["red", "blue"]);
    const seen: string[][] = [];
    it.socket.on("disconnect", async () => {
      seen.push([...it.socket.rooms]);
      await Promise.resolve();
      seen.push([...it.socket.rooms]);
    });
    it.ws.close();
    await settle();
    const rooms = [it.socket.id, "red", "blue"];
    assertEquals(seen.map((it) => it.toSorted()), [rooms.toSorted(), rooms.toSorted()]);
    assertEquals([io.sockets.adapter.rooms.size, io.sockets.adapter.sids.size], [0, 0]);
  }));
