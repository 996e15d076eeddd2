import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { localsOf } from "../../src/engine/mod.ts";
import { withEngine } from "../kit/memory_client.ts";

const HANDSHAKE = "?EIO=4&transport=polling";

Deno.test("middlewares stand before every request, in the order of use", () =>
  withEngine({}, async (rig) => {
    const log: string[] = [];
    rig.engine.use(async (request, next) => {
      log.push(`in ${request.method}`);
      const response = await next();
      log.push(`out ${response.status}`);
      return response;
    });
    rig.engine.use((_, next) => {
      log.push("second");
      return next();
    });
    const client = await rig.poller();
    assertEquals(log.splice(0), ["in GET", "second", "out 200"]);
    await (await client.post("4a")).text();
    assertEquals(log.splice(0), ["in POST", "second", "out 200"]);
    await rig.upgrade(client);
    assertEquals(log.splice(0), ["in GET", "second", "out 200"]);
    const unknown = await rig.request(`${HANDSHAKE}&sid=nobody`);
    await unknown.body?.cancel();
    assertEquals(log.splice(0), ["in GET", "second", "out 400"]);
  }));

Deno.test("a middleware adds headers to the answers, also to those that become a WebSocket", () =>
  withEngine({ cookie: true }, async (rig) => {
    rig.engine.use(async (_, next) => {
      const response = await next();
      response.headers.append("set-cookie", "session=1");
      response.headers.set("x-served-by", "me");
      return response;
    });
    const response = await rig.request(HANDSHAKE);
    await response.body?.cancel();
    assertEquals(response.headers.getSetCookie().length, 2);
    assertEquals(response.headers.get("x-served-by"), "me");

    const seen: Headers[] = [];
    const { runtime } = rig;
    const upgrade = runtime.upgrade;
    runtime.upgrade = function (request, context, receiver, headers) {
      seen.push(headers!);
      return upgrade.call(runtime, request, context, receiver, headers);
    };
    await rig.socket();
    const [headers] = seen;
    assertEquals(headers!.get("x-served-by"), "me");
    const [own, added] = headers!.getSetCookie();
    assertEquals([own!.slice(0, 3), added], ["io=", "session=1"]);
  }));

Deno.test("a middleware may build the answer anew, also one that becomes a WebSocket", () =>
  withEngine({}, async (rig) => {
    rig.engine.use(async (_, next) => {
      const response = await next();
      return new Response(response.body, response);
    });
    await rig.poller();
    await rig.socket();
    assertEquals(rig.engine.clientsCount, 2);
  }));

Deno.test("a middleware that answers by itself keeps requests away, over each transport", () =>
  withEngine({ cors: { origin: "https://app.example" } }, async (rig) => {
    rig.engine.use((request, next) =>
      request.headers.get("authorization") === "secret"
        ? next()
        : Response.redirect("https://app.example/login")
    );
    const response = await rig.request(HANDSHAKE);
    assertEquals(response.status, 302);
    assertEquals(response.headers.get("location"), "https://app.example/login");
    assertEquals(response.headers.get("access-control-allow-origin"), "https://app.example");
    const error = await rig.socket().catch((error) => error);
    assertInstanceOf(error, TypeError);
    assertEquals((error.cause as Response).status, 302);
    assertEquals(rig.engine.clientsCount, 0);
    await rig.socket("", { authorization: "secret" });
    assertEquals(rig.engine.clientsCount, 1);
  }));

