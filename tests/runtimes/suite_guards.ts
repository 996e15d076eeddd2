/** What keeps strangers out, and those who want too much. */
import { assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { event, WAYS } from "./client.ts";
import { openPolling, requestWebSocket } from "./raw.ts";

/** Comes back soon. */
const EAGER = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 };

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
    for (const [site, status] of [["cross-site", 403], ["same-origin", 200]] as const) {
      const headers = { "sec-fetch-site": site };
      const script = await fetch(`${own}/home/?EIO=4&transport=polling`, { headers });
      await script.text();
      assertEquals(script.status, status, site);
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

  each("maxChildNamespaces bounds what clients have made, and keeps what is in use", async (t) => {
    const path = "/roomy";
    const { io } = await t.connect("/", { path });
    const used = io.socket("/tenant-used");
    await event(used.connect(), "connect");
    const sizes: number[] = [];
    for (let n = 0; n < 10; n++) {
      const passing = io.socket(`/tenant-${n}`);
      await event(passing.connect(), "connect");
      passing.disconnect();
      sizes.push(await t.server.ask((io) => io.namespaces.size, path));
    }
    assertEquals(new Set(sizes.slice(2)).size, 1, `${sizes}`);
    assertEquals(await used.emitWithAck("where"), "/tenant-used");
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
    const id = await session.join();
    // It waits already when the time begins to run.
    const answer = session.get();
    const waits = () =>
      server.ask((io) => io.sockets.sockets.get(id)!.conn.transport.writable, "/modest");
    while (!await waits());
    await session.post('451-["echo",{"_placeholder":true,"num":0}]');
    assertEquals(await answer, "1");
  });

  each("maxConnectionsPerAddress answers one more with 429, until another leaves", async (t) => {
    const path = "/few";
    const address = `192.0.2.${WAYS.indexOf(t.way)}`;
    const options = { path, extraHeaders: { "x-forwarded-for": address } };
    const first = await t.connect("/", options);
    const second = await t.connect("/", options);
    const tag = `one too many ${t.way.name}`;
    const third = t.clients.create(t.way, "/", { ...options, ...EAGER, query: { tag } });
    await event(third.connect(), "connect_error");
    const [error] = await t.server.seen(tag, "connection_error") as [{ context: unknown }];
    const message = "Too many connections";
    const context = { name: "LIMIT_REACHED", limit: "maxConnectionsPerAddress", message };
    assertEquals(error.context, context);
    first.disconnect();
    await event(third, "connect");
    assertEquals(await third.emitWithAck("echo", 1), 1);
    assertEquals(await second.emitWithAck("echo", 2), 2);
  });

  once("maxConnections is kept, however many come at once", async ({ server }) => {
    const path = "/crowded/?EIO=4&transport=";
    const statuses = await Promise.all(Array.from({ length: 40 }, async (_, n) => {
      if (n % 2 === 0) return (await requestWebSocket(server.url, `${path}websocket`)).status;
      const response = await fetch(`${server.url}${path}polling`);
      await response.text();
      if (response.status === 503) assertEquals(response.headers.get("retry-after"), "10");
      return response.status;
    }));
    const refused = statuses.filter((it) => it === 503);
    // Those that opened a WebSocket have gone by now, and others may have had their place.
    assertEquals(new Set(statuses).size <= 3 && refused.length > 0, true, `${statuses}`);
    const count = await server.ask((io) => io.engine.clientsCount, "/crowded");
    assertEquals(count <= 2, true, `${count} connections`);
  });

  each("handshakeRate lets the client in that comes again later", async (t) => {
    const address = `192.0.2.${WAYS.indexOf(t.way)}`;
    const options = { path: "/seldom", extraHeaders: { "x-forwarded-for": address } };
    let [refused, took] = [0, 0];
    do {
      const start = Date.now();
      const three = await Promise.all(Array.from({ length: 3 }, async () => {
        const socket = t.clients.create(t.way, "/", { ...options, ...EAGER });
        socket.io.on("reconnect_error", () => refused++);
        socket.io.on("error", () => refused++);
        await event(socket.connect(), "connect");
        return socket;
      }));
      took = Date.now() - start;
      const answers = await Promise.all(three.map((it, n) => it.emitWithAck("echo", n)));
      assertEquals(answers, [0, 1, 2]);
      // A machine that stands still for so long has let the allowance grow meanwhile.
    } while (refused === 0 && took > 450);
    assertEquals(refused > 0, true, `three came within ${took} ms`);
  });

  each("rateLimit answers a flood with errors, and others notice nothing", async (t) => {
    const path = "/measured";
    const [greedy, modest] = [await t.connect("/", { path }), await t.connect("/", { path })];
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => greedy.emitWithAck("echo", n)),
    );
    const refused = answers.filter((it) => typeof it === "object");
    const passed = answers.length - refused.length;
    assertEquals(passed >= 9 && passed < 100, true, `${passed} passed`);
    const { error, limit } = refused[0];
    assertEquals([error, limit], ["rate limit exceeded (rateLimit.events)", "events"]);
    assertEquals(await modest.emitWithAck("echo", 1), 1);
    // One that came after the last one that was refused may have passed: this one knows best.
    const { retryAfter = 50 } = await greedy.emitWithAck("echo", 2);
    await new Promise((resolve) => setTimeout(resolve, retryAfter + 10));
    assertEquals([await greedy.emitWithAck("echo", 2), retryAfter <= 50], [2, true]);
  });

  each("rateLimit disconnects an address that sends too much, and no other", async (t) => {
    const path = "/strict";
    const from = (n: number) => ({
      path,
      extraHeaders: { "x-forwarded-for": `192.0.2.${10 * WAYS.indexOf(t.way) + n}` },
    });
    const twins = [await t.connect("/", from(1)), await t.connect("/", from(1))];
    const other = await t.connect("/", from(2));
    const { id } = twins[1]!;
    assertEquals(await twins[0]!.emitWithAck("echo", "x".repeat(45_000)), "x".repeat(45_000));
    const ended = event(twins[1]!, "disconnect");
    twins[1]!.emit("echo", "x".repeat(45_000));
    await ended;
    assertEquals((await t.server.seen(id!, "disconnect"))[0], "forced server close");
    assertEquals(await other.emitWithAck("echo", "x".repeat(45_000)), "x".repeat(45_000));
  });
}
