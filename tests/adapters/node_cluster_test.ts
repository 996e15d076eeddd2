/** The official adapter for the workers of node:cluster, which Deno has not. */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Socket } from "socket.io-client";
import { freePort, ServerProcess } from "../kit/process.ts";
import { Clients, event, WEBSOCKET } from "../runtimes/client.ts";
import { bunCommand } from "../tools/bun.ts";
import { bundleForNode, nodeCommand } from "../tools/node.ts";

const MODULE = new URL("./fixtures/node_cluster.ts", import.meta.url);

const RUNTIMES: Record<string, () => Promise<[command: string, file: string]>> = {
  Bun: async () => [await bunCommand(), fileURLToPath(MODULE)],
  Node: async () => [
    await nodeCommand(),
    await bundleForNode(`import ${JSON.stringify(MODULE.href)};`, "node_cluster"),
  ],
};

for (const [name, prepare] of Object.entries(RUNTIMES)) {
  Deno.test(`${name}: @socket.io/cluster-adapter joins our servers in workers`, async () => {
    const [command, file] = await prepare();
    const other = freePort();
    await using process = await ServerProcess.start({
      command,
      args: (port) => [file, `${port}`, `${other}`],
    });
    const urls = [process.url, `http://127.0.0.1:${other}`];
    const clients = urls.map((url) => new Clients(url));
    try {
      // Only one of the workers is known to listen already.
      const [a, b] = clients.map((it) =>
        it.create(WEBSOCKET, "/", { reconnection: true, reconnectionDelay: 50 })
      ) as [Socket, Socket];
      await Promise.all([a, b].map((it) => event(it.connect(), "connect")));
      for (const [one, another] of [[a, b], [b, a]] as const) {
        const told = event(another, "told");
        one.emit("tell", another.id, "hello");
        assertEquals(await told, ["hello"]);
      }
      assertEquals((await a.emitWithAck("who")).sort(), [a.id, b.id].sort());
    } finally {
      await Promise.all(clients.map((it) => it.close()));
    }
    process.check();
  });
}
