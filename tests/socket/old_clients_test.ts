/** Clients of Socket.IO 1 and 2. */
import { assertEquals, assertExists, assertMatch } from "@std/assert";
import type { ServerOptions, Socket } from "../../mod.ts";
import { JoinedClient, type ServerRig, TextClient, withServer } from "../kit/memory_client.ts";
import { OldPoller, oldSocket } from "../kit/old_client.ts";

const OPTIONS: ServerOptions = { allowEIO3: true };

async function connect({ io, ...rig }: ServerRig, query = ""): Promise<TextClient> {
  return new TextClient(await oldSocket(io, rig, query));
}

async function join(rig: ServerRig): Promise<JoinedClient> {
  const { ws } = await connect(rig);
  const socket = [...rig.io.sockets.sockets.values()].at(-1);
  assertExists(socket);
  const client = new JoinedClient(ws, socket);
  assertEquals(client.take(), ["0"]);
  return client;
}

function onlyOne(sockets: Map<string, Socket>): Socket {
  assertEquals(sockets.size, 1);
  return [...sockets.values()][0]!;
}

Deno.test("an old client is in the main namespace by itself, with the id of its connection", () =>
  withServer(OPTIONS, async (rig) => {
    const connections: [id: string, connected: boolean][] = [];
    rig.io.on("connection", ({ id, connected }) => connections.push([id, connected]));
    const { socket } = await join(rig);
    assertEquals(connections, [[socket.id, true]]);
    assertEquals(socket.id, socket.conn.id);
    assertEquals(socket.conn.protocol, 3);
    assertEquals([...socket.rooms], [socket.id]);
    rig.time.tick(40_000);
    assertEquals(socket.connected, true);
  }));

Deno.test("an old client that polls is told with its first answers", () =>
  withServer(OPTIONS, async (rig) => {
    const client = await OldPoller.open(rig.io, rig);
    assertEquals(await client.poll(), [{ type: "message", data: "0" }]);
    assertEquals(onlyOne(rig.io.sockets.sockets).id, client.open.sid);
  }));

Deno.test("handshake.query of an old client is that of its connection, auth is empty", () =>
  withServer(OPTIONS, async (rig) => {
    await connect(rig, "&token=a%2Cb&__proto__=x");
    const { query, auth } = onlyOne(rig.io.sockets.sockets).handshake;
    assertEquals({ ...query }, {
      EIO: "3",
      transport: "websocket",
      token: "a,b",
      ["__proto__"]: "x",
    });
    assertEquals([Object.keys(auth), Object.getPrototypeOf(auth)], [[], null]);
  }));

Deno.test("middlewares decide about old clients, too", () =>
  withServer(OPTIONS, async (rig) => {
    rig.io.use(({ handshake }, next) => {
      if (handshake.query.token === "ok") return next();
      const error = new Error("not you");
      next(
        handshake.query.why ? Object.assign(error, { data: { why: handshake.query.why } }) : error,
      );
    });
    assertEquals((await connect(rig, "&token=ok")).take(), ["0"]);
    assertEquals((await connect(rig)).take(), ['4"not you"']);
    assertEquals((await connect(rig, "&why=full")).take(), ['4{"why":"full"}']);
    assertEquals(rig.io.sockets.sockets.size, 1);
  }));

Deno.test("an old client that is refused has until connectTimeout for another namespace", () =>
  withServer(OPTIONS, async (rig) => {
    rig.io.use((_, next) => next(new Error("no")));
    rig.io.of("/open");
    const refused = await connect(rig);
    const other = await connect(rig);
    other.send("0/open");
    assertEquals(other.take(), ['4"no"', "0/open,"]);
    rig.time.tick(44_999);
    refused.ws.send("2");
    other.ws.send("2");
    await rig.settle();
    rig.time.tick(1);
    assertEquals([refused.ws.closed !== undefined, other.ws.closed], [true, undefined]);
  }));

Deno.test("an old client reaches other namespaces, with a query as auth", () =>
  withServer(OPTIONS, async (rig) => {
    const client = await join(rig);
    const admin = rig.io.of("/admin");
    client.send("0/admin?token=a%2Cb&x=1&x=2&__proto__=y");
    assertEquals(client.take(), ["0/admin,"]);
    const socket = onlyOne(admin.sockets);
    assertEquals(socket.id, `/admin#${client.socket.conn.id}`);
    assertEquals({ ...socket.handshake.auth }, { token: "a,b", x: "2", ["__proto__"]: "y" });
    assertEquals(socket.handshake.query.token, undefined);
    socket.on("echo", (value, ack) => ack(value));
    client.send('2/admin,7["echo",1]');
    assertEquals(client.take(), ["3/admin,7[1]"]);
  }));

Deno.test("an old client reaches a namespace without a query, and with an empty one", () =>
  withServer(OPTIONS, async (rig) => {
    const client = await join(rig);
    rig.io.of("/a");
    rig.io.of("/ü b");
    client.send("0/a", "0/ü b?");
    assertEquals(client.take(), ["0/a,", "0/ü b,"]);
  }));

