import { assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import type { ServerOptions } from "../../src/engine/mod.ts";
import { type EngineRig, withEngine } from "../kit/memory_client.ts";

async function handshakeCookie(rig: EngineRig): Promise<string[]> {
  const response = await rig.request("?EIO=4&transport=polling");
  await response.body?.cancel();
  return response.headers.getSetCookie();
}

const FORMS: [option: NonNullable<ServerOptions["cookie"]>, text: (sid: string) => string[]][] = [
  [false, () => []],
  [true, (sid) => [`io=${sid}; Path=/; HttpOnly; SameSite=Lax`]],
  [{}, (sid) => [`io=${sid}; Path=/; HttpOnly; SameSite=Lax`]],
  [{ name: "sid" }, (sid) => [`sid=${sid}; Path=/; HttpOnly; SameSite=Lax`]],
  [{ httpOnly: false, sameSite: false, path: "" }, (sid) => [`io=${sid}`]],
  [{ sameSite: true }, (sid) => [`io=${sid}; Path=/; HttpOnly; SameSite=Strict`]],
  [{ sameSite: "Strict" as "strict", priority: "LOW" as "low" }, (sid) => [
    `io=${sid}; Path=/; HttpOnly; Priority=Low; SameSite=Strict`,
  ]],
  [{ sameSite: "none", secure: true, partitioned: true }, (sid) => [
    `io=${sid}; Path=/; HttpOnly; Secure; Partitioned; SameSite=None`,
  ]],
  [
    {
      maxAge: 60,
      domain: "example.com",
      path: "/chat",
      expires: new Date(0),
      priority: "high",
      sameSite: "strict",
    },
    (sid) => [
      `io=${sid}; Max-Age=60; Domain=example.com; Path=/chat; ` +
      "Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Priority=High; SameSite=Strict",
    ],
  ],
  [{ encode: (sid) => `<${sid.length}>` }, () => ["io=<20>; Path=/; HttpOnly; SameSite=Lax"]],
];

for (const [cookie, text] of FORMS) {
  Deno.test(`the handshake sets the cookie that is asked for, given ${JSON.stringify(cookie)}`, () =>
    withEngine({ cookie }, async (rig) => {
      assertEquals(await handshakeCookie(rig), text(rig.conn.id));
    }));
}

Deno.test("only the handshake sets the cookie, not the answers after it", () =>
  withEngine({ cookie: true }, async (rig) => {
    const client = await rig.poller();
    rig.conn.send("a");
    assertEquals((await client.get()).headers.getSetCookie(), []);
    assertEquals((await client.post("4a")).headers.getSetCookie(), []);
  }));

Deno.test("a handshake over WebSocket sets the cookie, an upgrade does not", () =>
  withEngine({ cookie: true }, async (rig) => {
    const seen: string[][] = [];
    const { runtime } = rig;
    const upgrade = runtime.upgrade;
    runtime.upgrade = function (request, context, receiver, headers) {
      seen.push(headers!.getSetCookie());
      return upgrade.call(runtime, request, context, receiver, headers);
    };
    await rig.socket();
    assertEquals(seen.pop(), [`io=${rig.conn.id}; Path=/; HttpOnly; SameSite=Lax`]);
    const client = await rig.poller();
    await client.candidate();
    assertEquals(seen.pop(), []);
  }));

Deno.test("a refused handshake sets no cookie", () =>
  withEngine({ cookie: true, allowRequest: () => false }, async (rig) => {
    assertEquals(await handshakeCookie(rig), []);
  }));

Deno.test("a cookie whose encode gives what cannot stand in a header is left out, and reported", () =>
  withEngine({ cookie: { encode: (sid) => `${sid}\r\nx-bad: 1` } }, async (rig) => {
    const response = await rig.request("?EIO=4&transport=polling");
    await response.body?.cancel();
    assertEquals(response.status, 200);
    assertEquals([response.headers.getSetCookie(), response.headers.get("x-bad")], [[], null]);
    await rig.socket();
    for (const fault of rig.faults.splice(0)) {
      assertInstanceOf(fault, TypeError);
      assertMatch(
        fault.message,
        /^cookie\.encode must give a text that can stand in a header, got "/,
      );
    }
    assertEquals(rig.engine.clientsCount, 2);
  }));

Deno.test("a cookie whose encode gives an attribute, nothing or a promise is left out", async () => {
  for (const bad of ["a; Domain=example.com", undefined, Promise.resolve("a")]) {
    await withEngine({ cookie: { encode: () => bad as string } }, async (rig) => {
      assertEquals(await handshakeCookie(rig), []);
      assertEquals(rig.faults.splice(0).length, 1);
    });
  }
});
