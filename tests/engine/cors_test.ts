import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ServerOptions } from "../../src/engine/mod.ts";
import { type EngineRig, withEngine } from "../kit/memory_client.ts";

type Cors = NonNullable<ServerOptions["cors"]>;

const HANDSHAKE = "?EIO=4&transport=polling";
const SITE = "https://site.example";

/** The CORS headers of an answer, with short names. */
function corsOf({ headers }: Response): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name === "vary") found.vary = value;
    else if (name.startsWith("access-control-")) found[name.slice(15)] = value;
  }
  return found;
}

async function ask(
  rig: EngineRig,
  init: RequestInit = {},
  origin: string | undefined = SITE,
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (origin !== undefined) headers.set("origin", origin);
  const response = await rig.request(HANDSHAKE, { ...init, headers });
  await response.body?.cancel();
  return response;
}

Deno.test("no answer carries CORS headers, given no cors option", () =>
  withEngine({}, async (rig) => {
    assertEquals(corsOf(await ask(rig)), {});
    assertEquals(corsOf(await ask(rig, { method: "POST" })), {});
    const preflight = await ask(rig, {
      method: "OPTIONS",
      headers: { "access-control-request-method": "POST" },
    });
    assertEquals(corsOf(preflight), {});
    assertEquals(preflight.status, 400);
  }));

const ALLOWED = { "allow-origin": SITE, vary: "Origin" };
const REFUSED = { vary: "Origin" };

const ORIGINS: [name: string, origin: unknown, expected: Record<string, string>][] = [
  ["nothing", undefined, { "allow-origin": "*" }],
  ["*", "*", { "allow-origin": "*" }],
  ["the same origin", SITE, ALLOWED],
  ["another origin", "https://other.example", {
    ...ALLOWED,
    "allow-origin": "https://other.example",
  }],
  ["true", true, ALLOWED],
  ["false", false, REFUSED],
  ["a pattern that matches", /\.example$/, ALLOWED],
  ["a pattern that does not match", /\.test$/, REFUSED],
  ["a list with the origin", ["https://other.example", SITE], ALLOWED],
  ["a list with a pattern that matches", ["https://other.example", /site/], ALLOWED],
  ["a list without the origin", ["https://other.example", /test/], REFUSED],
  ["an empty list", [], REFUSED],
  ["a list with a part of the origin", ["https://site", "site.example"], REFUSED],
  [
    "a function that allows",
    (_: string, done: (e: null, ok: boolean) => void) => done(null, true),
    ALLOWED,
  ],
  [
    "a function that refuses",
    (_: string, done: (e: null, ok: boolean) => void) => done(null, false),
    REFUSED,
  ],
  [
    "a function that fails",
    (_: string, done: (e: Error) => void) => done(new Error("no")),
    REFUSED,
  ],
  ["a function that answers later", (_: string, done: (e: null, ok: string) => void) => {
    queueMicrotask(() => done(null, SITE));
  }, ALLOWED],
];

for (const [name, origin, expected] of ORIGINS) {
  Deno.test(`a foreign origin is answered as it should be, given cors.origin: ${name}`, () =>
    withEngine({ cors: origin === undefined ? {} : { origin } as Cors }, async (rig) => {
      const response = await ask(rig);
      assertEquals(response.status, 200);
      assertEquals(corsOf(response), expected);
    }));
}

Deno.test("cors.origin as a function receives the origin, and undefined if there is none", async () => {
  const seen: unknown[] = [];
  const cors: Cors = {
    origin: (origin, done) => {
      seen.push(origin);
      done(null, true);
    },
  };
  await withEngine({ cors }, async (rig) => {
    await ask(rig);
    const response = await rig.request(HANDSHAKE);
    await response.body?.cancel();
    assertEquals(corsOf(response), REFUSED);
    assertEquals(seen, [SITE, undefined]);
  });
});

Deno.test("a pattern that remembers where it stopped allows the same origin each time", () =>
  withEngine({ cors: { origin: /example/g } }, async (rig) => {
    for (let i = 0; i < 4; i++) assertEquals(corsOf(await ask(rig)), ALLOWED);
  }));

