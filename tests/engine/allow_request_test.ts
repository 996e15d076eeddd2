import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import type { AllowRequest } from "../../src/engine/mod.ts";
import { withEngine } from "../kit/memory_client.ts";

const HANDSHAKE = "?EIO=4&transport=polling";

/** What the answer says, or `undefined` for one that opens a session. */
async function outcome(allowRequest: AllowRequest): Promise<string | undefined> {
  let message: string | undefined;
  await withEngine({ allowRequest }, async (rig) => {
    const response = await rig.request(HANDSHAKE);
    if (response.status === 200) {
      assertEquals(rig.engine.clientsCount, 1);
      await response.body?.cancel();
      return;
    }
    assertEquals(response.status, 403);
    const body = await response.json();
    assertEquals(body.code, 4);
    assertEquals(rig.engine.clientsCount, 0);
    assertEquals(rig.refused.map(({ code }) => code), [4]);
    assertEquals(rig.refused[0]?.message, "Forbidden");
    message = body.message;
  });
  return message;
}

const FORMS: [name: string, allowRequest: AllowRequest, message: string | undefined][] = [
  ["a callback that allows", (_, done) => done(null, true), undefined],
  ["a callback that allows later", (_, done) => queueMicrotask(() => done(null, true)), undefined],
  ["a callback that refuses", (_, done) => done(null, false), "Forbidden"],
  ["a callback with a message", (_, done) => done("go away", false), "go away"],
  ["a callback that is called twice", (_, done) => {
    done(null, false);
    done(null, true);
  }, "Forbidden"],
  ["a callback form that throws", (_, _done) => {
    throw new Error("oops");
  }, "oops"],
  // deno-lint-ignore require-await
  ["an async callback form that rejects", async (_: Request, _done: unknown) => {
    throw new Error("oops");
  }, "oops"],
  ["an async callback form that calls back", async (_, done) => {
    await Promise.resolve();
    done(null, true);
  }, undefined],
  ["a function that returns true", () => true, undefined],
  ["a function that returns nothing", () => {}, undefined],
  ["a function that returns false", () => false, "Forbidden"],
  ["a function that returns null", (() => null) as never, "Forbidden"],
  ["a function that throws", () => {
    throw new Error("oops");
  }, "oops"],
  ["a function that throws no error", () => {
    throw "oops";
  }, "oops"],
  ["a promise of true", () => Promise.resolve(true), undefined],
  ["a promise of nothing", () => Promise.resolve(), undefined],
  ["a promise of false", () => Promise.resolve(false), "Forbidden"],
  ["a promise that rejects", () => Promise.reject(new Error("oops")), "oops"],
];

for (const [name, allowRequest, message] of FORMS) {
  const verb = message === undefined ? "opens a session" : "refuses with code 4";
  Deno.test(`fetch ${verb}, given allowRequest as ${name}`, async () => {
    assertEquals(await outcome(allowRequest), message);
  });
}

Deno.test("allowRequest sees the request, for handshakes only", async () => {
  const seen: (string | null)[] = [];
  const allowRequest = (request: Request) => {
    seen.push(new URL(request.url).searchParams.get("transport"));
    return true;
  };
  await withEngine({ allowRequest }, async (rig) => {
    const client = await rig.poller();
    await (await client.post("4a")).body?.cancel();
    await rig.upgrade(client);
    await rig.socket();
    assertEquals(seen, ["polling", "websocket"]);
  });
});

Deno.test("allowRequest is not asked about a request that is wrong anyway", async () => {
  let asked = 0;
  await withEngine({ allowRequest: () => void asked++ }, async (rig) => {
    await (await rig.request("?EIO=3&transport=polling")).body?.cancel();
    await (await rig.request("?EIO=4&transport=x")).body?.cancel();
    assertEquals(asked, 0);
  });
});

Deno.test("allowRequest refuses a WebSocket before it is one", () =>
  withEngine({ allowRequest: (_, done) => done("go away", false) }, async (rig) => {
    const error = await assertRejects(() => rig.socket(), TypeError);
    assertInstanceOf(error.cause, Response);
    assertEquals(error.cause.status, 403);
    assertEquals(await error.cause.text(), "go away");
    assertEquals(rig.refused[0]?.context, { message: "go away" });
  }));
