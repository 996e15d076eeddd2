import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { type Origins, Server } from "../../src/engine/mod.ts";
import { type EngineRig, withEngine } from "../kit/memory_client.ts";

const HANDSHAKE = "?EIO=4&transport=polling";

/** What `Sec-Fetch-Site` says, and the answer to that. */
const SITES = { "same-origin": 200, "none": 200, "same-site": 403, "cross-site": 403 };

function headersOf(origin: string | undefined): Record<string, string> {
  return origin === undefined ? {} : { origin };
}

/** Whether a page of an origin gets in: over polling, over WebSocket, and from one to the other. */
async function outcomes(rig: EngineRig, origin: string | undefined): Promise<boolean[]> {
  const headers = headersOf(origin);
  const polling = await rig.request(HANDSHAKE, { headers });
  await polling.body?.cancel();
  const upgraded = async (url: string) => {
    try {
      await rig.runtime.connect(rig.engine, url, headers);
      return true;
    } catch (error) {
      assertEquals(((error as Error).cause as Response).status, 403);
      return false;
    }
  };
  const session = await rig.poller().catch(() => undefined);
  return [
    polling.status === 200,
    await upgraded(`${rig.base}?EIO=4&transport=websocket`),
    // To take over the session of a client without an Origin, where these can have one.
    ...session === undefined ? [] : [await upgraded(session.url.replace("polling", "websocket"))],
  ];
}

async function letsIn(origins: Origins, origin: string | undefined): Promise<boolean> {
  let first: boolean | undefined;
  await withEngine({ origins }, async (rig) => {
    const all = await outcomes(rig, origin);
    assertEquals(new Set(all).size, 1, `${origin}: the transports differ`);
    first = all[0];
  });
  return first!;
}

const APP = "https://app.example";
const CASES: [name: string, origins: Origins, yes: (string | undefined)[], no: string[]][] = [
  ["everybody", "*", [undefined, "null", "http://localhost", "https://evil.example"], []],
  [
    "the server's own host",
    "same",
    [undefined, "http://localhost", "https://localhost"],
    ["null", "http://localhost:81", "http://localhost.evil.example", "ws://localhost", "localhost"],
  ],
  [
    "a list of text",
    [APP, "capacitor://localhost"],
    [undefined, APP, "capacitor://localhost"],
    ["null", "http://app.example", `${APP}:444`, `${APP}.evil.example`, "http://localhost", ""],
  ],
  [
    "a list of patterns",
    [/^https:\/\/\w+\.app\.example$/, /./u],
    [undefined, "https://one.app.example", "x"],
    ["null"],
  ],
  ["an empty list", [], [undefined], ["null", "http://localhost"]],
  ["a function", (origin) => origin === "null", ["null"], [APP]],
  ["a function of requests", (_, it) => it.headers.has("origin"), ["null", APP], []],
  ["a promise", (origin) => Promise.resolve(origin !== "null"), [undefined, APP], ["null"]],
  ["a function that gives no boolean", (() => "yes") as never, [], ["null", APP]],
];

for (const [name, origins, yes, no] of CASES) {
  Deno.test(`origins lets in whom it names, given ${name}`, async () => {
    for (const origin of yes) assertEquals(await letsIn(origins, origin), true, `${origin}`);
    for (const origin of no) assertEquals(await letsIn(origins, origin), false, origin);
  });
}

Deno.test("origins as a function may refuse clients that send no Origin", () =>
  withEngine({ origins: (origin) => origin !== undefined }, async (rig) => {
    assertEquals((await rig.request(HANDSHAKE)).status, 403);
    const allowed = await rig.request(HANDSHAKE, { headers: { origin: "null" } });
    await allowed.body?.cancel();
    assertEquals(allowed.status, 200);
  }));

