/** How connections end, and who learns why. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { collect, connected, event, events, POLLING, UPGRADE, WEBSOCKET } from "./client.ts";
import { openPolling } from "./raw.ts";

/** Registers the tests. */
export function disconnectSuite({ runtime, each, once }: Behaviour): void {
  each("socket.disconnect of the client's tells both sides why", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    const left = event(socket, "disconnect");
    socket.disconnect();
    assertEquals((await left)[0], "io client disconnect");
    assertEquals((await t.server.seen(id, "disconnect"))[0], "client namespace disconnect");
  });

  each("socket.disconnect tells both sides why", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    const other = socket.io.socket("/chat");
    await connected(other);
    const left = event(socket, "disconnect");
    await t.server.ask((io) => io.sockets.sockets.get(id)!.disconnect());
    assertEquals((await left)[0], "io server disconnect");
    assertEquals((await t.server.seen(id, "disconnect"))[0], "server namespace disconnect");
    assertEquals(await other.emitWithAck("where"), "/chat");
  });

  each("socket.disconnect(true) ends all namespaces of the connection", async (t) => {
    const socket = await t.connect();
    const other = socket.io.socket("/chat");
    await connected(other);
    const ids = [socket.id!, other.id!] as const;
    const left = [event(socket, "disconnect"), event(other, "disconnect")];
    const closed = event(socket.io.engine, "close");
    await t.server.ask((io) => io.sockets.sockets.get(ids[0])!.disconnect(true));
    assertEquals((await Promise.all(left)).map(([reason]) => reason), [
      "io server disconnect",
      "io server disconnect",
    ]);
    await closed;
    for (const id of ids) {
      assertEquals((await t.server.seen(id, "disconnect"))[0], "server namespace disconnect");
    }
  });

  each("socket.disconnect(true) sends first what was emitted before it", async (t) => {
    const socket = await t.connect();
    const seen = collect(socket, "echo");
    const left = event(socket, "disconnect");
    socket.emit("echo and close", 1, new Uint8Array(3));
    assertEquals((await left)[0], "io server disconnect");
    assertEquals(seen.map(([n]) => n), [1]);
  });

  each("conn.close tells both sides why", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    const left = event(socket, "disconnect");
    await t.server.ask((io) => io.sockets.sockets.get(id)!.conn.close());
    assertEquals((await left)[0], "transport close");
    assertEquals((await t.server.seen(id, "disconnect"))[0], "forced close");
  });

  each("a connection that the server closes is gone when its client has heard", async (t) => {
    // Its own server, where nobody else comes and goes.
    const path = "/deep/down";
    const socket = await t.connect("/", { path });
    const left = event(socket, "disconnect");
    await t.server.ask((io) => io.disconnectSockets(true), path);
    await left;
    while (await t.server.ask((io) => io.engine.closingCount, path) > 0);
  });

  each("engine.close of the client's tells both sides why", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    const left = event(socket, "disconnect");
    socket.io.engine.close();
    assertEquals((await left)[0], "forced close");
    assertEquals((await t.server.seen(id, "disconnect"))[0], "transport close");
  });

  each("disconnecting comes before disconnect, with the rooms still there", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    await t.server.ask((io) => io.sockets.sockets.get(id)!.join(["a", "b"]));
    socket.disconnect();
    await t.server.seen(id, "disconnect");
    assertEquals(await t.server.history(id).then((all) => all.slice(-2)), [
      ["disconnecting", "client namespace disconnect", [id, "a", "b"], true],
      ["disconnect", "client namespace disconnect", [id, "a", "b"], false],
    ]);
    assertEquals(await t.server.ask((io) => io.sockets.sockets.has(id)), false);
    assertEquals(await t.server.ask((io) => io.sockets.adapter.rooms.has("a")), false);
    assertEquals(await t.server.ask((io) => io.sockets.adapter.sids.has(id)), false);
  });

  each("socket.disconnect sends first what was emitted before it", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    const seen = collect(socket, "echo");
    const left = event(socket, "disconnect");
    socket.emit("echo and leave", 1, new Uint8Array(3));
    assertEquals((await left)[0], "io server disconnect");
    assertEquals(seen.map(([n]) => n), [1]);
    assertEquals((await t.server.seen(id, "disconnect"))[0], "server namespace disconnect");
  });

  each("a WebSocket that breaks off is noticed at once", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    t.clients.cut();
    assertEquals((await t.server.seen(id, "disconnect"))[0], "transport close");
  }, [WEBSOCKET, UPGRADE]);

  if (runtime.noticesLostPolls) lostPolls(once);
  else unnoticedPolls(once);

  each("the heartbeat keeps an idle connection, and the client answers it", async (t) => {
    const socket = await t.connect("/", { path: "/steady" });
    await events(socket.io, "ping", 8);
    assertEquals(socket.connected, true);
    assertEquals(await socket.emitWithAck("echo", 1), 1);
  });

  once("a client that does not answer the heartbeat is given up, over polling", async (t) => {
    const polling = await openPolling(t.server.url, "/brisk/");
    const id = await polling.join();
    // It goes on asking, and never says a word.
    let packets = "";
    while (!packets.startsWith("1") && !packets.startsWith("{")) packets = await polling.get();
    assertEquals((await t.server.seen(id, "disconnect"))[0], "ping timeout");
  });

  once("a client that does not answer the heartbeat is given up, over WebSocket", async (t) => {
    const url = t.server.url.replace("http", "ws");
    const socket = new WebSocket(`${url}/brisk/?EIO=4&transport=websocket`);
    const joined = Promise.withResolvers<string>();
    const closed = Promise.withResolvers<void>();
    socket.onopen = () => socket.send("40");
    socket.onclose = () => closed.resolve();
    socket.onmessage = ({ data }) => {
      if (data.startsWith("40")) joined.resolve(JSON.parse(data.slice(2)).sid);
    };
    const id = await joined.promise;
    assertEquals((await t.server.seen(id, "disconnect"))[0], "ping timeout");
    await closed.promise;
  });

  each(
    "a client that joins no namespace is sent away, and who has joined one is not",
    async (t) => {
      const busy = await t.connect("/", { path: "/impatient" });
      const lazy = t.clients.create(t.way, "/", { path: "/impatient" });
      lazy.io.open();
      const [reason] = await event(lazy.io.engine, "close");
      assertEquals(reason, "transport close");
      assertEquals(await busy.emitWithAck("echo", 1), 1);
    },
  );

  each(
    "io.close ends connections and refuses new ones, and leaves other servers alone",
    async (t) => {
      const path = `/closing-${t.way === POLLING ? 1 : t.way === WEBSOCKET ? 2 : 3}`;
      const socket = await t.connect("/", { path });
      const chat = socket.io.socket("/chat");
      await connected(chat);
      const ids = [socket.id!, chat.id!];
      const bystander = await t.connect();
      const left = [event(socket, "disconnect"), event(chat, "disconnect")];
      await t.server.ask((io) => io.close(), path);
      assertEquals((await Promise.all(left)).map(([reason]) => reason), [
        "transport close",
        "transport close",
      ]);
      for (const id of ids) {
        assertEquals((await t.server.seen(id, "disconnect"))[0], "server shutting down");
      }
      const late = t.clients.create(t.way, "/", { path });
      const refused = event(late, "connect_error");
      late.connect();
      await refused;
      assertEquals(await bystander.emitWithAck("echo", "still here"), "still here");
    },
  );
}

