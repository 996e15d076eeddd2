import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ServerProcess } from "../kit/process.ts";
import { requestBytes, sendAndReset, webSocketLines } from "../kit/tcp.ts";
import { Clients, WEBSOCKET } from "../runtimes/client.ts";
import { getRaw, requestWebSocket } from "../runtimes/raw.ts";
import { NODE } from "../runtimes/test_runtime.ts";
import { CERT } from "./fixtures/tls.ts";
import { hasHomePage, mountingSuite, mountingTest } from "./suite.ts";

mountingSuite(NODE);
mounted("beside Express", "node_express.mjs");
mounted("beside Koa", "node_koa.mjs");
mounted("to new Server(httpServer, { wsEngine })", "http_server.ts");
mounted("to a server that is attached twice", "node_attached_twice.ts");
mounted("in @hono/node-server", "node_hono.mjs");
mounted("beside @hono/node-server", "node_hono_attach.ts");
mounted("to new Server(httpServer)", "node_attach.ts", async ({ url }) => {
  const seen: string[] = await (await fetch(`${url}/seen`)).json();
  assert(seen.includes("/elsewhere") && seen.includes("late /elsewhere"));
  assertEquals(seen.filter((it) => it.includes("socket.io")), [], "requests that are not theirs");
  assertEquals((await requestWebSocket(url, "/own")).status, 101);
  const stranger = requestBytes(webSocketLines("/nobody"));
  await Promise.all(Array.from({ length: 20 }, (_, n) => sendAndReset(url, stranger, n)));
  // Nobody answers: the connection is ended without a word.
  assertEquals((await requestWebSocket(url, "/nobody")).status, NaN);
});

Deno.test("Node: clients connect through io.engine.handleUpgrade", async () => {
  await using server = await run("node_handle_upgrade.ts");
  await hasHomePage(server);
  const clients = new Clients(server.url);
  const socket = await clients.connect(WEBSOCKET);
  assertEquals(await socket.emitWithAck("hello", "you"), "hi you");
  await clients.close();
  const refused = await requestWebSocket(server.url, "/socket.io/?EIO=4&transport=telepathy");
  assertEquals(refused.status, 400);
});

Deno.test("Node: a server of node:http2 answers over TLS, HTTP/1.1 and HTTP/2", async () => {
  await using server = await run("node_secure.ts");
  const url = `https://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=polling`;
  for (const http2 of [false, true]) {
    using client = Deno.createHttpClient({ caCerts: [CERT], http2, http1: !http2 });
    const ask = async (query: string, init?: RequestInit): Promise<string> =>
      await (await fetch(url + query, { ...init, client, signal: AbortSignal.timeout(30_000) }))
        .text();
    const { sid } = JSON.parse((await ask("")).slice(1));
    assertEquals(await ask(`&sid=${sid}`, { method: "POST", body: "40" }), "ok");
    const [connect, event] = (await ask(`&sid=${sid}`)).split("\u001e");
    assertMatch(connect!, /^40\{/);
    assertEquals(event, '42["secure",true]');
    assertEquals(await ask(`&sid=${sid}`), "2");
    assertEquals(await ask(`&sid=${sid}`, { method: "POST", body: "3\u001e1" }), "ok");
  }
  await server.printed(/^transport close\ntransport close\n$/);
});

Deno.test("Node: io.close() ends the connections of a server of node:http2", async () => {
  await using server = await run("node_http2_close.ts");
  using client = Deno.createHttpClient({ caCerts: [CERT], http1: false });
  const ask = async (path: string): Promise<string> => {
    const signal = AbortSignal.timeout(30_000);
    return await (await fetch(`https://127.0.0.1:${server.port}${path}`, { client, signal }))
      .text();
  };
  assertMatch(await ask("/socket.io/?EIO=4&transport=polling"), /^0\{/);
  assertEquals(await ask("/close"), "bye");
  await server.printed(/^closed\n$/);
});

Deno.test("Node: a server lets clients in that another one on the same port has no patience for", async () => {
  await using server = await run("node_side_by_side.ts");
  const { status } = await requestWebSocket(server.url, "/slow/?EIO=4&transport=websocket");
  assertEquals(status, 101);
});

Deno.test("Node: what is asked for with an upgrade that the server does not know comes as without it", async () => {
  await using server = await run("node_attach.ts");
  const url = `${server.url}/socket.io/socket.io.min.js`;
  const asked = { "accept-encoding": "gzip", "connection": "upgrade", "upgrade": "h2c" };
  const { encoding, body } = await getRaw(url, asked);
  assertEquals(encoding, "gzip");
  const plain = new Blob([await body]).stream().pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(plain).text(), await (await fetch(url)).text());
});

function mounted(
  where: string,
  fixture: string,
  check?: (process: ServerProcess) => Promise<void>,
): void {
  mountingTest(
    `Node: clients connect ${where}`,
    (module) => NODE.run(module),
    fixture,
    async (process) => {
      await hasHomePage(process);
      await check?.(process);
    },
  );
}

function run(fixture: string): Promise<ServerProcess> {
  return NODE.run(new URL(`./fixtures/${fixture}`, import.meta.url));
}
