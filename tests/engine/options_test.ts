import { assertEquals, assertThrows } from "@std/assert";
import { type Rate, Server, type ServerOptions } from "../../src/engine/mod.ts";
import { withEngine } from "../kit/memory_client.ts";

const TIMES = ["pingInterval", "pingTimeout", "upgradeTimeout"] as const;
const SIZES = [
  "maxHttpBufferSize",
  "maxBufferedAmount",
  "maxPacketsPerPayload",
  "maxConnections",
  "maxConnectionsPerAddress",
] as const;

Deno.test("Server throws, given a time or size that is no number above 0", () => {
  for (const name of [...TIMES, ...SIZES]) {
    for (const value of [0, -1, NaN, "1000", {}] as number[]) {
      const make = () => new Server({ [name]: value });
      assertThrows(make, RangeError, `${name} must be a number above 0, got ${String(value)}`);
    }
  }
});

Deno.test("Server throws, given a time that no timer can wait for", () => {
  for (const name of TIMES) {
    for (const value of [2 ** 31, Infinity]) {
      const make = () => new Server({ [name]: value });
      assertThrows(make, RangeError, `${name} must be at most 2147483647 ms, got ${value}`);
    }
    assertEquals(new Server({ [name]: 2 ** 31 - 1 }).opts[name], 2 ** 31 - 1);
  }
});

Deno.test("Server throws, given a handshakeRate that is none", () => {
  const cases: [rate: unknown, error: typeof TypeError | typeof RangeError, message: string][] = [
    ["10", TypeError, 'handshakeRate must be a number or { perSecond, burst }, got "10"'],
    [null, TypeError, "{ perSecond, burst }, got null"],
    [0, RangeError, "handshakeRate.perSecond must be a number above 0, got 0"],
    [Infinity, RangeError, "handshakeRate.perSecond must be a finite number"],
    [{}, RangeError, "handshakeRate.perSecond must be a number above 0, got undefined"],
    [{ perSecond: 1, burst: 0 }, RangeError, "handshakeRate.burst must be a number above 0, got 0"],
  ];
  for (const [handshakeRate, error, message] of cases) {
    assertThrows(() => new Server({ handshakeRate } as ServerOptions), error, message);
  }
  const burstOf = (handshakeRate: number | Rate) =>
    new Server({ handshakeRate }).opts.handshakeRate?.burst;
  assertEquals([burstOf(5), burstOf(0.1), burstOf({ perSecond: 2, burst: 9 })], [5, 1, 9]);
});

Deno.test("Server throws, given transports that it does not have, or none", () => {
  const unknown = () => new Server({ transports: ["polling", "webtransport"] as never });
  assertThrows(unknown, TypeError, '"polling" and "websocket", got "webtransport"');
  const one = () => new Server({ transports: "websocket" as never });
  assertThrows(one, TypeError, '"polling" and "websocket", got "websocket"');
  assertThrows(() => new Server({ transports: [] }), TypeError, "at least one transport");
});

Deno.test("Server throws, given what is no policy for slow clients", () => {
  for (const [value, shown] of [["keep", '"keep"'], [true, "true"]] as const) {
    const error = assertThrows(() => new Server({ slowClients: value as never }), TypeError);
    const expected = 'slowClients must be "close", "drop-volatile" or a function';
    assertEquals(error.message, `${expected}, got ${shown}`);
  }
});

Deno.test("Server throws, given a path without a slash in front", () => {
  const error = assertThrows(() => new Server({ path: "engine.io" }), TypeError);
  assertEquals(error.message, 'path must start with a slash, got "engine.io"');
});

Deno.test("Server throws, given a path that no URL has", () => {
  const cases = [["/a b", "/a%20b"], ["/ä", "/%C3%A4"], ["/a?b", "/a"], ["/a/../b", "/b"]];
  for (const [path, expected] of cases as [string, string][]) {
    const error = assertThrows(() => new Server({ path }), TypeError);
    assertEquals(error.message, `path must be as URLs have it, "${expected}", got "${path}"`);
    assertEquals(new Server({ path: expected }).opts.path, expected);
  }
  assertThrows(
    () => new Server({ path: 3000 as never }),
    TypeError,
    "path must start with a slash",
  );
});

