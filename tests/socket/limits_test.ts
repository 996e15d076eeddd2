import { assertEquals, assertThrows } from "@std/assert";
import { Decoder, enableLog, Encoder, Server, type ServerOptions, type Socket } from "../../mod.ts";
import { type TextClient, withServer } from "../kit/memory_client.ts";

const NUMBERS = [
  "maxWaitingEvents",
  "maxAttachments",
  "maxAttachmentBytes",
  "maxDepth",
  "maxConnectLength",
  "maxNamespaces",
  "maxPendingConnects",
  "maxChildNamespaces",
  "maxRooms",
  "maxPendingAcks",
] as const;

/** Collects why a socket is disconnected, in words. */
function ends(socket: Socket): unknown[] {
  const seen: unknown[] = [];
  socket.on("disconnect", (reason, details) => {
    seen.push([reason, (details as { description: string } | undefined)?.description]);
  });
  return seen;
}

const closedFor = (description: string) => [["forced server close", description]];

Deno.test("Server throws, given a limit that is no number above 0, and takes Infinity", () => {
  for (const name of NUMBERS) {
    for (const value of [0, -1, NaN, "10"] as number[]) {
      const make = () => new Server({ [name]: value });
      assertThrows(make, RangeError, `${name} must be a number above 0, got ${value}`);
    }
    assertEquals(new Server({ [name]: Infinity }).opts[name], Infinity);
  }
  const forever = () => new Server({ attachmentTimeout: Infinity });
  assertThrows(forever, RangeError, "attachmentTimeout must be at most 2147483647 ms");
});

Deno.test("maxHttpBufferSize reaches Bun as a number that it takes", () => {
  for (const [given, told] of [[1_000, 1_000], [10.5, 11], [Infinity, 2 ** 32 - 1]] as const) {
    const { websocket } = new Server({ maxHttpBufferSize: given });
    assertEquals(websocket.maxPayloadLength, told);
  }
});

Deno.test("maxAttachmentBytes follows maxHttpBufferSize", () => {
  assertEquals(new Server({ maxHttpBufferSize: 5 }).opts.maxAttachmentBytes, 50);
  assertEquals(
    new Server({ maxHttpBufferSize: 5, maxAttachmentBytes: 7 }).opts.maxAttachmentBytes,
    7,
  );
});

const UNREADABLE: [
  options: ServerOptions,
  description: string,
  ...packets: (string | Uint8Array)[],
][] = [
  [{ maxAttachments: 2 }, "too many attachments (maxAttachments is 2)", '53-["a"]'],
  [
    { maxAttachmentBytes: 10 },
    "attachments are too large (maxAttachmentBytes is 10)",
    '52-["a"]',
    new Uint8Array(6),
    new Uint8Array(5),
  ],
  [{ maxDepth: 3 }, "data is too deep (maxDepth is 3)", '2["a",[[[]]]]'],
  [
    { maxConnectLength: 20 },
    "CONNECT is too long (maxConnectLength is 20)",
    `2["${"a".repeat(50)}"]`,
    `0/${"a".repeat(18)},`,
  ],
];

for (const [options, description, ...packets] of UNREADABLE) {
  Deno.test(`${Object.keys(options)} closes the connection, and says so`, () =>
    withServer(options, async ({ connect }) => {
      const it = await connect();
      const seen = ends(it.socket);
      const errors: string[] = [];
      it.socket.on("error", ({ message }) => errors.push(message));
      it.send(...packets);
      assertEquals(errors, [description]);
      assertEquals(seen, closedFor(description));
      assertEquals(it.ws.closed !== undefined, true);
    }));
}

Deno.test("the limits of packets are those of the default parser only", () => {
  const parser = { Encoder, Decoder };
  return withServer({ maxDepth: 1, parser }, async ({ connect }) => {
    const it = await connect();
    it.send('2["a",[[]]]');
    assertEquals(it.socket.connected, true);
  });
});

Deno.test("attachments that do not come within attachmentTimeout close the connection", () =>
  withServer({ attachmentTimeout: 1_000 }, async ({ connect, time }) => {
    const it = await connect();
    const seen = ends(it.socket);
    // What is in time is not the next one's concern.
    it.send('51-["a",{"_placeholder":true,"num":0}]');
    time.tick(999);
    it.send(new Uint8Array(1));
    time.tick(10_000);
    assertEquals(seen, []);
    it.send('52-["a"]', new Uint8Array(1));
    time.tick(999);
    assertEquals(seen, []);
    time.tick(1);
    assertEquals(seen, closedFor("attachments took too long (attachmentTimeout is 1000)"));
  }));

