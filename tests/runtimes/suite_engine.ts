/** What stands before the sessions and around their packets: middleware, proxies, compression. */
import { assert, assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { event } from "./client.ts";
import { getRaw, openPolling, requestWebSocket } from "./raw.ts";

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

  each("trustProxy tells who is behind a proxy", async (t) => {
    const extraHeaders = { "x-forwarded-for": "6.6.6.6, 1.2.3.4", "x-forwarded-proto": "https" };
    const options = { path: "/proxied", extraHeaders };
    const { id } = await t.connect("/", options);
    const { address, secure } = await t.server.ask(
      (io) => io.sockets.sockets.get(id!)!.handshake,
      "/proxied",
    );
    assertEquals([address, secure], ["1.2.3.4", true]);
  });

  once("answers over polling are compressed for those who can read that", async ({ server }) => {
    const { sid, get, post, join } = await openPolling(server.url);
    await join();
    const url = `${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    const text = JSON.stringify("hello ".repeat(1000));
    const packet = `42["echo",${text}]`;

    await post(packet);
    const quick = await getRaw(url, { "accept-encoding": "gzip, deflate, br" });
    assertEquals([quick.encoding, await gunzip(await quick.body)], ["gzip", packet]);

    // Long enough for the answer to have begun.
    await post(`42["echo after",300,${text}]`);
    const late = await getRaw(url, { "accept-encoding": "gzip, deflate, br" });
    assertEquals([late.encoding, await gunzip(await late.body)], ["gzip", packet]);
    assert((await late.body).length < 200);

    await post(packet);
    const plain = await getRaw(url, { "accept-encoding": "br" });
    assertEquals([plain.encoding, (await plain.body).length], [undefined, packet.length]);
    await post(packet);
    assertEquals(await get(), packet);
  });
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(plain).text();
}