Deno.test("Server throws, given something else where it takes a function", () => {
  for (
    const name of ["allowRequest", "generateId", "editHandshakeHeaders", "editResponseHeaders"]
  ) {
    const cases: [value: unknown, shown: string][] = [[true, "true"], ["f", '"f"'], [1, "1"]];
    for (const [value, shown] of [...cases, [null, "null"], [{}, "an object"], [[], "a list"]]) {
      const error = assertThrows(() => new Server({ [name]: value } as ServerOptions), TypeError);
      assertEquals(error.message, `${name} must be a function, got ${shown}`);
    }
  }
});

Deno.test("Server throws, given something else where it takes true or false", () => {
  for (const name of ["addTrailingSlash", "allowUpgrades", "allowEIO3"]) {
    for (const value of ["false", 0, 1, {}]) {
      const make = () => new Server({ [name]: value } as ServerOptions);
      assertThrows(make, TypeError, `${name} must be true or false, got `);
    }
  }
});

Deno.test("Server throws, given compression that is neither on nor off", () => {
  for (const name of ["httpCompression", "perMessageDeflate"]) {
    for (const value of ["gzip", 1024, () => true]) {
      const make = () => new Server({ [name]: value } as ServerOptions);
      assertThrows(make, TypeError, `${name} must be true, false or an object, got `);
    }
    const make = () => new Server({ [name]: { threshold: -1 } } as ServerOptions);
    assertThrows(make, RangeError, `${name}.threshold must be an integer from 0, got -1`);
  }
});

Deno.test("Server throws, given a first message that is neither text nor bytes", () => {
  for (const initialPacket of [1, {}, ["a"]] as never[]) {
    const make = () => new Server({ initialPacket });
    assertThrows(make, TypeError, "initialPacket must be text or bytes, got ");
  }
  for (const initialPacket of ["", new Uint8Array(1), new ArrayBuffer(1), new Blob([])]) {
    assertEquals(new Server({ initialPacket }).opts.initialPacket, initialPacket);
  }
});

Deno.test("Server throws, given a wsEngine that is no class", () => {
  const make = () => new Server({ wsEngine: "ws" as never });
  assertThrows(make, TypeError, 'wsEngine must be a function, got "ws"');
});

Deno.test("Server throws, given credentials for everybody", () => {
  const options: ServerOptions[] = [
    { cors: { credentials: true } },
    { cors: { origin: "*", credentials: true } },
  ];
  for (const option of options) {
    assertThrows(() => new Server(option), TypeError, "cors.credentials needs cors.origin");
  }
});

Deno.test("Server throws, given cors that is no object, and takes false for none", () => {
  for (const cors of [true, "*", 1, null] as never[]) {
    assertThrows(() => new Server({ cors }), TypeError, "cors must be an object or a function");
  }
  assertEquals(new Server({ cors: false }).opts.cors, undefined);
});

Deno.test("Server throws, given a part of cors that cannot be", () => {
  const cases: [cors: object, error: typeof TypeError | typeof RangeError, message: string][] = [
    [{ origin: 1 }, TypeError, "cors.origin must be text, a RegExp"],
    [{ origin: ["a", 1] }, TypeError, "a boolean or a function, got a list"],
    [{ methods: 1 }, TypeError, "cors.methods must be text or a list of it, got 1"],
    [{ allowedHeaders: {} }, TypeError, "cors.allowedHeaders must be text or a list of it"],
    [{ exposedHeaders: [1] }, TypeError, "cors.exposedHeaders must be text or a list of it"],
    [{ credentials: "yes" }, TypeError, 'cors.credentials must be true or false, got "yes"'],
    [{ preflightContinue: 1 }, TypeError, "cors.preflightContinue must be true or false, got 1"],
    [{ maxAge: 0.5 }, RangeError, "cors.maxAge must be an integer, got 0.5"],
    [{ optionsSuccessStatus: 404 }, RangeError, "must be from 200 to 299, got 404"],
  ];
  for (const [cors, error, message] of cases) {
    assertThrows(() => new Server({ cors }), error, message);
  }
});

Deno.test("Server throws, given a cookie or a part of it that is of the wrong kind", () => {
  const cases: [cookie: unknown, message: string][] = [
    ["io", 'cookie must be true, false or an object, got "io"'],
    [1, "cookie must be true, false or an object, got 1"],
    [{ name: 1 }, "cookie.name must be a token of RFC 6265, got 1"],
    [{ path: false }, "cookie.path must be text, got false"],
    [{ secure: "false" }, 'cookie.secure must be true or false, got "false"'],
    [{ encode: "none" }, 'cookie.encode must be a function, got "none"'],
  ];
  for (const [cookie, message] of cases) {
    assertThrows(() => new Server({ cookie } as ServerOptions), TypeError, message);
  }
});

