import { assert, assertEquals } from "@std/assert";
import { withEngine } from "../kit/memory_client.ts";

/** Longer than any poll waits before its answer becomes a stream. */
const SWEEPS = 200;

Deno.test("a poll is answered at once, given something to say", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.conn.send("a");
    rig.conn.send(new Uint8Array([1, 2, 3]));
    const response = await client.get();
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "text/plain; charset=UTF-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertEquals(await response.text(), "4a\x1ebAQID");
  }));

Deno.test("a poll waits, and is answered with what one turn sends", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    rig.conn.send("a");
    rig.conn.send("b");
    rig.conn.send("c");
    assertEquals(await poll, "4a\x1e4b\x1e4c");
  }));

Deno.test("what the next turn sends is for the next poll", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    rig.conn.send("a");
    await rig.settle();
    rig.conn.send("b");
    assertEquals(await poll, "4a");
    assertEquals(await client.poll(), "4b");
  }));

Deno.test("a poll that goes on waiting is answered by a stream, which delivers", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    let begun = false;
    const get = client.get().then((response) => {
      begun = true;
      return response;
    });
    await rig.settle();
    rig.time.tick(49);
    await rig.settle();
    assertEquals(begun, false);
    rig.time.tick(SWEEPS);
    const response = await get;
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "text/plain; charset=UTF-8");
    const text = response.text();
    await rig.settle();
    assert(rig.conn.transport.writable);
    rig.conn.send("late");
    rig.conn.send("später");
    assertEquals(await text, "4late\x1e4später");
  }));

Deno.test("a poll has a time of its own to wait, given one that was answered before it", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const first = client.poll();
    await rig.settle();
    rig.time.tick(40);
    rig.conn.send("a");
    assertEquals(await first, "4a");
    let begun = false;
    const second = client.get().then((response) => {
      begun = true;
      return response.text();
    });
    await rig.settle();
    rig.time.tick(49);
    await rig.settle();
    assertEquals(begun, false);
    rig.time.tick(SWEEPS);
    await rig.settle();
    assertEquals(begun, true);
    rig.conn.send("b");
    assertEquals(await second, "4b");
  }));

Deno.test("polls of many sessions become streams together, each by itself", () =>
  withEngine({}, async (rig) => {
    const texts: Promise<string>[] = [];
    for (let i = 0; i < 5; i++) {
      const client = await rig.poller();
      texts.push(client.poll());
      await rig.settle();
      rig.time.tick(20);
    }
    rig.time.tick(SWEEPS);
    await rig.settle();
    for (const [index, conn] of rig.conns.entries()) conn.send(`n${index}`);
    assertEquals(await Promise.all(texts), ["4n0", "4n1", "4n2", "4n3", "4n4"]);
  }));

Deno.test("a client that cancels its poll is gone", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const get = client.get();
    await rig.settle();
    rig.time.tick(SWEEPS);
    await (await get).body?.cancel();
    assertEquals(rig.closes, [[
      "transport error",
      { description: "poll connection closed prematurely" },
    ]]);
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("a poll that was answered may be cancelled", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const get = client.get();
    await rig.settle();
    rig.time.tick(SWEEPS);
    const response = await get;
    rig.conn.send("a");
    await rig.settle();
    await response.body?.cancel();
    assertEquals(rig.closes, []);
  }));

Deno.test("two polls at once end the session", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const first = client.poll();
    await rig.settle();
    const second = await client.get();
    assertEquals(second.status, 400);
    assertEquals(await first, "1");
    assertEquals(rig.closes, [["transport error", { description: "overlap from client" }]]);
  }));

Deno.test("two posts at once end the session", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const first = client.post(body.readable);
    await rig.settle();
    const second = await client.post("4b");
    assertEquals(second.status, 400);
    assertEquals((await first).status, 400);
    assertEquals(rig.closes, [[
      "transport error",
      { description: "data request overlap from client" },
    ]]);
  }));