Deno.test("the origin null is allowed only where it is meant", () =>
  withEngine({ cors: { origin: [SITE] } }, async (rig) => {
    assertEquals(corsOf(await ask(rig, {}, "null")), REFUSED);
  }));

Deno.test("cors.credentials and cors.exposedHeaders are on every answer", () =>
  withEngine(
    { cors: { origin: SITE, credentials: true, exposedHeaders: ["x-a", "x-b"] } },
    async (rig) => {
      const expected = {
        ...ALLOWED,
        "allow-credentials": "true",
        "expose-headers": "x-a,x-b",
      };
      assertEquals(corsOf(await ask(rig)), expected);
      assertEquals(corsOf(await ask(rig, { method: "POST" })), expected);
    },
  ));

Deno.test("a preflight is answered with what is allowed", () =>
  withEngine({ cors: { origin: SITE } }, async (rig) => {
    const response = await ask(rig, {
      method: "OPTIONS",
      headers: {
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-a, x-b",
      },
    });
    assertEquals(response.status, 204);
    assertEquals(response.headers.get("content-length"), "0");
    assertEquals(corsOf(response), {
      "allow-origin": SITE,
      "allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
      "allow-headers": "x-a, x-b",
      vary: "Origin, Access-Control-Request-Headers",
    });
    assertEquals(rig.refused, []);
  }));

Deno.test("a preflight follows the options", () =>
  withEngine(
    {
      cors: {
        origin: SITE,
        methods: ["GET", "POST"],
        allowedHeaders: ["x-c"],
        maxAge: 600,
        optionsSuccessStatus: 200,
      },
    },
    async (rig) => {
      const headers = { "access-control-request-headers": "x-a" };
      const response = await ask(rig, { method: "OPTIONS", headers });
      assertEquals(response.status, 200);
      assertEquals(corsOf(response), {
        "allow-origin": SITE,
        "allow-methods": "GET,POST",
        "allow-headers": "x-c",
        "max-age": "600",
        vary: "Origin",
      });
    },
  ));

Deno.test("a preflight is answered like other requests, given preflightContinue", () =>
  withEngine({ cors: { origin: SITE, preflightContinue: true } }, async (rig) => {
    const response = await ask(rig, { method: "OPTIONS" });
    assertEquals(response.status, 400);
    assertEquals(rig.refused[0]?.code, 2);
    assertEquals(corsOf(response), ALLOWED);
  }));

Deno.test("cors as a function chooses the options for each request", async () => {
  const cors: Cors = (request, done) => {
    const allowed = new URL(request.url).searchParams.get("app") === "a";
    done(null, { origin: allowed ? SITE : false });
  };
  await withEngine({ cors }, async (rig) => {
    const headers = { origin: SITE };
    const yes = await rig.request(`${HANDSHAKE}&app=a`, { headers });
    const no = await rig.request(`${HANDSHAKE}&app=b`, { headers });
    assertEquals([corsOf(yes), corsOf(no)], [ALLOWED, REFUSED]);
    const init = { method: "OPTIONS", headers };
    const preflight = await rig.request(`${HANDSHAKE}&app=a`, init);
    assertEquals(preflight.status, 204);
    assertEquals(corsOf(preflight)["allow-origin"], SITE);
    await yes.body?.cancel();
    await no.body?.cancel();
  });
});

Deno.test("cors as a function that calls back with an error allows nobody", () =>
  withEngine({ cors: (_, done) => done(new Error("no")) }, async (rig) => {
    const response = await ask(rig);
    assertEquals(corsOf(response), REFUSED);
  }));

Deno.test("cors as a function that throws is answered with 500, and reported", async () => {
  const cors = () => {
    throw new Error("oops");
  };
  await withEngine({ cors }, async (rig) => {
    const response = await ask(rig);
    assertEquals(response.status, 500);
    assertEquals(corsOf(response), {});
    assertEquals(rig.faults.splice(0).map(String), ["Error: oops"]);
    assertEquals(rig.engine.clientsCount, 0);
  });
});

