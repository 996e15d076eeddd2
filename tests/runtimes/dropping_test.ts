/** What Bun drops, for a limit that is not ours. */
import { assertRejects } from "@std/assert";
import { SlowWebSocket } from "./raw.ts";
import { BUN } from "./test_runtime.ts";

Deno.test("Bun: a WebSocket of which a message was dropped is closed", async () => {
  await using server = await BUN.serve(new URL("./fixtures/dropping.ts", import.meta.url));
  using slow = await SlowWebSocket.join(server.url, "/socket.io");
  await server.printed(/transport close/);
  // Nothing follows the gap.
  await assertRejects(() => slow.readUntil("never"));
});