Deno.test("attachmentTimeout goes on while another namespace is joined", () =>
  withServer({ attachmentTimeout: 1_000 }, async ({ io, connect, settle, time }) => {
    let letIn = () => {};
    io.of("/slow").use((_) => new Promise<void>((resolve) => letIn = resolve));
    const it = await connect();
    const seen = ends(it.socket);
    it.send("0/slow", '51-["a"]');
    letIn();
    await settle();
    assertEquals(io.of("/slow").sockets.size, 1);
    time.tick(1_000);
    assertEquals(seen, closedFor("attachments took too long (attachmentTimeout is 1000)"));
  }));

Deno.test("connectTimeout is not lifted by attachments of who is in no namespace", () =>
  withServer({ connectTimeout: 1_000 }, async ({ client, io, time }) => {
    const it = await client();
    it.send('52-["a"]');
    time.tick(60_000);
    assertEquals(io.engine.clientsCount, 0);
  }));

Deno.test("maxNamespaces refuses one more, until another is left", () =>
  withServer({ maxNamespaces: 3 }, async ({ io, connect }) => {
    const made: string[] = [];
    io.on("new_namespace", ({ name }) => made.push(name));
    io.of(/^\/n\d+$/);
    const it = await connect();
    await connect("/n1", undefined, it);
    await connect("/n2", undefined, it);
    it.send("0/n3");
    const message = "too many namespaces (maxNamespaces is 3)";
    assertEquals(it.take(), [`4/n3,${JSON.stringify({ message })}`]);
    it.send("1/n1,");
    await connect("/n3", undefined, it);
    // Refused before a namespace is made of it.
    it.send("0/n4");
    assertEquals(it.take(), [`4/n4,${JSON.stringify({ message })}`]);
    assertEquals(made, ["/n1", "/n2", "/n3"]);
  }));

Deno.test("maxPendingConnects refuses one more, until another is decided", () =>
  withServer({ maxPendingConnects: 2 }, async ({ io, connect, client, settle }) => {
    const decide: (() => void)[] = [];
    io.of(/^\/n\d+$/).use((_) => new Promise<void>((resolve) => decide.push(resolve)));
    const it = await client();
    it.send("0/n1", "0/n2", "0/n3");
    const message = "too many connects at once (maxPendingConnects is 2)";
    assertEquals(it.take(), [`4/n3,${JSON.stringify({ message })}`]);
    decide.pop()!();
    await settle();
    assertEquals(it.take().length, 1);
    it.send("0/n3");
    assertEquals([it.take(), decide.length], [[], 2]);
    await connect();
  }));

Deno.test("what a client may still send to namespaces that the server has closed is bounded", () =>
  withServer({ maxNamespaces: 2 }, async ({ io, connect }) => {
    io.of(/^\/n\d+$/);
    const it = await connect();
    for (const n of [1, 2, 3]) (await connect(`/n${n}`, undefined, it)).socket.disconnect();
    it.send('2/n3,["late"]', '2/n2,["late"]');
    assertEquals(it.socket.connected, true);
    it.send('2/n1,["very late"]');
    assertEquals(it.socket.connected, false);
  }));

/** Joins a namespace, and leaves it. */
function visit(client: TextClient, nsp: string): string {
  client.send(`0${nsp},`, `1${nsp},`);
  return String(client.take()[0]).slice(0, 2);
}

const dynamic = (io: Server) => [...io.namespaces.keys()].filter((it) => it !== "/");

Deno.test("maxChildNamespaces removes what nobody is in, the oldest first", () =>
  withServer({ maxChildNamespaces: 3 }, async ({ io, connect, client }) => {
    io.of(/^\/n\d+$/);
    io.of("/n0");
    const it = await client();
    const stays = await connect("/n1");
    for (const n of [2, 3, 4, 5]) assertEquals(visit(it, `/n${n}`), "0/");
    assertEquals(dynamic(io), ["/n0", "/n1", "/n4", "/n5"]);
    assertEquals(stays.socket.connected, true);
    // A namespace that there is takes no room.
    assertEquals(visit(it, "/n4"), "0/");
    assertEquals(visit(it, "/n0"), "0/");
  }));

Deno.test("maxChildNamespaces refuses a client if all of them are in use", () =>
  withServer({ maxChildNamespaces: 2 }, async ({ io, connect, client }) => {
    io.of(/^\/n\d+$/);
    const it = await client();
    const first = await connect("/n1");
    await connect("/n2");
    assertEquals(visit(it, "/n3"), "4/");
    assertEquals(dynamic(io), ["/n1", "/n2"]);
    first.socket.disconnect();
    const again = await client();
    assertEquals(visit(again, "/n3"), "0/");
    assertEquals(dynamic(io), ["/n2", "/n3"]);
  }));

Deno.test("maxChildNamespaces finds an empty one among many in use, if not at once", () =>
  withServer({ maxChildNamespaces: 25 }, async ({ io, connect, client }) => {
    io.of(/^\/n\d+$/);
    for (let n = 0; n < 24; n++) await connect(`/n${n}`);
    (await connect("/n24")).ws.close();
    const outcomes: string[] = [];
    for (let n = 0; n < 3; n++) outcomes.push(visit(await client(), "/n99"));
    assertEquals(outcomes, ["4/", "4/", "0/"]);
  }));