Deno.test("a post may come while a poll waits", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.conn.on("message", (data) => rig.conn.send(`echo ${data}`));
    const poll = client.poll();
    await rig.settle();
    const response = await client.post("4a");
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "text/html");
    assertEquals(await response.text(), "ok");
    assertEquals(await poll, "4echo a");
  }));

Deno.test("a post brings several packets, handled in order before it is answered", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    const response = await client.post("4a\x1ebAQID\x1e4\x1e4ü");
    assertEquals(seen, ["a", new Uint8Array([1, 2, 3]), "", "ü"]);
    assertEquals(await response.text(), "ok");
  }));

Deno.test("a post is read whatever pieces it comes in", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    const bytes = new TextEncoder().encode("4€ und 😀");
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    await (await client.post(body)).body?.cancel();
    assertEquals(seen, ["€ und 😀"]);
  }));

Deno.test("a post that is no payload ends the session, after the packets before the fault", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    const response = await client.post("4a\x1ex\x1e4b");
    assertEquals(response.status, 400);
    assertEquals(seen, ["a"]);
    assertEquals(rig.reason, "parse error");
  }));

Deno.test("an empty post, one of separators, or one of bad base64 ends the session", () =>
  withEngine({}, async (rig) => {
    for (const body of ["", "\x1e", "\x1e".repeat(100_000), "b***", "7", "4a\x1e"]) {
      const client = await rig.poller();
      assertEquals((await client.post(body)).status, 400);
      assertEquals(rig.reason, "parse error");
    }
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("a post without a body ends the session", () =>
  withEngine({}, async (rig) => {
    const { url } = await rig.poller();
    const request = new Request(url, { method: "POST" });
    assertEquals((await rig.engine.fetch(request, rig.runtime)).status, 400);
    assertEquals(rig.reason, "parse error");
  }));

Deno.test("a close packet of the client's ends the session, and its poll with a noop", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    const response = await client.post("1");
    assertEquals(await response.text(), "ok");
    assertEquals(await poll, "6");
    assertEquals(rig.reason, "transport close");
    assertEquals((await client.get()).status, 400);
    assertEquals(rig.refused[0]?.code, 1);
  }));

Deno.test("packets behind a close packet are ignored", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    await (await client.post("4a\x1e1\x1e4b")).body?.cancel();
    assertEquals(seen, ["a"]);
  }));

Deno.test("close() tells a client that polls", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    rig.conn.close();
    assertEquals(await poll, "1");
    assertEquals(rig.closes, [["forced close", undefined]]);
  }));

Deno.test("close() tells a client that polls by stream", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    rig.time.tick(SWEEPS);
    rig.conn.close();
    assertEquals(await poll, "1");
    assertEquals(rig.reason, "forced close");
  }));

Deno.test("close() does not put its packet into an answer with messages", () =>
  withEngine({}, async (rig) => {
    // A client that reads of the end forgets messages that it has not handled yet.
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    rig.conn.send("a");
    rig.conn.close();
    assertEquals(await poll, "4a");
    assertEquals(rig.conn.readyState, "closing");
    assertEquals(await client.poll(), "1");
    assertEquals(rig.closes, [["forced close", undefined]]);
  }));

Deno.test("close() waits for the next poll, and tells it", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.conn.close();
    assertEquals(rig.conn.readyState, "closing");
    assertEquals(rig.closes, []);
    rig.time.tick(10_000);
    assertEquals(await client.poll(), "1");
    assertEquals(rig.reason, "forced close");
    assertEquals(rig.conn.readyState, "closed");
  }));

Deno.test("close() gives up on a client that does not poll after 30 seconds", () =>
  withEngine({}, async (rig) => {
    await rig.poller();
    rig.conn.close();
    rig.time.tick(29_999);
    assertEquals(rig.closes, []);
    rig.time.tick(1);
    assertEquals(rig.reason, "forced close");
  }));

