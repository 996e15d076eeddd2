import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { withEngine } from "../kit/memory_client.ts";

const HANDSHAKE = "?EIO=4&transport=polling";

Deno.test("initial_headers adds to the handshake, headers to every answer", () =>
  withEngine({}, async (rig) => {
    rig.engine.on("initial_headers", (headers, request) => {
      assertInstanceOf(request, Request);
      headers["x-initial"] = "1";
    });
    rig.engine.on("headers", (headers) => {
      headers["x-every"] = ["a", "b"];
    });
    const first = await rig.request(HANDSHAKE);
    await first.body?.cancel();
    assertEquals(first.headers.get("x-initial"), "1");
    assertEquals(first.headers.get("x-every"), "a, b");
    const url = `${HANDSHAKE}&sid=${rig.conn.id}`;
    const post = await rig.request(url, { method: "POST", body: "4a" });
    await post.body?.cancel();
    assertEquals(post.headers.get("x-initial"), null);
    assertEquals(post.headers.get("x-every"), "a, b");
  }));

Deno.test("a cookie set by initial_headers stands beside the one of the cookie option", () =>
  withEngine({ cookie: true }, async (rig) => {
    rig.engine.on("initial_headers", (headers) => {
      headers["set-cookie"] = ["a=1", "b=2"];
    });
    const response = await rig.request(HANDSHAKE);
    await response.body?.cancel();
    const names = response.headers.getSetCookie().map((it) => it.split("=")[0]);
    assertEquals(names, ["io", "a", "b"]);
  }));

Deno.test("the hooks receive headers, request and context, and may take their time", async () => {
  const log: unknown[] = [];
  await withEngine({
    editHandshakeHeaders: async (headers, request, context) => {
      await Promise.resolve();
      headers.set("x-handshake", new URL(request.url).pathname);
      log.push(context);
    },
    editResponseHeaders: (headers) => {
      headers.append("x-response", headers.has("x-handshake") ? "second" : "alone");
      headers.delete("cache-control");
    },
  }, async (rig) => {
    const first = await rig.request(HANDSHAKE);
    await first.body?.cancel();
    assertEquals(first.headers.get("x-handshake"), "/engine.io/");
    assertEquals(first.headers.get("x-response"), "second");
    assertEquals(first.headers.get("cache-control"), null);
    assertEquals(log.length, 1);
    assertStrictEquals(log[0], rig.runtime);
    const post = await rig.request(`${HANDSHAKE}&sid=${rig.conn.id}`, {
      method: "POST",
      body: "4a",
    });
    await post.body?.cancel();
    assertEquals(post.headers.get("x-response"), "alone");
    assertEquals(log.length, 1);
  });
});

Deno.test("events and hooks reach the answers that become a WebSocket", async () => {
  const options = {
    editHandshakeHeaders: (headers: Headers) => headers.set("x-handshake", "1"),
    editResponseHeaders: (headers: Headers) => headers.set("x-response", "1"),
  };
  await withEngine(options, async (rig) => {
    rig.engine.on("initial_headers", (headers) => void (headers["x-initial"] = "1"));
    rig.engine.on("headers", (headers) => void (headers["x-every"] = "1"));
    const seen: string[][] = [];
    const { runtime } = rig;
    const upgrade = runtime.upgrade;
    runtime.upgrade = function (request, context, receiver, headers) {
      seen.push([...headers!.keys()]);
      return upgrade.call(runtime, request, context, receiver, headers);
    };
    await rig.socket();
    const client = await rig.poller();
    await client.candidate();
    assertEquals(seen, [
      ["x-every", "x-handshake", "x-initial", "x-response"],
      ["x-every", "x-response"],
    ]);
  });
});

Deno.test("a header with a line break is not sent, and reported", () =>
  withEngine({}, async (rig) => {
    rig.engine.on("headers", (headers) => {
      headers["x-bad"] = "a\r\nset-cookie: b=c";
      headers["x-list"] = ["fine", "a\nb"];
      headers["x bad name"] = "a";
      headers["x-good"] = "a";
    });
    const response = await rig.request(HANDSHAKE);
    await response.body?.cancel();
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("x-bad"), null);
    assertEquals(response.headers.getSetCookie(), []);
    assertEquals(response.headers.get("x-good"), "a");
    const faults = rig.faults.splice(0);
    assertEquals(faults.length, 3);
    for (const fault of faults) assertInstanceOf(fault, TypeError);
  }));

Deno.test("a hook that fails is reported, and the answer goes out without it", async () => {
  const options = {
    editHandshakeHeaders: () => Promise.reject(new Error("handshake")),
    editResponseHeaders: (headers: Headers) => headers.set("x-a", "a\nb"),
  };
  await withEngine(options, async (rig) => {
    rig.engine.on("headers", () => {
      throw new Error("event");
    });
    const client = await rig.poller();
    assertEquals(rig.faults.splice(0).map((it) => (it as Error).message), ["event", "handshake"]);
    rig.conn.send("a");
    const response = await client.get();
    assertEquals(await response.text(), "4a");
    const [event, hook] = rig.faults.splice(0);
    assertEquals((event as Error).message, "event");
    assertInstanceOf(hook, TypeError);
  });
});

Deno.test("answers have just their own headers, given neither hooks nor listeners", () =>
  withEngine({}, async (rig) => {
    const response = await rig.request(HANDSHAKE);
    await response.body?.cancel();
    assertEquals([...response.headers.keys()], ["cache-control", "content-type"]);
  }));
