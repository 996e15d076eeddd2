import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { type DefaultEventsMap, DisconnectedError, Server, type Socket } from "../../mod.ts";
import { msgpack } from "../../src/plugins/msgpack.ts";
import { connect, ConnectError, type TestClient } from "../../src/plugins/testing.ts";

Deno.test("connect() gives a client whose events are handled when emit() returns", async () => {
  await using io = new Server();
  const seen: unknown[][] = [];
  io.on("connection", (socket) => socket.onAny((...args) => seen.push(args)));
  await using client = await connect(io);
  assertEquals(client.id, [...io.sockets.sockets.keys()][0]!);
  assertStrictEquals(client.socket, [...io.sockets.sockets.values()][0]!);
  client.emit("a", 1, new Uint8Array([2])).emit("b");
  assertEquals(seen, [["a", 1, new Uint8Array([2])], ["b"]]);
});

Deno.test("a client has what it was sent at once, until it takes it", async () => {
  await using io = new Server();
  io.on("connection", (socket) => socket.emit("welcome", socket.id));
  await using client = await connect(io);
  assertEquals(client.take("welcome"), [[client.id]]);
  io.emit("n", 1);
  io.emit("other");
  io.emit("n", new Uint8Array([2]));
  assertEquals(client.take("n"), [[1], [new Uint8Array([2])]]);
  assertEquals(client.take("n"), []);
  assertEquals(client.take("other"), [[]]);
});

Deno.test("next() takes what came, or waits", async () => {
  await using io = new Server();
  await using client = await connect(io);
  io.emit("n", 1);
  io.emit("n", 2);
  assertEquals([await client.next("n"), await client.next("n")], [[1], [2]]);
  const waiting = [client.next("n"), client.next("n")];
  io.emit("n", 3);
  assertEquals(await Promise.all(waiting), [[3], [3]]);
  io.emit("n", 4);
  assertEquals(client.take("n"), [[4]]);
  const lost = client.next("never");
  io.disconnectSockets();
  await assertRejects(() => lost, Error, "disconnected: io server disconnect");
  await assertRejects(() => client.next("never"), Error, "The client is disconnected");
});

Deno.test("acknowledgements go both ways, with bytes", async () => {
  await using io = new Server();
  io.on("connection", (socket) => {
    socket.on("double", (n, ack) => ack(2 * n, "ignored"));
    socket.on("bytes", (bytes, ack) => ack(bytes));
  });
  await using client = await connect(io);
  assertEquals(await client.emitWithAck("double", 21), 42);
  assertEquals(await client.emitWithAck("bytes", new Uint8Array([1])), new Uint8Array([1]));
  const answers: unknown[][] = [];
  client.emit("double", 1, (...args: unknown[]) => answers.push(args));
  assertEquals(answers, [[2, "ignored"]]);
  client.on("question", (text, ack) => ack(`${text}!`));
  assertEquals(await io.timeout(1000).emitWithAck("question", "well"), ["well!"]);
});

Deno.test("emitWithAck() fails if the client is disconnected first, or already", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const [first, second] = [client.emitWithAck("a"), client.emitWithAck("b")];
  io.disconnectSockets();
  for (const waiting of [first, second, client.emitWithAck("c")]) {
    const { reason } = await assertRejects(() => waiting, DisconnectedError);
    assertEquals(reason, "io server disconnect");
  }
});

Deno.test("on() and off() hear events, which are not kept then", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const seen: unknown[] = [];
  const listener = (value: unknown) => seen.push(value);
  client.on("n", listener);
  io.emit("n", 1);
  client.off("n", listener);
  io.emit("n", 2);
  assertEquals([seen, client.take("n")], [[1], [[2]]]);
});

Deno.test("connect() brings namespace, auth, headers, query and address along", async () => {
  await using io = new Server({ path: "/elsewhere" });
  io.of("/chat");
  await using client = await connect(io, {
    nsp: "/chat",
    auth: { token: "secret" },
    headers: { cookie: "a=1" },
    query: { room: "7" },
    address: "192.0.2.1",
  });
  const { nsp, handshake } = client.socket!;
  assertEquals(nsp.name, "/chat");
  assertEquals({ ...handshake.auth }, { token: "secret" });
  assertEquals(
    [handshake.headers.cookie, handshake.query.room, handshake.address],
    ["a=1", "7", "192.0.2.1"],
  );
});

