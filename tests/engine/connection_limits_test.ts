import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { enableLog } from "../../mod.ts";
import { forsakeSessions } from "../../src/engine/engine.ts";
import { ConnectionLimits, Place } from "../../src/engine/guards/connection_limits.ts";
import type { ServerOptions } from "../../src/engine/mod.ts";
import { type EngineRig, withEngine } from "../kit/memory_client.ts";

const HANDSHAKE = "?EIO=4&transport=polling";

/** Opens a session over polling; the status, and what the answer says of a refusal. */
async function knock(rig: EngineRig, address: string, headers = {}): Promise<unknown[]> {
  rig.runtime.address = address;
  const response = await rig.request(HANDSHAKE, { headers });
  const text = await response.text();
  if (response.status === 200) return [200];
  const { code, message } = JSON.parse(text);
  return [response.status, code, message, response.headers.get("retry-after")];
}

const FULL = [503, 4, "The server is full", "10"];
const TOO_MANY = [429, 4, "Too many connections", null];

function limits(rig: EngineRig): unknown[] {
  return rig.refused.map(({ context }) => [context.name, context.limit]);
}

Deno.test("maxConnections answers one more with 503, until another ends", () =>
  withEngine({ maxConnections: 2 }, async (rig) => {
    assertEquals(await knock(rig, "10.0.0.1"), [200]);
    const socket = await rig.socket();
    assertEquals(await knock(rig, "10.0.0.2"), FULL);
    const error = await assertRejects(() => rig.socket(), TypeError);
    assertInstanceOf(error.cause, Response);
    assertEquals([error.cause.status, await error.cause.text()], [503, "The server is full"]);
    assertEquals(limits(rig), Array(2).fill(["LIMIT_REACHED", "maxConnections"]));
    socket.close();
    assertEquals(await knock(rig, "10.0.0.2"), [200]);
    rig.time.tick(60_000);
    assertEquals(rig.engine.clientsCount, 0);
    assertEquals(await knock(rig, "10.0.0.2"), [200]);
  }));

Deno.test("maxConnectionsPerAddress answers one more with 429, and others are let in", () =>
  withEngine({ maxConnectionsPerAddress: 2 }, async (rig) => {
    rig.runtime.address = "10.0.0.1";
    const [first] = [await rig.socket(), await rig.socket()];
    assertEquals(await knock(rig, "10.0.0.1"), TOO_MANY);
    assertEquals(await knock(rig, "10.0.0.2"), [200]);
    for (const address of ["2001:db8::1", "2001:db8::2"]) {
      assertEquals(await knock(rig, address), [200]);
    }
    assertEquals(await knock(rig, "2001:db8::3"), TOO_MANY);
    assertEquals(limits(rig), Array(2).fill(["LIMIT_REACHED", "maxConnectionsPerAddress"]));
    first!.close();
    assertEquals(await knock(rig, "10.0.0.1"), [200]);
    assertEquals(await knock(rig, "10.0.0.1"), TOO_MANY);
  }));

Deno.test("maxConnectionsPerAddress counts the address that trustProxy finds", () =>
  withEngine({ maxConnectionsPerAddress: 1, trustProxy: 1 }, async (rig) => {
    const through = (address: string) => knock(rig, "10.0.0.1", { "x-forwarded-for": address });
    assertEquals(await through("192.0.2.1"), [200]);
    assertEquals(await through("192.0.2.1"), TOO_MANY);
    assertEquals(await through("192.0.2.2"), [200]);
  }));

Deno.test("limits of addresses leave those alone whose address nobody knows", () =>
  withEngine({ maxConnectionsPerAddress: 1, handshakeRate: 1 }, async (rig) => {
    for (let n = 0; n < 5; n++) assertEquals(await knock(rig, ""), [200]);
  }));

Deno.test("a place is free again when the request comes to nothing", async () => {
  const reasons: ServerOptions[] = [
    { allowRequest: (request) => request.headers.has("x-ok") },
    {
      generateId: (request) => {
        if (request.headers.has("x-ok")) return "id";
        throw new Error("no");
      },
    },
  ];
  for (const options of reasons) {
    await withEngine(
      { ...options, maxConnections: 1, maxConnectionsPerAddress: 1 },
      async (rig) => {
        for (let n = 0; n < 3; n++) {
          const response = await rig.request(HANDSHAKE);
          await response.body?.cancel();
          await assertRejects(() => rig.socket());
        }
        assertEquals(rig.engine.clientsCount, 0);
        assertEquals(await knock(rig, "127.0.0.1", { "x-ok": "1" }), [200]);
      },
    );
  }
});

Deno.test("requests that allowRequest still ponders have a place", async () => {
  const decide: ((allowed: boolean) => void)[] = [];
  const allowRequest = () => new Promise<boolean>((resolve) => decide.push(resolve));
  await withEngine({ maxConnections: 2, allowRequest }, async (rig) => {
    const waiting = [knock(rig, "10.0.0.1"), knock(rig, "10.0.0.2")];
    assertEquals(await knock(rig, "10.0.0.3"), FULL);
    assertEquals(decide.length, 2);
    decide[0]!(false);
    decide[1]!(true);
    assertEquals((await Promise.all(waiting)).map(([status]) => status), [403, 200]);
    const third = knock(rig, "10.0.0.3");
    decide[2]!(true);
    assertEquals(await third, [200]);
  });
});