Deno.test("a client that closes while the server waits to tell it ends the session", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.conn.close();
    await (await client.post("1")).body?.cancel();
    assertEquals(rig.closes.length, 1);
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("a body that is declared too large is answered with 413, and not read", () =>
  withEngine({ maxHttpBufferSize: 1000 }, async (rig) => {
    const client = await rig.poller();
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(100));
      },
    }, { highWaterMark: 0 });
    const response = await client.post(body, { "content-length": "1001" });
    assertEquals(response.status, 413);
    assertEquals(pulled, 0);
    assertEquals(rig.closes, []);
  }));

Deno.test("a body that is larger than declared is answered with 413, and read no further", () =>
  withEngine({ maxHttpBufferSize: 1000 }, async (rig) => {
    for (const declared of [{}, { "content-length": "5" }]) {
      const client = await rig.poller();
      let pulled = 0;
      let cancelled = false;
      const body = new ReadableStream({
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(100).fill(52));
        },
        cancel: () => void (cancelled = true),
      }, { highWaterMark: 0 });
      const response = await client.post(body, declared);
      assertEquals(response.status, 413);
      assertEquals([pulled, cancelled], [11, true]);
      assertEquals(rig.closes, []);
      assertEquals((await client.post("4a")).status, 200);
    }
  }));

Deno.test("a body is measured in bytes, up to the limit", () =>
  withEngine({ maxHttpBufferSize: 1000 }, async (rig) => {
    const client = await rig.poller();
    const seen: number[] = [];
    rig.conn.on("message", (data) => seen.push(data.length));
    assertEquals((await client.post("4" + "€".repeat(333))).status, 200);
    assertEquals((await client.post("4" + "€".repeat(333) + "a")).status, 413);
    assertEquals((await client.post("4" + "a".repeat(999))).status, 200);
    assertEquals((await client.post("4" + "a".repeat(1000))).status, 413);
    assertEquals(seen, [333, 999]);
  }));

Deno.test("a body of octets is refused, and ends the session", () =>
  withEngine({}, async (rig) => {
    for (const type of ["application/octet-stream", "application/octet-stream; charset=x"]) {
      const client = await rig.poller();
      const response = await client.post("4a", { "content-type": type });
      assertEquals(response.status, 400);
      assertEquals(rig.closes.at(-1), ["transport error", { description: "invalid content" }]);
    }
  }));

Deno.test("a body of any other type is read", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    for (const type of ["text/plain;charset=UTF-8", "application/json", ""]) {
      assertEquals((await client.post("4a", { "content-type": type })).status, 200);
    }
  }));

Deno.test("a body that never ends is given up with its session", () =>
  withEngine({ pingInterval: 1000, pingTimeout: 500 }, async (rig) => {
    const client = await rig.poller();
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const post = client.post(body);
    await rig.settle();
    rig.time.tick(1500);
    assertEquals((await post).status, 400);
    assertEquals(rig.closes, [["ping timeout", undefined]]);
    assert(cancelled);
  }));

Deno.test("a body that breaks off ends the session", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("4a"));
        controller.error(new Error("reset"));
      },
    });
    assertEquals((await client.post(body)).status, 400);
    assertEquals(rig.closes, [[
      "transport error",
      { description: "data request connection closed prematurely" },
    ]]);
  }));

Deno.test("other methods than GET and POST are refused, and the session goes on", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    for (const method of ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]) {
      const response = await rig.engine.fetch(new Request(client.url, { method }), rig.runtime);
      assertEquals(response.status, 400);
    }
    assertEquals(rig.conn.readyState, "open");
  }));

Deno.test("engine.close() ends waiting polls and unfinished posts", () =>
  withEngine({}, async (rig) => {
    const polling = await rig.poller();
    const poll = polling.poll();
    const posting = await rig.poller();
    const post = posting.post(new ReadableStream());
    await rig.settle();
    rig.engine.close();
    assertEquals(await poll, "1");
    assertEquals((await post).status, 400);
    assertEquals(rig.closes.map(([reason]) => reason), ["forced close", "forced close"]);
  }));