Deno.test("origins refuses with code 4, and tells whom", () =>
  withEngine({ origins: "same" }, async (rig) => {
    const headers = { origin: "https://evil.example" };
    const response = await rig.request(HANDSHAKE, { headers });
    assertEquals([response.status, await response.json()], [403, {
      code: 4,
      message: "Forbidden",
    }]);
    const error = await assertRejects(() => rig.socket("", headers), TypeError);
    assertInstanceOf(error.cause, Response);
    assertEquals([error.cause.status, await error.cause.text()], [403, "Forbidden"]);
    const context = { name: "INVALID_ORIGIN", origin: "https://evil.example" };
    assertEquals(rig.refused.map((it) => [it.code, it.context]), [[4, context], [4, context]]);
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("origins refuses before allowRequest is asked", async () => {
  let asked = 0;
  await withEngine({ origins: "same", allowRequest: () => void asked++ }, async (rig) => {
    assertEquals(await outcomes(rig, "https://evil.example"), [false, false, false]);
    // Only for the client without an Origin, whose session the third one wanted.
    assertEquals(asked, 1);
  });
});

Deno.test("origins refuses whom a function fails at", async () => {
  const oops = new Error("oops");
  const origins = () => {
    throw oops;
  };
  await withEngine({ origins }, async (rig) => {
    assertEquals((await rig.request(HANDSHAKE)).status, 403);
    assertEquals(rig.refused[0]?.context, {
      name: "INVALID_ORIGIN",
      origin: undefined,
      error: oops,
    });
  });
});

Deno.test("origins takes a page over http for another one, once the request came over TLS", async () => {
  const direct = async (url: string, origin: string) => {
    const server = new Server({ origins: "same" });
    const response = await server.fetch(new Request(url + HANDSHAKE, { headers: { origin } }));
    await response.body?.cancel();
    server.close();
    return response.status;
  };
  assertEquals(await direct("https://app.example/engine.io/", APP), 200);
  assertEquals(await direct("https://app.example/engine.io/", "http://app.example"), 403);
  assertEquals(await direct("http://app.example/engine.io/", APP), 200);
  assertEquals(await direct("http://app.example:8080/engine.io/", "http://app.example:8080"), 200);
  assertEquals(await direct("http://app.example:443/engine.io/", APP), 200);
  await withEngine({ origins: "same", trustProxy: true }, async (rig) => {
    const headers = { origin: "http://localhost", "x-forwarded-proto": "https" };
    assertEquals((await rig.request(HANDSHAKE, { headers })).status, 403);
  });
});

Deno.test("origins refuses pages that ask by a script, which sends no Origin", async () => {
  const options = { origins: ["https://app.example"], allowEIO3: true };
  await withEngine(options, async (rig) => {
    const status = async (query: string, site?: string) => {
      const headers = headersOf(undefined);
      if (site !== undefined) headers["sec-fetch-site"] = site;
      const response = await rig.request(query, { headers });
      await response.body?.cancel();
      return response.status;
    };
    const jsonp = "?EIO=3&transport=polling&j=0";
    assertEquals([await status(HANDSHAKE), await status(jsonp)], [200, 403]);
    for (const [site, expected] of Object.entries(SITES)) {
      assertEquals([await status(HANDSHAKE, site), await status(jsonp, site)], [
        expected,
        expected,
      ]);
    }
  });
});

Deno.test("origins does not ask again about the polls of a session", () =>
  withEngine({ origins: "same" }, async (rig) => {
    const client = await rig.poller();
    const response = await client.post("4a", { origin: "https://evil.example" });
    assertEquals(await response.text(), "ok");
  }));

Deno.test("Server throws, given origins that no browser sends", () => {
  const cases = [
    "app.example",
    "https://app.example/",
    "https://app.example:443",
    "https://App.example",
    "*",
    "same",
    "null",
    "",
    1,
    null,
  ];
  for (const origin of cases) {
    assertThrows(() => new Server({ origins: [origin] as never }), TypeError, "origins must list ");
  }
  for (const pattern of [/a/g, /a/y]) {
    assertThrows(() => new Server({ origins: [pattern] }), TypeError, 'the flag "g" or "y"');
  }
  for (const origins of [APP, true, null, {}, /a/] as never[]) {
    const expected = 'origins must be "*", "same", a list or a function, got ';
    assertThrows(() => new Server({ origins }), TypeError, expected);
  }
});
