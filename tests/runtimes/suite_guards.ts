/** What keeps strangers out, and those who want too much. */
import { assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { event } from "./client.ts";
import { openPolling, requestWebSocket } from "./raw.ts";

/** Registers the tests. */
export function guardSuite({ each, once }: Behaviour): void {
  once("origins refuses foreign pages over polling and WebSocket", async ({ server }) => {
    const own = server.url;
    const { sid } = await openPolling(server.url, "/home/");
    for (const origin of ["https://evil.example", "null", `${own}0`, undefined, own]) {
      const headers: Record<string, string> = origin === undefined ? {} : { origin };
      const status = origin === undefined || origin === own ? [200, 101, 101] : [403, 403, 403];
      const polling = await fetch(`${own}/home/?EIO=4&transport=polling`, { headers });
      await polling.text();
      const websocket = "/home/?EIO=4&transport=websocket";
      const opened = await requestWebSocket(own, websocket, headers);
      // Those who may not connect may not take over what others have opened.
      const id = status[0] === 403 ? sid : (await openPolling(own, "/home/")).sid;
      const upgraded = await requestWebSocket(own, `${websocket}&sid=${id}`, headers);
      assertEquals([polling.status, opened.status, upgraded.status], status, origin);
    }
  });

  each("origins lets in the client of a page that it names, and no other", async (t) => {
    const path = "/listed";
    const friend = await t.connect("/", { path, extraHeaders: { origin: "http://app.example" } });
    assertEquals(await friend.emitWithAck("echo", 1), 1);

    const tag = `stranger ${t.way.name}`;
    const stranger = t.clients.create(t.way, "/", {
      path,
      query: { tag },
      extraHeaders: { origin: "http://evil.example" },
    });
    const failed = event(stranger, "connect_error");
    stranger.connect();
    await failed;
    const [error] = await t.server.seen(tag, "connection_error");
    const context = { name: "INVALID_ORIGIN", origin: "http://evil.example" };
    assertEquals(error, { code: 4, message: "Forbidden", context });
  });

  each("maxNamespaces refuses one more, and the others stay", async (t) => {
    const path = "/modest";
    const main = await t.connect("/", { path });
    const chat = main.io.socket("/chat");
    await event(chat.connect(), "connect");
    const news = main.io.socket("/news");
    const [error] = await event(news.connect(), "connect_error") as [Error];
    assertEquals(error.message, "too many namespaces (maxNamespaces is 2)");
    assertEquals(await chat.emitWithAck("where"), "/chat");
    chat.disconnect();
    await event(news.connect(), "connect");
    assertEquals(await main.emitWithAck("echo", 1), 1);
  });

  each("an event with too many attachments, or too deep, ends the connection", async (t) => {
    const deep = JSON.parse("[".repeat(20) + "]".repeat(20));
    const cases = [
      [[1, 2, 3].map((n) => new Uint8Array([n])), "too many attachments (maxAttachments is 2)"],
      [deep, "data is too deep (maxDepth is 10)"],
    ];
    for (const [data, message] of cases) {
      const socket = await t.connect("/", { path: "/modest" });
      const id = socket.id!;
      const ended = event(socket, "disconnect");
      socket.emit("echo", data);
      await ended;
      assertEquals(await t.server.seen(id, "error"), [message]);
      assertEquals((await t.server.seen(id, "disconnect"))[0], "forced server close");
    }
  });

  once("attachments that do not come end the connection", async ({ server }) => {
    const session = await openPolling(server.url, "/modest/");
    await session.join();
    await session.post('451-["echo",{"_placeholder":true,"num":0}]');
    assertEquals(await session.get(), "1");
  });
}
