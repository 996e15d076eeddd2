import { assert, assertEquals } from "@std/assert";
import type { ServerProcess } from "../kit/process.ts";
import { requestBytes, sendAndReset, webSocketLines } from "../kit/tcp.ts";
import { Clients, WEBSOCKET } from "../runtimes/client.ts";
import { requestWebSocket } from "../runtimes/raw.ts";
import { NODE } from "../runtimes/test_runtime.ts";
import { hasHomePage, mountingSuite, mountingTest } from "./suite.ts";

mountingSuite(NODE);
mounted("beside Express", "node_express.mjs");
mounted("beside Koa", "node_koa.mjs");
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