Deno.test("Server throws, given a cookie that cannot stand in a header", () => {
  for (const name of ["", "a b", "a;b", "a=b", "a\r\nb", "ä"]) {
    assertThrows(() => new Server({ cookie: { name } }), TypeError, "cookie.name must be a token");
  }
  for (const key of ["path", "domain"]) {
    for (const value of ["/;", "/\r\nset-cookie: a=b", "/\x7f"]) {
      const make = () => new Server({ cookie: { [key]: value } });
      assertThrows(make, TypeError, `cookie.${key} holds a forbidden character`);
    }
  }
  const wrong = [{ sameSite: "some" }, { priority: "urgent" }, { expires: new Date(NaN) }, {
    expires: "tomorrow",
  }];
  for (const cookie of wrong as never[]) {
    assertThrows(() => new Server({ cookie }), TypeError, "must be");
  }
  const make = () => new Server({ cookie: { maxAge: 1.5 } });
  assertThrows(make, RangeError, "cookie.maxAge must be an integer, got 1.5");
});

Deno.test("opts holds the defaults", () => {
  const { opts } = new Server();
  assertEquals({ ...opts }, {
    path: "/engine.io",
    addTrailingSlash: true,
    allowEIO3: false,
    pingTimeout: 20_000,
    pingInterval: 25_000,
    upgradeTimeout: 10_000,
    maxHttpBufferSize: 1_000_000,
    maxBufferedAmount: 16_777_216,
    maxPacketsPerPayload: 100_000,
    maxConnections: 100_000,
    maxConnectionsPerAddress: Infinity,
    handshakeRate: undefined,
    relay: undefined,
    slowClients: "close",
    allowRequest: undefined,
    transports: ["polling", "websocket"],
    allowUpgrades: true,
    httpCompression: { threshold: 1024 },
    perMessageDeflate: undefined,
    initialPacket: undefined,
    cookie: undefined,
    cors: undefined,
    origins: undefined,
    trustProxy: undefined,
    wsEngine: undefined,
    destroyUpgrade: true,
    destroyUpgradeTimeout: 1000,
    generateId: undefined,
    editHandshakeHeaders: undefined,
    editResponseHeaders: undefined,
  });
});

Deno.test("opts does not follow later changes of the options", () => {
  const options = { transports: ["polling" as const], pingInterval: 1000 };
  const { opts } = new Server(options);
  options.transports.push("websocket" as never);
  options.pingInterval = 2000;
  assertEquals(opts.transports, ["polling"]);
  assertEquals(opts.pingInterval, 1000);
});

Deno.test("the path is answered with and without a slash at its end", async () => {
  const options: ServerOptions[] = [
    { path: "/a/b" },
    { path: "/a/b/" },
    { path: "/a/b", addTrailingSlash: false },
  ];
  for (const option of options) {
    await withEngine(option, async (rig) => {
      for (const path of ["/a/b", "/a/b/", "/a/b/c"]) {
        const url = `http://localhost${path}?EIO=4&transport=polling`;
        const response = await rig.engine.fetch(new Request(url), rig.runtime);
        assertEquals(response.status, 200, path);
        await response.body?.cancel();
      }
      for (const path of ["/a/bc", "/a", "/a/B/", "//a/b/", "/a%2fb/", "/x/a/b/"]) {
        const url = `http://localhost${path}?EIO=4&transport=polling`;
        const response = await rig.engine.fetch(new Request(url), rig.runtime);
        assertEquals(response.status, 404, path);
        await response.body?.cancel();
      }
    });
  }
});

Deno.test("a path with dots is compared as it is resolved", () =>
  withEngine({}, async (rig) => {
    const inside = "http://localhost/other/../engine.io/?EIO=4&transport=polling";
    assertEquals((await rig.engine.fetch(new Request(inside), rig.runtime)).status, 200);
    const outside = "http://localhost/engine.io/../other/?EIO=4&transport=polling";
    assertEquals((await rig.engine.fetch(new Request(outside), rig.runtime)).status, 404);
  }));

Deno.test("the path / answers everything", () =>
  withEngine({ path: "/" }, async (rig) => {
    const url = "http://localhost/?EIO=4&transport=polling";
    assertEquals((await rig.engine.fetch(new Request(url), rig.runtime)).status, 200);
  }));