Deno.test("connect() fails with the error of a middleware, or with the server's answer", async () => {
  await using io = new Server({ allowRequest: (request) => !request.headers.has("x-banned") });
  io.use((_socket, next) => next(Object.assign(new Error("no"), { data: { code: 7 } })));
  const error = await assertRejects(() => connect(io), ConnectError, "no");
  assertEquals([error.name, error.data], ["ConnectError", { code: 7 }]);
  await assertRejects(() => connect(io, { nsp: "/nothing" }), ConnectError, "Invalid namespace");
  const refused = await assertRejects(
    () => connect(io, { headers: { "x-banned": "yes" } }),
    TypeError,
  );
  assertEquals((refused.cause as Response).status, 403);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([io.sockets.sockets.size, io.engine.clientsCount], [0, 0]);
});

const ENDS: [how: string, end: (client: AnyClient) => void, client: string, server: string][] = [
  ["leaves", (it) => it.disconnect(), "io client disconnect", "client namespace disconnect"],
  ["is cut off", (it) => it.cut(), "transport close", "transport close"],
  [
    "is sent away",
    (it) => it.socket!.disconnect(),
    "io server disconnect",
    "server namespace disconnect",
  ],
  [
    "loses its connection to the server",
    (it) => it.socket!.disconnect(true),
    "io server disconnect",
    "server namespace disconnect",
  ],
];

type AnyClient = TestClient<DefaultEventsMap, DefaultEventsMap, Socket>;

for (const [how, end, here, there] of ENDS) {
  Deno.test(`both sides hear why a client ${how}`, async () => {
    await using io = new Server();
    const reasons: string[] = [];
    io.on("connection", (socket) => {
      socket.on("disconnect", (reason) => reasons.push(`there: ${reason}`));
    });
    const client = await connect(io);
    client.on("disconnect", (reason) => reasons.push(`here: ${reason}`));
    end(client);
    assertEquals([client.connected, client.socket], [false, undefined]);
    client.disconnect();
    assertEquals(reasons.sort(), [`here: ${here}`, `there: ${there}`]);
  });
}

Deno.test("TestClient.socket makes no namespace that is gone", async () => {
  const io = new Server({ cleanupEmptyChildNamespaces: true });
  io.of(/^\/room-/);
  const client = await connect(io, { nsp: "/room-1" });
  client.disconnect();
  assertEquals(client.socket, undefined);
  assertEquals([...io.namespaces.keys()], ["/"]);
  await io.close();
});

Deno.test("time may be the test's: a client answers pings", async () => {
  using time = new FakeTime();
  const io = new Server({ pingInterval: 1_000, pingTimeout: 500 });
  const client = await connect(io);
  for (let i = 0; i < 10; i++) await time.tickAsync(1_000);
  assert(client.connected);
  await io.close();
  assert(!client.connected);
});

Deno.test("connect() takes the server's parser", async () => {
  await using io = new Server({ parser: msgpack });
  io.on("connection", (socket) => socket.on("x", (value, ack) => ack(value)));
  await using client = await connect(io, { parser: msgpack });
  const value = { bytes: new Uint8Array([1, 2]) };
  assertEquals(await client.emitWithAck("x", value), value);
});

/** Compiled, never run: a client has the types of its server, the other way round. */
export async function types(
  io: Server<
    { say: (text: string, ack: (n: number) => void) => void },
    { said: (text: string) => void }
  >,
): Promise<void> {
  const client = await connect(io);
  const n: number = await client.emitWithAck("say", "x");
  const [[text]] = client.take("said") as [[string]];
  client.on("said", (text) => text.length);
  // @ts-expect-error the server has no such event
  client.emit("said", "x");
  // @ts-expect-error the argument is text
  client.emit("say", 1, () => {});
  void [n, text];
}