Deno.test("a WebSocket is not opened if a middleware puts a refusal in the place of its answer", () =>
  withEngine({}, async (rig) => {
    rig.engine.use(async (_, next) => {
      await next();
      return new Response("no", { status: 403 });
    });
    const error = await rig.socket().catch((error) => error);
    assertEquals((error.cause as Response).status, 403);
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("a middleware that fails refuses with code 3, and tells connection_error why", () =>
  withEngine({ cors: { origin: "*" } }, async (rig) => {
    const failures = [
      () => {
        throw new Error("oops");
      },
      () => Promise.reject(new Error("oops")),
    ];
    for (const failure of failures) {
      const off = rig.engine.use((request, next) =>
        request.headers.has("x-fail") ? failure() : next()
      );
      assertEquals(off, rig.engine);
    }
    const response = await rig.request(HANDSHAKE, { headers: { "x-fail": "1" } });
    assertEquals(response.status, 400);
    assertEquals(response.headers.get("access-control-allow-origin"), "*");
    assertEquals(await response.json(), { code: 3, message: "Bad request" });
    const error = await rig.socket("", { "x-fail": "1" }).catch((error) => error);
    assertEquals(await (error.cause as Response).text(), "Bad request");
    for (const { code, context } of rig.refused) {
      assertEquals([code, context.name], [3, "MIDDLEWARE_FAILURE"]);
      assertEquals((context.error as Error).message, "oops");
    }
    assertEquals(rig.refused.length, 2);
    await rig.socket();
  }));

Deno.test("a middleware that returns nothing, or calls next() twice, has failed", () =>
  withEngine({}, async (rig) => {
    rig.engine.use(async (request, next) => {
      if (request.headers.has("x-twice")) await next();
      const response = await next();
      return request.headers.has("x-nothing") ? undefined as never : response;
    });
    for (const header of ["x-nothing", "x-twice"]) {
      const response = await rig.request(`${HANDSHAKE}&sid=nobody`, { headers: { [header]: "1" } });
      assertEquals(response.status, 400);
      await response.body?.cancel();
    }
    const errors = rig.refused.map(({ context }) => (context.error as Error | undefined)?.message);
    assertEquals(errors.filter((it) => it !== undefined), [
      "A middleware must return a Response: what next() gives, or its own",
      "next() was called twice",
    ]);
  }));

Deno.test("what fails behind a middleware is reported as always, not as its failure", () =>
  withEngine({ cors: (_, callback) => callback(null, { origin: "*" }) }, async (rig) => {
    rig.engine.use((_, next) => next());
    rig.runtime.peer = () => {
      throw new Error("of the runtime");
    };
    const response = await rig.request(HANDSHAKE);
    assertEquals([response.status, await response.text()], [500, "Internal Server Error"]);
    assertEquals(rig.faults.splice(0).map((it) => (it as Error).message), ["of the runtime"]);
    assertEquals(rig.refused, []);
  }));

Deno.test("preflights are answered before middlewares", () =>
  withEngine({ cors: { origin: "*" } }, async (rig) => {
    rig.engine.use(() => new Response("mine"));
    const response = await rig.request(HANDSHAKE, { method: "OPTIONS" });
    assertEquals(response.status, 204);
  }));

Deno.test("use throws, given what is no middleware, or one of Express", () =>
  withEngine({}, ({ engine }) => {
    const express = (_req: unknown, _res: unknown, next: () => void) => next();
    for (const it of [undefined, {}, express]) {
      assertThrows(() => engine.use(it as never), TypeError, "(request, next)");
    }
  }));

Deno.test("localsOf hands what was found out on to the connection's request", () =>
  withEngine({}, async (rig) => {
    rig.engine.use((request, next) => {
      localsOf(request).user = { name: request.headers.get("x-user") };
      return next();
    });
    await rig.socket("", { "x-user": "ada" });
    assertEquals(localsOf(rig.conn.request), { user: { name: "ada" } });
    const first = rig.conn;
    await rig.socket("", { "x-user": "bob" });
    assertEquals(localsOf(rig.conn.request).user.name, "bob");
    assertEquals(localsOf(first.request).user.name, "ada");
  }));

Deno.test("localsOf holds what allowRequest found out, and is empty for other requests", async () => {
  const options = {
    allowRequest: async (request: Request) => {
      await Promise.resolve();
      localsOf(request).token = 17;
      return true;
    },
  };
  await withEngine(options, async (rig) => {
    const client = await rig.poller();
    assert(client.open.sid);
    assertEquals(localsOf(rig.conn.request), { token: 17 });
    assertEquals(localsOf(new Request("http://localhost/")), {});
  });
});