Deno.test("an async function of cors that fails is answered with 500, and reported", async () => {
  // deno-lint-ignore require-await
  const fails = async () => {
    throw new Error("oops");
  };
  for (const cors of [fails, { origin: fails }]) {
    await withEngine({ cors }, async (rig) => {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        assertEquals((await ask(rig, { method })).status, 500, method);
        assertEquals(rig.faults.splice(0).map(String), ["Error: oops"], method);
      }
    });
  }
});

Deno.test("cors that fails is answered with 500, given a middleware that answers or fails", async () => {
  const cors = () => {
    throw new Error("oops");
  };
  const answers = () => new Response("mine");
  const fails = () => {
    throw new Error("no");
  };
  for (const middleware of [answers, fails]) {
    await withEngine({ cors }, async (rig) => {
      rig.engine.use(middleware);
      assertEquals((await ask(rig)).status, 500);
      assertEquals(rig.faults.splice(0).map(String), ["Error: oops"]);
    });
  }
});

Deno.test("cors that fails at a poll that waits ends its session", async () => {
  let broken = false;
  const cors: Cors = (_request, callback) => {
    if (broken) throw new Error("oops");
    callback(null, { origin: SITE });
  };
  await withEngine({ cors }, async (rig) => {
    const client = await rig.poller();
    broken = true;
    const poll = client.get();
    await rig.settle();
    rig.time.tick(200);
    assertEquals((await poll).status, 500);
    assertEquals(rig.reason, "transport error");
    assertEquals(rig.faults.splice(0).map(String), ["Error: oops"]);
  });
});

Deno.test("every answer of a session carries CORS headers, errors too", () =>
  withEngine({ cors: { origin: SITE }, maxHttpBufferSize: 100 }, async (rig) => {
    const client = await rig.poller();
    const send = async (init: RequestInit, url = client.url): Promise<number> => {
      const request = new Request(url, { ...init, headers: { origin: SITE } });
      const response = await rig.engine.fetch(request, rig.runtime);
      await response.body?.cancel();
      assertEquals(corsOf(response), ALLOWED);
      return response.status;
    };
    rig.conn.send("a");
    assertEquals(await send({}), 200);
    assertEquals(await send({ method: "POST", body: "4a" }), 200);
    assertEquals(await send({ method: "POST", body: "x".repeat(101) }), 413);
    assertEquals(await send({ method: "PUT" }), 400);
    assertEquals(await send({ method: "POST", body: "x" }), 400);
    assertEquals(await send({}), 400);
    assertEquals(await send({}, `${rig.base}?EIO=4&transport=x`), 400);
    assertEquals(await send({}, `${rig.base}?EIO=3&transport=polling`), 400);
  }));

Deno.test("an answer of allowRequest's carries CORS headers", () =>
  withEngine({ cors: { origin: SITE }, allowRequest: () => false }, async (rig) => {
    const response = await ask(rig);
    assertEquals(response.status, 403);
    assertEquals(corsOf(response), ALLOWED);
  }));

Deno.test("an empty list, or an empty origin, makes no header", async () => {
  const lists = { origin: SITE, allowedHeaders: [], exposedHeaders: [] };
  const headers = { "access-control-request-headers": "x-a" };
  await withEngine({ cors: lists }, async (rig) => {
    const response = await ask(rig, { method: "OPTIONS", headers });
    assertEquals(Object.keys(corsOf(response)), ["allow-methods", "allow-origin", "vary"]);
  });
  await withEngine({ cors: { origin: "" } }, async (rig) => {
    assertEquals(corsOf(await ask(rig)), { vary: "Origin" });
  });
});

Deno.test("a long list of requested headers is answered in no time", () =>
  withEngine({ cors: { origin: SITE } }, async (rig) => {
    const requested = "a" + " ".repeat(500_000) + "b";
    const headers = { "access-control-request-headers": requested };
    const start = performance.now();
    const response = await ask(rig, { method: "OPTIONS", headers });
    assertEquals(response.status, 204);
    assertStringIncludes(corsOf(response)["allow-headers"] ?? "", "b");
    assertEquals(performance.now() - start < 2_000, true);
  }));
