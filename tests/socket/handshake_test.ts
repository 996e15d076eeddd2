import { assertEquals, assertStrictEquals } from "@std/assert";
import { TextClient, withServer } from "../kit/memory_client.ts";

Deno.test("handshake tells how the socket came to be", () =>
  withServer({}, async ({ connect, client, runtime, time }) => {
    runtime.address = "203.0.113.7";
    const it = await client("&token=a%20b&token=c&__proto__=d", {
      "X-Custom": "yes",
      "origin": "https://site.example",
    });
    time.tick(1234);
    const { socket } = await connect("/", { name: "n" }, it);
    const { handshake } = socket;
    assertEquals(handshake.address, "203.0.113.7");
    assertEquals(handshake.secure, false);
    assertEquals(handshake.xdomain, true);
    assertEquals(handshake.issued, time.now);
    assertEquals(handshake.time, String(new Date(time.now)));
    assertEquals(
      handshake.url,
      "/socket.io/?EIO=4&transport=websocket&token=a%20b&token=c&__proto__=d",
    );
    assertEquals(handshake.headers["x-custom"], "yes");
    assertEquals(handshake.headers.origin, "https://site.example");
    assertEquals(handshake.query.token, "c");
    assertEquals(handshake.query.EIO, "4");
    assertEquals({ ...handshake.auth }, { name: "n" });
    assertStrictEquals(socket.handshake, handshake);
  }));

Deno.test("query and headers have no prototype that a client could name", () =>
  withServer({}, async ({ connect, client }) => {
    const it = await client("&__proto__=a&constructor=b");
    const { socket } = await connect("/", undefined, it);
    const { query, headers } = socket.handshake;
    for (const it of [query, headers]) assertStrictEquals(Object.getPrototypeOf(it), null);
    assertEquals(Object.keys(query).sort(), ["EIO", "__proto__", "constructor", "transport"]);
    assertEquals(query.constructor as unknown, "b");
    assertEquals(headers.toString, undefined);
  }));

Deno.test("handshake is secure over TLS, and names no other domain without an origin", () =>
  withServer({}, async ({ io, runtime, connect }) => {
    const url = "https://localhost/socket.io/?EIO=4&transport=websocket";
    const it = new TextClient(await runtime.connect(io, url));
    const { socket } = await connect("/", undefined, it);
    assertEquals([socket.handshake.secure, socket.handshake.xdomain], [true, false]);
  }));

Deno.test("sockets of one connection share its request, each with its own auth", () =>
  withServer({}, async ({ io, connect, time }) => {
    io.of("/a");
    const main = await connect("/", { n: 1 });
    time.tick(500);
    const other = await connect("/a", { n: 2 }, main);
    assertEquals([main.socket.handshake.auth.n, other.socket.handshake.auth.n], [1, 2]);
    assertEquals(other.socket.handshake.issued - main.socket.handshake.issued, 500);
    assertStrictEquals(main.socket.request, other.socket.request);
    assertEquals(new URL(main.socket.request.url).pathname, "/socket.io/");
    assertEquals(main.socket.client.id, main.socket.conn.id);
  }));

Deno.test("data is the application's, and not shared", () =>
  withServer({}, async ({ connect }) => {
    const [a, b] = [await connect(), await connect()];
    assertEquals([a.socket.data, b.socket.data], [{}, {}]);
    a.socket.data.user = "a";
    b.socket.data = { user: "b" };
    assertEquals([a.socket.data, b.socket.data], [{ user: "a" }, { user: "b" }]);
  }));

Deno.test("a socket keeps properties that the application adds", () =>
  withServer({}, async ({ io, connect }) => {
    io.use((socket, next) => {
      Object.assign(socket, { user: "u" });
      next();
    });
    const { socket } = await connect();
    assertEquals((socket as unknown as { user: string }).user, "u");
  }));