function lostPolls(once: Behaviour["once"]): void {
  // A server may treat a poll that goes on waiting in another way than one that has just come.
  for (const [moment, age] of [["has just begun", 0], ["has waited for a while", 300]] as const) {
    once(`a poll that ${moment} and breaks off is noticed at once`, async ({ server }) => {
      const polling = await openPolling(server.url);
      const id = await polling.join();
      const broken = new AbortController();
      const answer = polling.get(broken.signal);
      while (!await server.ask((io) => io.sockets.sockets.get(id)!.conn.transport.writable));
      await new Promise((resolve) => setTimeout(resolve, age));
      broken.abort();
      await assertRejects(() => answer, DOMException);
      assertEquals((await server.seen(id, "disconnect"))[0], "transport error");
    });
  }
}

/** A runtime that tells nothing leaves it to the heartbeat, and to what comes next. */
function unnoticedPolls(once: Behaviour["once"]): void {
  once("a client whose poll breaks off is given up by the heartbeat", async ({ server }) => {
    const polling = await openPolling(server.url, "/brisk/");
    const id = await polling.join();
    const broken = new AbortController();
    const answer = polling.get(broken.signal);
    while (
      !await server.ask((io) => io.sockets.sockets.get(id)!.conn.transport.writable, "/brisk")
    );
    broken.abort();
    await assertRejects(() => answer, DOMException);
    assertEquals((await server.seen(id, "disconnect"))[0], "ping timeout");
  });

  once("a second poll takes the place of the first, and misses nothing", async ({ server }) => {
    const polling = await openPolling(server.url);
    const id = await polling.join();
    const broken = new AbortController();
    const first = polling.get(broken.signal);
    while (!await server.ask((io) => io.sockets.sockets.get(id)!.conn.transport.writable));
    broken.abort();
    await assertRejects(() => first, DOMException);
    // Over two connections: either may be the first to arrive.
    const polls = [polling.get(), polling.get()];
    const [replaced, packet] = await Promise.race(
      polls.map(async (poll, index) => [index, await poll] as const),
    );
    assertEquals(packet, "6");
    await server.ask((io) => io.to(id).emit("news", 1));
    assertEquals(await polls[1 - replaced], '42["news",1]');
    await polling.post("1");
  });
}
