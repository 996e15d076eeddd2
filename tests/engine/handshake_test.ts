import { assertEquals, assertMatch, assertNotEquals, assertStrictEquals } from "@std/assert";
import { take, withEngine } from "../kit/memory_client.ts";

Deno.test("fetch opens a session, given a handshake over polling", () =>
  withEngine({}, async (rig) => {
    const response = await rig.request("?EIO=4&transport=polling");
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "text/plain; charset=UTF-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    const text = await response.text();
    assertEquals(JSON.parse(text.slice(1)), {
      sid: rig.conn.id,
      upgrades: ["websocket"],
      pingInterval: 25_000,
      pingTimeout: 20_000,
      maxPayload: 1_000_000,
    });
    assertEquals(text[0], "0");
    assertEquals(rig.conn.transport.name, "polling");
    assertEquals(rig.conn.readyState, "open");
    assertEquals([rig.conn.upgrading, rig.conn.upgraded], [false, false]);
  }));

Deno.test("fetch opens a session, given a handshake over WebSocket", () =>
  withEngine({ pingInterval: 100, pingTimeout: 50, maxHttpBufferSize: 1000 }, async (rig) => {
    const socket = await rig.socket();
    const [first, ...others] = take(socket) as string[];
    assertEquals(first?.[0], "0");
    assertEquals(JSON.parse(first!.slice(1)), {
      sid: rig.conn.id,
      upgrades: [],
      pingInterval: 100,
      pingTimeout: 50,
      maxPayload: 1000,
    });
    assertEquals(others, []);
    assertEquals(rig.conn.transport.name, "websocket");
  }));

Deno.test("the handshake offers no upgrade, given allowUpgrades: false or polling alone", async () => {
  const options = [{ allowUpgrades: false }, { transports: ["polling" as const] }];
  for (const option of options) {
    await withEngine(option, async (rig) => {
      assertEquals((await rig.poller()).open.upgrades, []);
      assertEquals(rig.engine.upgrades("polling"), []);
    });
  }
});

Deno.test("session ids are 20 characters, safe in a URL, and differ", () =>
  withEngine({}, async (rig) => {
    const ids = new Set<string>();
    for (let i = 0; i < 200; i++) ids.add((await rig.poller()).open.sid);
    assertEquals(ids.size, 200);
    for (const id of ids) assertMatch(id, /^[\w-]{20}$/);
  }));

Deno.test("session ids do not depend on Math.random", async () => {
  const random = Math.random;
  Math.random = () => 0;
  try {
    await withEngine({}, async (rig) => {
      const first = await rig.poller();
      const second = await rig.poller();
      assertNotEquals(first.open.sid, second.open.sid);
    });
  } finally {
    Math.random = random;
  }
});

Deno.test("clients holds the sessions by their id, until they end", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const socket = await rig.socket();
    assertEquals(rig.engine.clientsCount, 2);
    assertStrictEquals(rig.engine.clients.get(client.open.sid), rig.conns[0]);
    socket.close();
    assertEquals([...rig.engine.clients.keys()], [client.open.sid]);
  }));

Deno.test("conn shows the first request, also after it became a WebSocket", () =>
  withEngine({}, async (rig) => {
    rig.runtime.address = "203.0.113.7";
    await rig.socket("&token=a%20b", { "x-custom": "yes" });
    assertEquals(rig.conn.remoteAddress, "203.0.113.7");
    assertEquals(rig.conn.protocol, 4);
    assertEquals(rig.conn.request.method, "GET");
    assertEquals(new URL(rig.conn.request.url).searchParams.get("token"), "a b");
    assertEquals(rig.conn.request.headers.get("x-custom"), "yes");
    assertStrictEquals(rig.conn.request, rig.conn.request);
  }));

Deno.test("initialPacket comes right behind the handshake, on each transport", () =>
  withEngine({ initialPacket: "hello" }, async (rig) => {
    const response = await rig.request("?EIO=4&transport=polling");
    const packets = (await response.text()).split("\x1e");
    assertEquals(packets.slice(1), ["4hello"]);
    const socket = await rig.socket();
    assertEquals(take(socket).slice(1), ["4hello"]);
  }));

Deno.test("initialPacket may be bytes", () =>
  withEngine({ initialPacket: new Uint8Array([1, 2, 3]) }, async (rig) => {
    const response = await rig.request("?EIO=4&transport=polling");
    assertEquals((await response.text()).split("\x1e").slice(1), ["bAQID"]);
    const socket = await rig.socket();
    assertEquals(take(socket).slice(1), [new Uint8Array([1, 2, 3])]);
  }));

Deno.test("the event connection comes before anything of the client's", () =>
  withEngine({}, async (rig) => {
    const log: unknown[] = [];
    rig.engine.on("connection", (conn) => {
      log.push("connection");
      conn.on("message", (data) => log.push(data));
      conn.send("welcome");
    });
    const socket = await rig.socket();
    assertEquals((take(socket) as string[]).slice(1), ["4welcome"]);
    socket.send("4hi");
    assertEquals(log, ["connection", "hi"]);
  }));

Deno.test("a listener of connection that throws is reported, and the session goes on", () =>
  withEngine({}, async (rig) => {
    rig.engine.prependListener("connection", () => {
      throw new Error("oops");
    });
    const socket = await rig.socket();
    assertEquals(rig.faults.splice(0).map(String), ["Error: oops"]);
    assertEquals(socket.closed, undefined);
    assertEquals(rig.conn.readyState, "open");
  }));

Deno.test("conn.request can be set to null, as apps for Node do, and is there all the same", () =>
  withEngine({}, async (rig) => {
    await rig.socket("&a=b");
    const { conn } = rig;
    const { url } = conn.request;
    (conn as { request: Request | null }).request = null;
    assertEquals(conn.request.url, url);
  }));
