/** How clients come and go. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { collect, connected, event, refusal } from "./client.ts";

/** Registers the tests. */
export function connectionSuite({ each, once }: Behaviour): void {
  each("socket.id is the same on both sides, and not the connection's", async (t) => {
    const socket = await t.connect();
    assertMatch(socket.id!, /^[\w-]{20}$/);
    assertNotEquals(socket.id, socket.io.engine.id);
    assertEquals(await t.server.ask((io) => io.sockets.sockets.get(socket.id!)!.id), socket.id);
  });

  each("handshake holds auth, query and headers of the client", async (t) => {
    const socket = await t.connect("/", {
      auth: { token: "abc", roles: ["a", "b"] },
      query: { device: "phone", "läuft": "ja & nein" },
      extraHeaders: { "X-Custom": "one", "origin": "http://elsewhere.example" },
    });
    const { auth, query, headers, url, xdomain } = await t.server.ask((io) =>
      io.sockets.sockets.get(socket.id!)!.handshake
    );
    assertEquals(auth, { token: "abc", roles: ["a", "b"] });
    assertEquals(query.device, "phone");
    assertEquals(query["läuft"], "ja & nein");
    assertEquals(query.EIO, "4");
    assertEquals(query.transport, t.way.transports[0]!);
    assertEquals(headers["x-custom"], "one");
    assertEquals(headers.host, new URL(t.server.url).host);
    assert(url.startsWith("/socket.io/?"), url);
    assert(url.includes("device=phone"), url);
    assertEquals(xdomain, true);
  });

  each("handshake holds address, security and time", async (t) => {
    const before = Date.now();
    const socket = await t.connect();
    const { address, secure, time, issued, xdomain, auth } = await t.server.ask((io) =>
      io.sockets.sockets.get(socket.id!)!.handshake
    );
    assert(["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(address), address);
    assertEquals(secure, false);
    assertEquals(xdomain, false);
    assertEquals(auth, {});
    assert(issued >= before && issued <= Date.now(), `${before} ${issued}`);
    assertEquals(new Date(time).getTime(), Math.floor(issued / 1000) * 1000);
  });

  each("auth may be a function of the client's", async (t) => {
    const socket = await t.connect("/", { auth: (give) => give({ late: true }) });
    const auth = await t.server.ask((io) => io.sockets.sockets.get(socket.id!)!.handshake.auth);
    assertEquals(auth, { late: true });
  });

  each("socket.request is usable when the connection stands", async (t) => {
    const socket = await t.connect("/", { extraHeaders: { "x-custom": "one" } });
    const { server } = t;
    const { id } = socket as { id: string };
    assertEquals(
      await server.ask((io) => io.sockets.sockets.get(id)!.request.headers.get("x-custom")),
      "one",
    );
    assertEquals(await server.ask((io) => io.sockets.sockets.get(id)!.request.method), "GET");
    const url = await server.ask((io) => io.sockets.sockets.get(id)!.request.url);
    assert(url.startsWith(`${server.url}/socket.io/?`), url);
  });

  each("conn.transport is the one in use", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    const name = await t.server.ask((io) => io.sockets.sockets.get(id)!.conn.transport.name);
    assertEquals(name, t.way.transports.at(-1)!);
    assertEquals(name, socket.io.engine.transport.name);
    if (t.way.transports.length > 1) {
      assertEquals(await t.server.seen(id, "upgrade"), ["websocket"]);
      assertEquals(await t.server.ask((io) => io.sockets.sockets.get(id)!.conn.upgraded), true);
    }
  });

  each("io.use runs in order, before the socket is connected", async (t) => {
    const socket = await t.connect();
    const { data } = (await t.server.ask((io) => io.in(socket.id!).fetchSockets()))[0]!;
    assertEquals(data, { middlewares: ["first, connected: false", "second, connected: false"] });
    assertEquals(await t.server.seen(socket.id!, "connection"), [true]);
  });

  each("next(error) reaches the client as connect_error, with its data", async (t) => {
    const socket = t.clients.create(t.way, "/members", { auth: { token: "wrong" } });
    const error = await refusal(socket);
    assertEquals(error.message, "members only");
    assertEquals(error.data, { code: 17, retry: false });
    assertEquals(socket.connected, false);
    assertEquals(await t.server.ask((io) => io.of("/members").sockets.size), 0);

    socket.auth = { token: "secret" };
    await connected(socket);
    assertEquals(await t.server.seen(socket.id!, "connection"), [true]);
  });

  each("an async middleware refuses by throwing, and goes on by resolving", async (t) => {
    const socket = t.clients.create(t.way, "/async");
    const error = await refusal(socket);
    assertEquals(error.message, "not now");
    assertEquals(error.data, undefined);

    socket.auth = { token: "secret" };
    await connected(socket);
    const [view] = await t.server.ask((io) => io.of("/async").in(socket.id!).fetchSockets());
    assertEquals(view!.data, { late: true });
  });

  each("an unknown namespace is refused, and the connection stays", async (t) => {
    const socket = await t.connect();
    const lost = socket.io.socket("/nowhere");
    const error = await refusal(lost);
    assertEquals(error.message, "Invalid namespace");
    assertEquals(await socket.emitWithAck("echo", 1), 1);
  });

  each("several namespaces share a connection, and nothing else", async (t) => {
    const main = await t.connect();
    const chat = main.io.socket("/chat");
    const news = main.io.socket("/news", { auth: { topic: "weather" } });
    await Promise.all([connected(chat), connected(news)]);
    assertEquals(new Set([main.id, chat.id, news.id]).size, 3);
    assertEquals(await chat.emitWithAck("where"), "/chat");
    assertEquals(await news.emitWithAck("where"), "/news");
    const conns = await Promise.all([
      t.server.ask((io) => io.sockets.sockets.get(main.id!)!.conn.id),
      t.server.ask((io) => io.of("/chat").sockets.get(chat.id!)!.conn.id),
      t.server.ask((io) => io.of("news").sockets.get(news.id!)!.conn.id),
    ]);
    assertEquals(conns, Array(3).fill(main.io.engine.id));
    const { auth } = await t.server.ask((io) => io.of("/news").sockets.get(news.id!)!.handshake);
    assertEquals(auth, { topic: "weather" });

    const seen = [main, chat, news].map((socket) => collect(socket, "hi"));
    const arrived = event(chat, "hi");
    await t.server.ask((io) => io.of("/chat").to(chat.id!).emit("hi", "chat"));
    await arrived;
    assertEquals(seen, [[], [["chat"]], []]);
  });

  each("a namespace can be left and joined again on the same connection", async (t) => {
    const main = await t.connect();
    const chat = main.io.socket("/chat");
    const ids = [];
    for (let round = 0; round < 3; round++) {
      await connected(chat);
      ids.push(chat.id!);
      assertEquals(await chat.emitWithAck("where"), "/chat");
      chat.disconnect();
      const [reason] = await t.server.seen(ids.at(-1)!, "disconnect");
      assertEquals(reason, "client namespace disconnect");
    }
    assertEquals(new Set(ids).size, 3);
    assertEquals(await main.emitWithAck("echo", "still here"), "still here");
  });

  each("a namespace that the server has closed can be joined again", async (t) => {
    const main = await t.connect();
    const chat = main.io.socket("/chat");
    await connected(chat);
    const left = event(chat, "disconnect");
    await t.server.ask((io) => io.of("/chat").sockets.get(chat.id!)!.disconnect());
    assertEquals((await left)[0], "io server disconnect");
    await connected(chat);
    assertEquals(await chat.emitWithAck("where"), "/chat");
    assertEquals(main.connected, true);
  });

  each("io.engine.clientsCount counts the connections", async (t) => {
    const count = () => t.server.ask((io) => io.engine.clientsCount, "/deep/down");
    assertEquals(await count(), 0);
    const sockets = await Promise.all(
      [1, 2, 3].map(() => t.connect("/", { path: "/deep/down" })),
    );
    assertEquals(await count(), 3);
    await connected(sockets[0]!.io.socket("/chat"));
    assertEquals(await count(), 3);
    const ids = sockets.map(({ id }) => id!);
    for (const socket of sockets) socket.disconnect();
    await Promise.all(ids.map((id) => t.server.seen(id, "disconnect")));
    await t.clients.close();
    assertEquals(await count(), 0);
  });

  each("a client that reconnects is a new socket", async (t) => {
    const socket = t.clients.create(t.way, "/", { reconnection: true, reconnectionDelay: 1 });
    await connected(socket);
    const id = socket.id!;
    const left = event(socket, "disconnect");
    const again = event(socket, "connect");
    await t.server.ask((io) => io.sockets.sockets.get(id)!.conn.close());
    assertEquals((await left)[0], "transport close");
    await again;
    assertNotEquals(socket.id, id);
    assertEquals((await t.server.seen(id, "disconnect"))[0], "forced close");
  });

  once("a server under another path is another server", async (t) => {
    const { clients, server } = t;
    for (const path of ["/deep/down", "/deep/down/", "/slash", "/slash/"]) {
      const socket = clients.create({ name: "", transports: ["polling", "websocket"] }, "/", {
        path,
      });
      await connected(socket);
      assertEquals(await socket.emitWithAck("echo", path), path);
      assertEquals(await server.ask((io) => io.sockets.sockets.has(socket.id!)), false);
    }
  });
}
