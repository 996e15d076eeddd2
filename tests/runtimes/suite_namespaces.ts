/** Namespaces that are made when clients ask for them, and engines that a server is bound to. */
import { assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { collect, connected, event, events, refusal, WEBSOCKET } from "./client.ts";

/** Registers the tests. */
export function namespaceSuite({ each, once }: Behaviour): void {
  each("io.of with a regular expression makes a namespace for each name", async (t) => {
    const [a, b] = [unique("tenant"), unique("tenant")];
    const first = await t.connect(a);
    assertEquals(await first.emitWithAck("where"), a);
    const second = await t.connect(b);
    const third = await t.connect(a);
    assertEquals(await second.emitWithAck("where"), b);
    assertEquals(await third.emitWithAck("where"), a);
    assertEquals(await t.server.history(a), [["new_namespace"], ["connection", first.id], [
      "connection",
      third.id,
    ]]);
    assertEquals(await t.server.ask((io) => io.of(a).sockets.size), 2);
    assertEquals(await t.server.ask((io) => io.of(b).sockets.size), 1);
  });

  each("one connection reaches several namespaces that are made for it", async (t) => {
    const socket = await t.connect(unique("tenant"));
    const names = [unique("tenant"), unique("tenant"), unique("tenant")];
    const others = names.map((name) => socket.io.socket(name));
    await Promise.all(others.map(connected));
    const answers = await Promise.all(others.map((other) => other.emitWithAck("where")));
    assertEquals(answers, names);
  });

  each("children have the middlewares of their parent", async (t) => {
    const name = unique("tenant");
    const socket = t.clients.create(t.way, name, { auth: { banned: true } });
    assertEquals((await refusal(socket)).message, "banned");
    socket.auth = {};
    await connected(socket);
    assertEquals(await socket.emitWithAck("where"), name);
  });

  each("io.of with a function decides by name and auth, and may take its time", async (t) => {
    const name = unique("staff");
    const socket = t.clients.create(t.way, name, { auth: { token: "wrong" } });
    assertEquals((await refusal(socket)).message, "Invalid namespace");
    assertEquals(await t.server.history(name), []);
    socket.auth = { token: "secret" };
    await connected(socket);
    assertEquals(await t.server.history(name), [["new_namespace"]]);

    const guests = t.clients.create(t.way, unique("guest"));
    await connected(guests);
    const others = t.clients.create(t.way, unique("nobody"), { auth: { token: "secret" } });
    assertEquals((await refusal(others)).message, "Invalid namespace");
  });

  each("a function that throws refuses, and the server is told", async (t) => {
    const name = unique("broken");
    const socket = t.clients.create(t.way, name);
    assertEquals((await refusal(socket)).message, "Invalid namespace");
    assertEquals(await t.server.seen("io", "io error"), ["Error: cannot decide"]);
    assertEquals(await t.server.history(name), []);
  });

  each("what a parent sends reaches the clients of all children", async (t) => {
    const room = unique("room");
    const sockets = await Promise.all([1, 2, 3].map(() => t.connect(unique("tenant"))));
    const [first, second, third] = sockets;
    const seen = sockets.map((socket) => collect(socket, "news"));
    await Promise.all([first, second].map((socket) => socket!.emitWithAck("join", room)));
    const arrived = Promise.all(sockets.map((socket, i) => events(socket, "news", i < 2 ? 2 : 1)));
    third!.emit("tell all in", room, "to the room");
    third!.emit("tell all", "to all", new Uint8Array([1, 2]));
    await arrived;
    const toAll = ["to all", seen[0]![1]![1]];
    assertEquals(seen, [[["to the room"], toAll], [["to the room"], toAll], [toAll]]);
  });

  each("a parent collects the acknowledgements of all children", async (t) => {
    const room = unique("room");
    const sockets = await Promise.all([1, 2, 3].map(() => t.connect(unique("tenant"))));
    for (const [i, socket] of sockets.entries()) {
      socket.on("question", (ack) => ack(i));
      await socket.emitWithAck("join", room);
    }
    const answers: number[] = await sockets[0]!.emitWithAck("ask all in", room);
    assertEquals(answers.toSorted(), [0, 1, 2]);
  });

  each("a namespace made by hand is a child of the parent that matches", async (t) => {
    const name = unique("tenant");
    await t.server.ask((io) => io.of(name).name);
    const socket = await t.connect(name);
    assertEquals(await socket.emitWithAck("where"), name);
    const [only] = await t.server.history(name);
    assertEquals(only, ["new_namespace"]);
  });

  each("an empty child is removed if cleanupEmptyChildNamespaces says so", async (t) => {
    for (const [path, made] of [["/tidy", 2], ["/socket.io", 1]] as const) {
      const name = unique("tenant");
      const socket = await t.connect(name, { path });
      socket.disconnect();
      await t.server.seen(name, "disconnect");
      await connected(socket);
      assertEquals(await socket.emitWithAck("where"), name);
      const history = await t.server.history(name);
      assertEquals(history.filter(([what]) => what === "new_namespace").length, made, path);
    }
  });

  each("a path with parameters makes namespaces that know them", async (t) => {
    const room = unique("room").slice(1);
    const name = `/org/a%20b/room/${room}`;
    const socket = await t.connect(name);
    const answer = new Promise((resolve) =>
      socket.emit("where", (...them: unknown[]) => resolve(them))
    );
    assertEquals(await answer, ["a b", room]);
    const invalid = t.clients.create(t.way, "/org/a/room");
    assertEquals((await refusal(invalid)).message, "Invalid namespace");
  });

  each("deleteNamespace sends the clients away", async (t) => {
    const name = `/org/1/room${unique("room")}`;
    const [socket, other] = [await t.connect(name), await t.connect(name)];
    const left = [event(socket, "disconnect"), event(other, "disconnect")];
    socket.emit("delete");
    for (const it of left) assertEquals((await it)[0], "io server disconnect");
    assertEquals(await t.server.ask((io) => io.namespaces.has(name)), false);
  });

  each("emitWithAckStream brings each answer with the id of its socket", async (t) => {
    const name = `/org/1/room${unique("room")}`;
    const [first, second] = [await t.connect(name), await t.connect(name)];
    for (const socket of [first, second]) {
      socket.on("question", (question, ack) => ack(`${question} ${socket.id}`));
    }
    const answers: unknown[] = await first.emitWithAck("ask each", "who?");
    const expected = [first, second].map(({ id }) => [id, `who? ${id}`]);
    assertEquals(answers.map(String).sort(), expected.map(String).sort());
  });

  each("what a middleware sends arrives once the client is connected", async (t) => {
    const socket = t.clients.create(t.way, "/early");
    const order: unknown[] = [];
    socket.on("connect", () => order.push("connect"));
    socket.on("greeting", (text) => order.push(text));
    const greeted = events(socket, "greeting", 2);
    await connected(socket);
    await greeted;
    assertEquals(order, ["connect", "from the middleware", "from the listener"]);
  });

  each("what a middleware sends is lost if the client is refused", async (t) => {
    const socket = t.clients.create(t.way, "/early", { auth: { banned: true } });
    const seen = collect(socket, "greeting");
    assertEquals((await refusal(socket)).message, "banned");
    const other = socket.io.socket("/chat");
    await connected(other);
    await other.emitWithAck("ping");
    assertEquals(seen, []);
  });

  each("io.bind takes the connections of another engine, under its path", async (t) => {
    const socket = await t.connect("/", { path: "/bound" });
    assertEquals(await socket.emitWithAck("echo", "a", new Uint8Array([1])).then(String), "a");
    assertEquals(await t.server.ask((io) => io.sockets.sockets.size, "/bound"), 1);
    assertEquals(await t.server.ask((io) => io.path(), "/bound"), "/bound");
    const gone = event(socket, "disconnect");
    await t.server.ask((io) => io.disconnectSockets(true), "/bound");
    await gone;
  });

  once("a client that asks for a thousand names in vain keeps its connection", async (t) => {
    const socket = await t.clients.connect(WEBSOCKET);
    const lost = Array.from({ length: 1_000 }, () => socket.io.socket(unique("nobody")));
    const messages = (await Promise.all(lost.map(refusal))).map((it) => it.message);
    // A function of the application decides about the names, and it takes its time.
    const invalid = messages.filter((it) => it === "Invalid namespace");
    const hasty = messages.filter((it) => it.startsWith("too many connects at once"));
    assertEquals([invalid.length >= 50, invalid.length + hasty.length], [true, 1_000]);
    assertEquals(await socket.emitWithAck("echo", 1), 1);
  });
}

let names = 0;

function unique(kind: string): string {
  return `/${kind}-${names++}`;
}