Deno.test("a connection whose first packets are too much gives its place back", () =>
  withEngine({ maxConnections: 1, maxBufferedAmount: 10 }, async (rig) => {
    rig.runtime.buffered = 100;
    for (let n = 0; n < 3; n++) assertEquals((await rig.socket()).closed !== undefined, true);
    rig.runtime.buffered = 0;
    assertEquals(await knock(rig, "10.0.0.1"), [200]);
  }));

Deno.test("a WebSocket that opens late has no place if it is taken meanwhile", () => {
  const options = {
    maxConnections: 1,
    maxConnectionsPerAddress: Infinity,
    handshakeRate: undefined,
  };
  const limits = new ConnectionLimits(options);
  const first = limits.admit("10.0.0.1");
  assertInstanceOf(first, Place);
  assertEquals("code" in limits.admit("10.0.0.2"), true);
  first.leave();
  const second = limits.admit("10.0.0.2");
  assertInstanceOf(second, Place);
  const lines: unknown[] = [];
  enableLog("engine", (_, message, ...details) => lines.push([message, ...details]));
  assertEquals([first.keep(), second.keep()], [false, true]);
  enableLog("");
  assertEquals(lines, [["WebSocket closed: %s", "maxConnections"]]);
  second.leave();
  assertEquals("code" in limits.admit("10.0.0.3"), true);
  limits.remove("10.0.0.2");
  assertEquals(first.keep(), true);
});

Deno.test("handshakeRate answers what comes too often with 429, and says when to come again", () =>
  withEngine({ handshakeRate: { perSecond: 0.5, burst: 2 } }, async (rig) => {
    const tooOften = (seconds: string) => [429, 4, "Too many requests", seconds];
    assertEquals(await knock(rig, "10.0.0.1"), [200]);
    assertEquals(await knock(rig, "10.0.0.1"), [200]);
    assertEquals(await knock(rig, "10.0.0.1"), tooOften("2"));
    assertEquals(await knock(rig, "10.0.0.2"), [200]);
    rig.time.tick(1_500);
    assertEquals(await knock(rig, "10.0.0.1"), tooOften("1"));
    rig.time.tick(500);
    assertEquals(await knock(rig, "10.0.0.1"), [200]);
    assertEquals(limits(rig), Array(2).fill(["LIMIT_REACHED", "handshakeRate"]));
    // Neither the polls of a session nor its upgrade begin anything.
    rig.runtime.address = "10.0.0.3";
    const client = await rig.poller();
    await rig.upgrade(client);
    await rig.socket();
    assertEquals((await assertRejects(() => rig.socket()) as Error).message, "The server refused");
  }));

Deno.test("an engine that was put away forgets whose timers are no more", () =>
  withEngine({ handshakeRate: { perSecond: 1, burst: 100 } }, async (rig) => {
    assertEquals(await knock(rig, "10.0.0.1"), [200]);
    forsakeSessions(rig.engine);
    rig.time.tick(200);
    assertEquals(rig.time.next(), false);
  }));

Deno.test("handshakeRate does not count pages that origins refuses: their visitors are innocent", () =>
  withEngine({ origins: "same", handshakeRate: { perSecond: 0.1, burst: 1 } }, async (rig) => {
    for (let n = 0; n < 5; n++) {
      assertEquals((await knock(rig, "10.0.0.1", { origin: "https://evil.example" }))[0], 403);
    }
    assertEquals(await knock(rig, "10.0.0.1", { origin: "http://localhost" }), [200]);
  }));

Deno.test("maxPacketsPerPayload ends the connection at a body with more", () =>
  withEngine({ maxPacketsPerPayload: 3 }, async (rig) => {
    const client = await rig.poller();
    const messages: unknown[] = [];
    rig.conn.on("message", (message) => messages.push(message));
    assertEquals(await (await client.post(["4a", "4b", "4c"].join("\x1e"))).text(), "ok");
    const response = await client.post(["4d", "4e", "4f", "4g"].join("\x1e"));
    assertEquals(response.status, 400);
    assertEquals(messages, ["a", "b", "c", "d", "e", "f"]);
    const description = "too many packets (maxPacketsPerPayload is 3)";
    assertEquals(rig.closes, [["parse error", { description }]]);
  }));

Deno.test("a body of nothing but packets of one byte is soon done with", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const start = performance.now();
    assertEquals((await client.post("3\x1e".repeat(499_999) + "3")).status, 400);
    assertEquals(performance.now() - start < 2_000, true);
  }));

Deno.test("what ends no session says in the log which limit it was", () =>
  withEngine({ maxHttpBufferSize: 10, upgradeTimeout: 1_000 }, async (rig) => {
    const client = await rig.poller();
    const lines: string[] = [];
    enableLog("engine:*", (scope, message) => lines.push(`${scope} ${message}`));
    assertEquals((await client.post("4".repeat(11))).status, 413);
    const trial = await client.candidate();
    rig.time.tick(1_000);
    enableLog("");
    assertEquals(trial.closed !== undefined, true);
    assertEquals(lines.filter((it) => /[a-z][A-Z]/.test(it)), [
      "engine:polling body refused: it is larger than maxHttpBufferSize",
      "engine:session upgrade failed: it took longer than upgradeTimeout",
    ]);
  }));
