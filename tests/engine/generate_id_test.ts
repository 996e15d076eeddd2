import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { withEngine } from "../kit/memory_client.ts";

const HANDSHAKE = "?EIO=4&transport=polling";

Deno.test("generateId draws the session ids, at once or later", async () => {
  let next = 0;
  const options = [
    { generateId: () => `id${next++}` },
    { generateId: async () => await Promise.resolve(`id${next++}`) },
  ];
  for (const option of options) {
    next = 0;
    await withEngine(option, async (rig) => {
      const client = await rig.poller();
      assertEquals(client.open.sid, "id0");
      await rig.socket();
      assertEquals([...rig.engine.clients.keys()], ["id0", "id1"]);
      assertEquals((await client.post("4a")).status, 200);
    });
  }
});

Deno.test("engine.generateId can be replaced, as officially", () =>
  withEngine({ generateId: () => "option" }, async (rig) => {
    rig.engine.generateId = (request) => request.headers.get("x-id") ?? "none";
    await rig.socket("", { "x-id": "mine" });
    assertEquals(rig.conn.id, "mine");
  }));

Deno.test("generateId receives the request", async () => {
  const generateId = ({ url }: Request) => new URL(url).searchParams.get("id")!;
  await withEngine({ generateId }, async (rig) => {
    assertEquals((await rig.poller("&id=mine")).open.sid, "mine");
  });
});

Deno.test("fetch refuses with code 3, given a generateId that fails", async () => {
  const failures = [
    () => Promise.reject(new Error("oops")),
    () => {
      throw new Error("oops");
    },
  ];
  for (const generateId of failures) {
    await withEngine({ generateId }, async (rig) => {
      const response = await rig.request(HANDSHAKE);
      assertEquals(response.status, 400);
      assertEquals(await response.json(), { code: 3, message: "Bad request" });
      const { code, context } = rig.refused[0]!;
      assertEquals([code, context.name, String(context.error)], [
        3,
        "ID_GENERATION_ERROR",
        "Error: oops",
      ]);
      await assertRejects(() => rig.socket(), TypeError);
    });
  }
});

Deno.test("fetch refuses with code 3, given an id that is in use, or is no text", async () => {
  const ids = ["a", "a", "", 5, undefined];
  await withEngine({ generateId: () => ids.shift() as string }, async (rig) => {
    await rig.poller();
    while (ids.length > 0) {
      const response = await rig.request(HANDSHAKE);
      await response.body?.cancel();
      assertEquals(response.status, 400);
      const { context } = rig.refused.pop()!;
      assertEquals(context.name, "ID_GENERATION_ERROR");
      assertInstanceOf(context.error, Error);
    }
    assertEquals(rig.engine.clientsCount, 1);
    assertEquals(rig.conn.readyState, "open");
  });
});

Deno.test("an id named like a member of an object is an id like any other", () =>
  withEngine({ generateId: () => "__proto__" }, async (rig) => {
    const client = await rig.poller();
    rig.conn.send("a");
    assertEquals(await client.poll(), "4a");
    assertEquals(rig.engine.clientsCount, 1);
  }));

Deno.test("of two handshakes under way that drew the same id, one is refused", () =>
  withEngine({ generateId: () => "same" }, async (rig) => {
    // Of one runtime each: both are past the check before either of them is open.
    const url = `${rig.base}?EIO=4&transport=websocket`;
    const both = await Promise.allSettled([
      new MemoryRuntime().connect(rig.engine, url),
      new MemoryRuntime().connect(rig.engine, url),
    ]);
    const open = both.filter((it) => it.status === "fulfilled" && it.value.closed === undefined);
    assertEquals(open.length, 1);
    assertEquals(rig.conns.length, 1);
  }));
