import { assertEquals, assertExists, assertInstanceOf, assertRejects } from "@std/assert";
import { Server } from "../../src/engine/mod.ts";
import { type EngineRig, withEngine } from "../kit/memory_client.ts";

const OPEN = "?EIO=4&transport=polling";

const WEBSOCKET = {
  "connection": "Upgrade",
  "upgrade": "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

const MESSAGES = [
  "Transport unknown",
  "Session ID unknown",
  "Bad handshake method",
  "Bad request",
  "Forbidden",
  "Unsupported protocol version",
];

/** Sends a request that must be refused with a JSON body, and compares what the server tells. */
async function assertRefused(
  rig: EngineRig,
  query: string,
  code: number,
  context: Record<string, unknown>,
  init?: RequestInit,
): Promise<void> {
  const response = await rig.request(query, init);
  assertEquals(response.status, 400, query);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(await response.json(), { code, message: MESSAGES[code] });
  assertTold(rig, code, context);
}

/** Sends a request for a WebSocket that must be refused. */
async function assertNoUpgrade(
  rig: EngineRig,
  query: string,
  code: number,
  context: Record<string, unknown>,
  headers: Record<string, string> = WEBSOCKET,
): Promise<void> {
  const response = await rig.request(query, { headers });
  assertEquals(response.status, 400, query);
  assertEquals(await response.text(), MESSAGES[code]);
  assertTold(rig, code, context);
}

function assertTold(rig: EngineRig, code: number, context: Record<string, unknown>): void {
  const refused = rig.refused.splice(0);
  assertEquals(refused.length, 1);
  assertInstanceOf(refused[0]?.req, Request);
  assertEquals(refused[0].code, code);
  assertEquals(refused[0].message, MESSAGES[code]);
  assertEquals(refused[0].context, context);
}

Deno.test("fetch refuses with code 0, given no transport or one that is not offered", () =>
  withEngine({}, async (rig) => {
    await assertRefused(rig, "?EIO=4", 0, { transport: undefined });
    for (const transport of ["", "x", "webtransport", "POLLING", "__proto__", "constructor"]) {
      await assertRefused(rig, `?EIO=4&transport=${transport}`, 0, { transport });
    }
    await assertNoUpgrade(rig, "?EIO=4&transport=toString", 0, { transport: "toString" });
    assertEquals(rig.conns, []);
  }));

Deno.test("fetch refuses with code 0, given a transport that the options leave out", () =>
  withEngine({ transports: ["websocket"] }, async (rig) => {
    await assertRefused(rig, OPEN, 0, { transport: "polling" });
    const socket = await rig.socket();
    assertEquals(socket.received.length, 1);
  }));

Deno.test("fetch refuses with code 1, given an id of no session, also one named like a member", () =>
  withEngine({}, async (rig) => {
    const sids = [
      "abc",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "x".repeat(9999),
    ];
    for (const sid of sids) {
      await assertRefused(rig, `${OPEN}&sid=${sid}`, 1, { sid });
      const init = { method: "POST", body: "4a" };
      await assertRefused(rig, `${OPEN}&sid=${sid}`, 1, { sid }, init);
      await assertNoUpgrade(rig, `?EIO=4&transport=websocket&sid=${sid}`, 1, { sid });
    }
  }));

Deno.test("fetch reads no body, given an id of no session", () =>
  withEngine({}, async (rig) => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1024));
      },
    }, { highWaterMark: 0 });
    await assertRefused(rig, `${OPEN}&sid=abc`, 1, { sid: "abc" }, { method: "POST", body });
    assertEquals(pulled, 0);
    await body.cancel();
  }));

Deno.test("fetch refuses with code 2, given a handshake by another method than GET", () =>
  withEngine({}, async (rig) => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"]) {
      await assertRefused(rig, OPEN, 2, { method }, { method });
    }
  }));

Deno.test("fetch refuses with code 3, given an origin with control characters", () =>
  withEngine({}, async (rig) => {
    const origin = "http://a\x01b";
    const context = { name: "INVALID_ORIGIN", origin };
    await assertRefused(rig, OPEN, 3, context, { headers: { origin } });
  }));

Deno.test("fetch refuses with code 3, given transport=websocket without an upgrade", () =>
  withEngine({}, async (rig) => {
    const context = { name: "TRANSPORT_HANDSHAKE_ERROR" };
    await assertRefused(rig, "?EIO=4&transport=websocket", 3, context);
  }));

Deno.test("fetch refuses with code 3, given an upgrade with transport=polling", () =>
  withEngine({}, async (rig) => {
    const context = { name: "TRANSPORT_HANDSHAKE_ERROR" };
    await assertNoUpgrade(rig, OPEN, 3, context);
  }));