Deno.test("an old client is told of an invalid namespace in plain words", () =>
  withServer(OPTIONS, async (rig) => {
    const client = await join(rig);
    client.send("0/nowhere?a=1");
    assertEquals(client.take(), ['4/nowhere,"Invalid namespace"']);
    assertEquals(client.socket.connected, true);
  }));

Deno.test("an old client may ask for a namespace twice", () =>
  withServer(OPTIONS, async (rig) => {
    const admin = rig.io.of("/admin");
    const release: (() => void)[] = [];
    admin.use((_, next) => void release.push(next));
    const client = await join(rig);
    client.send("0/admin", "0/admin?x=1");
    assertEquals(release.length, 1);
    release[0]!();
    assertEquals(client.take(), ["0/admin,"]);
    client.send("0/admin", "0");
    assertEquals(client.take(), []);
    assertEquals([client.socket.connected, admin.sockets.size], [true, 1]);
  }));

Deno.test("events and acknowledgements go both ways, with bytes", () =>
  withServer(OPTIONS, async (rig) => {
    const client = await join(rig);
    const { socket } = client;
    socket.on("echo", (...args) => args.pop()(...args));
    client.send('20["echo","a",{"b":[1]}]');
    assertEquals(client.take(), ['30["a",{"b":[1]}]']);
    client.send('51-1["echo",{"_placeholder":true,"num":0}]');
    client.ws.send(Uint8Array.of(4, 1, 2));
    const [text, bytes] = client.take();
    assertEquals<unknown>([text, bytes], [
      '61-1[{"_placeholder":true,"num":0}]',
      Uint8Array.of(4, 1, 2),
    ]);
    const answer = socket.emitWithAck("ask", 1);
    assertEquals(client.take(), ['20["ask",1]']);
    client.send("30[2]");
    assertEquals(await answer, 2);
  }));

Deno.test("a broadcast reaches old and new clients of a room, each in its form", () =>
  withServer(OPTIONS, async (rig) => {
    const old = await join(rig);
    const recent = await rig.connect();
    const poller = await OldPoller.open(rig.io, rig);
    await poller.poll();
    rig.io.socketsJoin("room");
    rig.io.to("room").emit("news", "é", Uint8Array.of(1, 2));
    const text = '51-["news","é",{"_placeholder":true,"num":0}]';
    assertEquals<unknown>(recent.take(), [text, Uint8Array.of(1, 2)]);
    assertEquals<unknown>(old.take(), [text, Uint8Array.of(4, 1, 2)]);
    assertEquals<unknown>(await poller.poll(), [
      { type: "message", data: text },
      { type: "message", data: Uint8Array.of(1, 2) },
    ]);
    recent.socket.to("room").emit("hi");
    assertEquals([recent.take(), old.take()], [[], ['2["hi"]']]);
  }));

Deno.test("acknowledgements of a broadcast come from old and new clients", () =>
  withServer(OPTIONS, async (rig) => {
    const old = await join(rig);
    const recent = await rig.connect();
    const answers = rig.io.timeout(1_000).emitWithAck("ask");
    for (const [client, answer] of [[old, "old"], [recent, "new"]] as const) {
      const [packet] = client.take();
      assertMatch(String(packet), /^2\d+\["ask"\]$/);
      client.send(`3${parseInt(String(packet).slice(1))}["${answer}"]`);
    }
    assertEquals(await answers, ["old", "new"]);
  }));

Deno.test("socket.disconnect() tells an old client; the connection stays", () =>
  withServer(OPTIONS, async (rig) => {
    const client = await join(rig);
    const reasons: string[] = [];
    client.socket.on("disconnect", (reason) => reasons.push(reason));
    rig.io.of("/admin");
    client.send("0/admin");
    client.take();
    client.socket.disconnect();
    assertEquals(client.take(), ["1"]);
    assertEquals(reasons, ["server namespace disconnect"]);
    assertEquals(client.ws.closed, undefined);
    onlyOne(rig.io.of("/admin").sockets).disconnect(true);
    assertEquals(client.ws.closed !== undefined, true);
  }));

Deno.test("an old client leaves a namespace, or altogether", () =>
  withServer(OPTIONS, async (rig) => {
    const client = await join(rig);
    const reasons: string[] = [];
    rig.io.of("/admin").on("connection", (socket) => {
      socket.on("disconnect", (reason) => reasons.push(`admin: ${reason}`));
    });
    client.socket.on("disconnect", (reason) => reasons.push(reason));
    client.send("0/admin", "1/admin,");
    assertEquals(reasons, ["admin: client namespace disconnect"]);
    client.ws.close();
    assertEquals(reasons.at(-1), "transport close");
  }));

Deno.test("a connection that a listener of the engine closes joins nothing", () =>
  withServer(OPTIONS, async (rig) => {
    let sockets = 0;
    rig.io.on("connection", () => sockets++);
    rig.io.engine.on("connection", (conn) => conn.close());
    const client = await connect(rig);
    assertEquals([sockets, client.ws.closed !== undefined], [0, true]);
  }));

Deno.test("a socket that is disconnected as it connects leaves nothing behind", () =>
  withServer(OPTIONS, async (rig) => {
    rig.io.on("connection", (socket) => socket.disconnect(true));
    const client = await connect(rig);
    assertEquals([client.ws.closed !== undefined, rig.io.sockets.sockets.size], [true, 0]);
  }));