Deno.test("maxChildNamespaces counts none that was removed otherwise", () =>
  withServer({ maxChildNamespaces: 1, cleanupEmptyChildNamespaces: true }, async (rig) => {
    rig.io.of(/^\/n\d+$/);
    for (const n of [1, 2, 3]) (await rig.connect(`/n${n}`)).ws.close();
    await rig.connect("/n4");
    await rig.io.deleteNamespace("/n4");
    await rig.connect("/n5");
  }));

Deno.test("join() throws at more rooms than maxRooms, and joins none of them", () =>
  withServer({ maxRooms: 3 }, async ({ io, connect }) => {
    const { socket } = await connect();
    const other = await connect();
    socket.join("a");
    const expected = "The socket would be in too many rooms (maxRooms is 3)";
    assertThrows(() => socket.join(["b", "c"]), RangeError, expected);
    socket.join(["a", "b"]);
    socket.join([socket.id, "a", "b"]);
    assertThrows(() => socket.join("c"), RangeError, expected);
    assertEquals([...socket.rooms], [socket.id, "a", "b"]);
    // The others are not to suffer from one.
    assertThrows(() => io.socketsJoin("c"), RangeError, expected);
    assertEquals([...other.socket.rooms], [other.socket.id, "c"]);
    socket.leave("a");
    socket.join("c");
  }));

Deno.test("a handler that joins too many rooms is reported, and that is all", () =>
  withServer({ maxRooms: 2 }, async ({ connect, faults }) => {
    const it = await connect();
    it.socket.on("join", (room) => void it.socket.join(room));
    it.send('2["join","a"]', '2["join","b"]');
    assertEquals(faults.splice(0).map(([error]) => (error as Error).name), ["RangeError"]);
    assertEquals(it.socket.connected, true);
  }));

Deno.test("maxPendingAcks closes the connection of who never acknowledges", () =>
  withServer({ maxPendingAcks: 3 }, async ({ io, connect }) => {
    const it = await connect();
    const quick = await connect();
    const seen = ends(it.socket);
    const answers: unknown[] = [];
    for (let n = 0; n < 3; n++) it.socket.emit("x", () => {});
    quick.socket.emit("x", (answer: unknown) => answers.push(answer));
    quick.send('33["y"]');
    assertEquals([answers, seen], [["y"], []]);
    const failed = it.socket.emitWithAck("x").catch((error) => error.message);
    assertEquals(seen, closedFor("too many pending acks (maxPendingAcks is 3)"));
    assertEquals(await failed, "socket has been disconnected");
    assertEquals(io.engine.clientsCount, 1);
  }));

Deno.test("maxPendingAcks counts those of broadcasts, and the others get theirs", () =>
  withServer({ maxPendingAcks: 2 }, async ({ io, connect }) => {
    const mute = await connect();
    const quick = await connect();
    mute.socket.emit("x", () => {});
    mute.socket.emit("x", () => {});
    quick.take();
    const all = io.timeout(1_000).emitWithAck("x");
    assertEquals([mute.socket.connected, quick.socket.connected], [false, true]);
    quick.send(`3${/\d+(?=\[)/.exec(String(quick.take()[0]).slice(1))![0]}["y"]`);
    assertEquals(await all, ["y"]);
  }));

Deno.test("maxPendingAcks counts those of volatile broadcasts, and the others get theirs", () =>
  withServer({ maxPendingAcks: 1 }, async ({ io, connect, settle }) => {
    const mute = await connect();
    const quick = await connect();
    mute.socket.emit("x", () => {});
    const all = io.volatile.timeout(1_000).emitWithAck("x");
    await settle();
    assertEquals([mute.socket.connected, quick.socket.connected], [false, true]);
    quick.send('31["y"]');
    assertEquals(await all, ["y"]);
  }));

Deno.test("maxWaitingEvents says so when it closes", () =>
  withServer({ maxWaitingEvents: 2 }, async ({ connect }) => {
    const it = await connect();
    const seen = ends(it.socket);
    it.socket.use(() => new Promise<void>(() => {}));
    it.send('2["a"]', '2["a"]');
    assertEquals(seen, []);
    it.send('2["a"]');
    assertEquals(seen, closedFor("too many events wait (maxWaitingEvents is 2)"));
  }));

Deno.test("connectTimeout says so in the log: there is no socket to tell", () =>
  withServer({ connectTimeout: 10 }, async ({ client, io, time }) => {
    const lines: unknown[] = [];
    enableLog("socket.io:client", (_, message, ...details) => lines.push([message, ...details]));
    await client();
    time.tick(10);
    enableLog("");
    assertEquals(io.engine.clientsCount, 0);
    const description = "no namespace was joined in time (connectTimeout is 10)";
    assertEquals(lines, [["closed: %s", description]]);
  }));