Deno.test("fetch takes an upgrade with transport=polling for a plain poll, given a session", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.conn.send("a");
    const response = await rig.request(`${OPEN}&sid=${client.open.sid}`, { headers: WEBSOCKET });
    assertEquals([response.status, await response.text()], [200, "4a"]);
  }));

Deno.test("fetch refuses with code 3, given headers that do not ask for a WebSocket of version 13", () =>
  withEngine({}, async (rig) => {
    const wrong: [name: string, value: string | undefined][] = [
      ["connection", "keep-alive"],
      ["connection", "no-upgrade"],
      ["sec-websocket-version", undefined],
      ["sec-websocket-version", "8"],
      ["sec-websocket-version", "14"],
      ["sec-websocket-key", undefined],
      ["sec-websocket-key", ""],
      ["sec-websocket-key", "short=="],
      ["sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="],
    ];
    for (const [name, value] of wrong) {
      const headers: Record<string, string> = { ...WEBSOCKET };
      if (value === undefined) delete headers[name];
      else headers[name] = value;
      const context = { name: "TRANSPORT_HANDSHAKE_ERROR" };
      await assertNoUpgrade(rig, "?EIO=4&transport=websocket", 3, context, headers);
    }
    assertEquals(rig.conns, []);
  }));

Deno.test("fetch opens a WebSocket, given headers as proxies and browsers vary them", () =>
  withEngine({}, async (rig) => {
    await rig.socket("", { upgrade: "WebSocket" });
    await rig.socket("", { connection: "keep-alive, Upgrade" });
    await rig.socket("", { connection: "upgrade" });
    assertEquals(rig.engine.clientsCount, 3);
  }));

Deno.test("fetch refuses an upgrade by another method than GET", () =>
  withEngine({}, async (rig) => {
    const init = { method: "POST", headers: WEBSOCKET };
    const response = await rig.request("?EIO=4&transport=websocket", init);
    assertEquals(response.status, 400);
    assertEquals(rig.refused[0]?.code, 3);
  }));

Deno.test("fetch takes an offer of h2c for a plain request", () =>
  withEngine({}, async (rig) => {
    const headers = { "connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c" };
    const response = await rig.request(OPEN, { headers });
    assertEquals(response.status, 200);
    assertEquals((await response.text())[0], "0");
    assertEquals(rig.conn.transport.name, "polling");
  }));

Deno.test("fetch refuses with code 3, given a request of another transport than the session's", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const polling = client.open.sid;
    const context = {
      name: "TRANSPORT_MISMATCH",
      transport: "websocket",
      previousTransport: "polling",
    };
    await assertRefused(rig, `?EIO=4&transport=websocket&sid=${polling}`, 3, context);
    await rig.socket();
    const websocket = rig.conn.id;
    await assertRefused(rig, `${OPEN}&sid=${websocket}`, 3, {
      name: "TRANSPORT_MISMATCH",
      transport: "polling",
      previousTransport: "websocket",
    });
    assertEquals(rig.engine.clientsCount, 2);
  }));

Deno.test("fetch refuses a second WebSocket, given the id of a session that has one", () =>
  withEngine({}, async (rig) => {
    const first = await rig.socket();
    await assertNoUpgrade(rig, `?EIO=4&transport=websocket&sid=${rig.conn.id}`, 3, {
      name: "TRANSPORT_MISMATCH",
      transport: "websocket",
      previousTransport: "websocket",
    });
    assertEquals(first.closed, undefined);
  }));

Deno.test("fetch refuses a request without upgrade, given the id of a session on a WebSocket", () =>
  withEngine({}, async (rig) => {
    await rig.socket();
    for (const method of ["GET", "POST"]) {
      const query = `?EIO=4&transport=websocket&sid=${rig.conn.id}`;
      const response = await rig.request(query, { method });
      assertEquals(response.status, 400);
      assertEquals(rig.refused.pop()?.code, 3);
    }
    assertEquals(rig.engine.clientsCount, 1);
  }));

Deno.test("fetch refuses an upgrade of a session, given allowUpgrades: false", () =>
  withEngine({ allowUpgrades: false }, async (rig) => {
    const client = await rig.poller();
    assertEquals(client.open.upgrades, []);
    await assertRejects(() => client.candidate(), TypeError);
    assertEquals(rig.refused[0]?.code, 3);
    assertEquals(rig.conn.readyState, "open");
  }));

