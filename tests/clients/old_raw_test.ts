/** Old clients by hand, over real ports: JSONP, binary payloads, and requests that mix the revisions. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { RawSocket } from "../kit/raw_client.ts";
import { BUN, DENO } from "../runtimes/test_runtime.ts";

const SERVER = new URL("./fixtures/old_server.ts", import.meta.url);
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const BYTES = { "content-type": "application/octet-stream" };

function sidOf(text: string): string {
  const [, sid] = /\\?"sid\\?":\\?"([^"\\]+)/.exec(text)!;
  return sid!;
}

function form(...packets: string[]): URLSearchParams {
  return new URLSearchParams({ d: packets.map((it) => `${it.length}:${it}`).join("") });
}

async function post(url: string, body: BodyInit, headers: HeadersInit = {}): Promise<void> {
  const response = await fetch(url, { method: "POST", body, headers });
  assertEquals([response.status, await response.text()], [200, "ok"]);
}

async function status(response: Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

for (const runtime of [DENO, BUN]) {
  Deno.test(`${runtime.name}: JSONP by hand`, async () => {
    await using server = await runtime.serve(SERVER);
    const base = `${server.url}/socket.io/?EIO=3&transport=polling&b64=1&j=7`;
    const open = await (await fetch(base)).text();
    assert(open.startsWith('___eio[7]("') && open.endsWith('");'), open);
    const url = `${base}&sid=${sidOf(open)}`;
    assertEquals(await (await fetch(url)).text(), '___eio[7]("2:40");');
    await post(url, form('420["echo","</script>\u2028"]'), FORM);
    const answer = await (await fetch(url)).text();
    assertEquals(answer, '___eio[7]("17:430[\\"\\u003c/script>\\u2028\\"]");');
    const waiting = fetch(url);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await post(url, form("2"), FORM);
    assertEquals(await (await waiting).text(), '___eio[7]("1:3");');
    await post(url, form("1"), FORM);
    assertEquals(await status(fetch(url)), 400);
    server.check();
  });

  Deno.test(`${runtime.name}: binary payloads by hand`, async () => {
    await using server = await runtime.serve(SERVER);
    const base = `${server.url}/socket.io/?EIO=3&transport=polling`;
    const url = `${base}&sid=${sidOf(await (await fetch(base)).text())}`;
    assertEquals(await (await fetch(url)).text(), "2:40");
    const text = new TextEncoder().encode('451-0["echo",{"_placeholder":true,"num":0}]');
    const bytes = [1, 3, 255, 4, 8, 9];
    await post(url, Uint8Array.from([0, 4, 3, 255, ...text, ...bytes]), BYTES);
    const response = await fetch(url);
    assertEquals(response.headers.get("content-type"), "application/octet-stream");
    const answer = new Uint8Array(await response.arrayBuffer());
    assertEquals([...answer.slice(-bytes.length)], bytes);
    await post(url, "1:1");
    server.check();
  });

  Deno.test(`${runtime.name}: a session keeps to its revision`, async () => {
    await using server = await runtime.serve(SERVER);
    const base = `${server.url}/socket.io/?transport=polling`;
    for (
      const [mine, others] of [["3", ["4", "5&EIO=4"]], ["4", ["3", "", "04", "4&EIO=3"]]] as const
    ) {
      const sid = sidOf(await (await fetch(`${base}&EIO=${mine}`)).text());
      for (const other of others) {
        const url = `${base}&sid=${sid}&EIO=${other}`;
        assertEquals(await status(fetch(url)), 400);
        assertEquals(await status(fetch(url, { method: "POST", body: "1:2" })), 400);
        const upgrade = url.replace("http", "ws").replace("polling", "websocket");
        await assertRejects(() => RawSocket.open(upgrade));
      }
      // It stands in spite of all that.
      const last = fetch(`${base}&sid=${sid}&EIO=${mine}`, {
        method: "POST",
        body: mine === "3" ? "1:1" : "1",
      });
      assertEquals(await status(last), 200);
    }
    server.check();
  });

  Deno.test(`${runtime.name}: old clients are refused unless they are let in`, async () => {
    await using server = await runtime.serve(SERVER);
    for (const query of ["EIO=3&", "EIO=2&", "", "EIO=04&"]) {
      const response = await fetch(`${server.url}/strict/?${query}transport=polling`);
      assertEquals(response.status, 400);
      assertEquals(await response.json(), { code: 5, message: "Unsupported protocol version" });
      const url = `${server.url.replace("http", "ws")}/strict/?${query}transport=websocket`;
      await assertRejects(() => RawSocket.open(url));
    }
    server.check();
  });
}

Deno.test("Bun: a poll that may bring text or bytes waits longer than Bun lets requests wait", async () => {
  await using server = await BUN.serve(SERVER);
  const base = `${server.url}/socket.io/?EIO=3&transport=polling`;
  const url = `${base}&sid=${sidOf(await (await fetch(base)).text())}`;
  assertEquals(await (await fetch(url)).text(), "2:40");
  const going = new AbortController();
  const poll = fetch(url, { signal: going.signal }).then(({ status }) => status, String);
  const { promise: patience, resolve } = Promise.withResolvers<string>();
  // Without an answer, ten seconds, which Bun looks at every four.
  const timer = setTimeout(resolve, 13_000, "waits");
  assertEquals(await Promise.race([poll, patience]), "waits");
  clearTimeout(timer);
  going.abort();
  await poll;
  server.check();
});
