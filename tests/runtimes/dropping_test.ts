/** What Bun drops, for a limit that is not ours. */
import { assertRejects } from "@std/assert";
import { SlowWebSocket } from "./raw.ts";
import { BUN } from "./test_runtime.ts";

const PATIENCE = 30_000;

Deno.test("Bun: a WebSocket of which a message was dropped is closed", async () => {
  await using server = await BUN.serve(new URL("./fixtures/dropping.ts", import.meta.url));
  using slow = await SlowWebSocket.join(server.url, "/socket.io");
  const deadline = Date.now() + PATIENCE;
  while (!server.output.includes("transport close")) {
    if (Date.now() > deadline) throw new Error("It stays open");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Nothing follows the gap.
  await assertRejects(() => slow.readUntil("never"));
});