Deno.test("fetch refuses with code 3, given another protocol revision than the session's", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const context = { name: "PROTOCOL_MISMATCH", protocol: 3, previousProtocol: 4 };
    for (const revision of ["EIO=3&", "", "EIO=4.0&", "EIO=04&", "EIO=4&EIO=3&"]) {
      const query = `transport=polling&sid=${client.open.sid}`;
      await assertRefused(rig, `?${revision}${query}`, 3, context);
      const post = { method: "POST", body: "4a" };
      await assertRefused(rig, `?${revision}${query}`, 3, context, post);
      await assertNoUpgrade(
        rig,
        `?${revision}${query.replace("polling", "websocket")}`,
        3,
        context,
      );
    }
    assertEquals(rig.conn.readyState, "open");
  }));

Deno.test("fetch refuses with code 5, given a handshake of another protocol revision than 4", () =>
  withEngine({}, async (rig) => {
    for (const revision of ["EIO=3&", "", "EIO=5&", "EIO=__proto__&", "EIO=4&EIO=3&"]) {
      const context = { protocol: 3 };
      await assertRefused(rig, `?${revision}transport=polling`, 5, context);
      await assertNoUpgrade(rig, `?${revision}transport=websocket`, 5, context);
    }
  }));

Deno.test("fetch takes the last of a parameter that is given twice", () =>
  withEngine({}, async (rig) => {
    await assertRefused(rig, `${OPEN}&transport=x`, 0, { transport: "x" });
    const client = await rig.poller();
    await assertRefused(rig, `${OPEN}&sid=${client.open.sid}&sid=other`, 1, { sid: "other" });
    const response = await rig.request(`?EIO=4&transport=x&transport=polling`);
    assertEquals(response.status, 200);
    await response.body?.cancel();
  }));

Deno.test("fetch leaves prototypes alone, given parameters named like their members", () =>
  withEngine({}, async (rig) => {
    await rig.poller("&__proto__=1&constructor=2&__proto__[x]=3");
    assertEquals(({} as Record<string, unknown>).x, undefined);
    assertExists(rig.conn);
  }));

Deno.test("fetch answers 404, given a path that is not the server's", () =>
  withEngine({}, async (rig) => {
    for (const path of ["/", "/engine.iox/", "/other/engine.io/", "/Engine.IO/"]) {
      const url = `http://localhost${path}${OPEN}`;
      const response = await rig.engine.fetch(new Request(url), rig.runtime);
      assertEquals(response.status, 404);
      assertEquals(await response.text(), "Not Found");
    }
    assertEquals(rig.refused, []);
  }));

Deno.test("fetch answers 503, given a handshake after close(), and asks nobody", async () => {
  let asked = 0;
  await withEngine({ allowRequest: () => void asked++ }, async (rig) => {
    rig.engine.close();
    const response = await rig.request(OPEN);
    assertEquals(response.status, 503);
    await response.body?.cancel();
    assertEquals(asked, 0);
  });
});

Deno.test("fetch reads the query of the URL, and nothing behind a #", () =>
  withEngine({}, async (rig) => {
    await assertRefused(rig, "?EIO=4", 0, { transport: undefined });
    await assertRefused(rig, "?EIO=4#?transport=polling", 0, { transport: undefined });
    await assertRefused(rig, `?EIO=4#&transport=polling`, 0, { transport: undefined });
    const response = await rig.request(`${OPEN}#&sid=abc`);
    assertEquals(response.status, 200);
    await response.body?.cancel();
  }));

Deno.test("fetch gives a hint to what is no client: an address bar, a bare WebSocket", () =>
  withEngine({}, async (rig) => {
    const hint = "Clients of Socket.IO can connect here, a bare WebSocket cannot";
    for (const query of ["", "?", "#?EIO=4&transport=polling"]) {
      const page = await rig.request(query);
      assertEquals(page.status, 400);
      assertEquals(await page.json(), { code: 0, message: "Transport unknown", hint });
      assertTold(rig, 0, { transport: undefined, hint });
    }
    const socket = await rig.request("?room=1", { headers: WEBSOCKET });
    assertEquals(socket.status, 400);
    assertEquals(await socket.text(), `Transport unknown. ${hint}`);
    assertTold(rig, 0, { transport: undefined, hint });
  }));

Deno.test("Server.errors and Server.errorMessages are the official ones", () => {
  assertEquals(Server.protocol, 4);
  assertEquals(Server.errors, {
    UNKNOWN_TRANSPORT: 0,
    UNKNOWN_SID: 1,
    BAD_HANDSHAKE_METHOD: 2,
    BAD_REQUEST: 3,
    FORBIDDEN: 4,
    UNSUPPORTED_PROTOCOL_VERSION: 5,
  });
  assertEquals(Server.errorMessages, {
    0: "Transport unknown",
    1: "Session ID unknown",
    2: "Bad handshake method",
    3: "Bad request",
    4: "Forbidden",
    5: "Unsupported protocol version",
  });
});
