/** What stands before the sessions: middleware. */
import { assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { event } from "./client.ts";
import { requestWebSocket } from "./raw.ts";

/** Registers the tests. */
export function engineSuite({ each, once }: Behaviour): void {
  each(
    "a middleware of the engine refuses clients, and hands on what it knows of others",
    async (t) => {
      const stranger = t.clients.create(t.way, "/", { path: "/guarded" });
      const failed = event(stranger, "connect_error");
      stranger.connect();
      await failed;
      const extraHeaders = { "x-user": "ada" };
      const friend = await t.connect("/", { path: "/guarded", extraHeaders });
      assertEquals(await friend.emitWithAck("who"), "ada");
    },
  );

  once("a middleware of the engine adds headers to every answer", async ({ server }) => {
    const headers = { "x-user": "ada" };
    const response = await fetch(`${server.url}/guarded/?EIO=4&transport=polling`, { headers });
    await response.body?.cancel();
    assertEquals(response.headers.get("x-guarded"), "yes");
    assertEquals(response.headers.getSetCookie(), ["user=ada"]);

    const path = "/guarded/?EIO=4&transport=websocket";
    const upgrade = await requestWebSocket(server.url, path, headers);
    const values = (name: string) =>
      upgrade.headers.filter(([it]) => it === name).map(([, it]) => it);
    assertEquals(upgrade.status, 101);
    assertEquals(values("x-guarded"), ["yes"]);
    assertEquals(values("set-cookie"), ["user=ada"]);

    const refused = await requestWebSocket(server.url, path);
    assertEquals(refused.status, 401);
  });
}
