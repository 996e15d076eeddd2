/** Servers in several workers of one process, on Deno and on Bun. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Socket } from "socket.io-client";
import { Server } from "../../mod.ts";
import { BroadcastChannelAdapter } from "../../src/adapters/mod.ts";
import type { ServerProcess } from "../kit/process.ts";
import { Clients, POLLING, type Way, WEBSOCKET } from "../runtimes/client.ts";
import { RUNTIMES, startParallel } from "./channel_servers.ts";

/** Runs a test with a server, and clients that are made for an address. */
async function withServer(
  start: () => Promise<ServerProcess>,
  test: (url: string, connect: (url: string, way?: Way) => Promise<Socket>) => Promise<void>,
): Promise<void> {
  await using server = await start();
  const all: Clients[] = [];
  try {
    await test(server.url, (url, way = WEBSOCKET) => {
      const clients = new Clients(url);
      all.push(clients);
      return clients.connect(way);
    });
    server.check();
  } finally {
    await Promise.all(all.map((it) => it.close()));
  }
}

function told(socket: Socket, count = 1): Promise<unknown[]> {
  const seen: unknown[] = [];
  return new Promise((resolve) => {
    socket.on("told", (...args) => {
      seen.push(args.length === 1 ? args[0] : args);
      if (seen.length === count) resolve(seen);
    });
  });
}

for (const [name, start] of Object.entries(RUNTIMES)) {
  Deno.test(`on ${name}, BroadcastChannelAdapter joins the servers of two workers`, (t) =>
    withServer(start, async (url, connect) => {
      const a = await connect(url, POLLING);
      const b = await connect(`http://127.0.0.1:${await a.emitWithAck("other port")}`);
      assert(await a.emitWithAck("worker") !== await b.emitWithAck("worker"));

      await t.step("they know of each other", async () => {
        assertEquals([await a.emitWithAck("servers"), await b.emitWithAck("servers")], [2, 2]);
      });
      await t.step("a room has sockets of both, and events reach them in order", async () => {
        await Promise.all([a.emitWithAck("join", "red"), b.emitWithAck("join", "red")]);
        const seen = [told(a, 20), told(b, 20)];
        for (let i = 0; i < 20; i++) a.emit("tell", "red", i);
        const numbers = Array.from({ length: 20 }, (_, i) => i);
        assertEquals(await Promise.all(seen), [numbers, numbers]);
        assertEquals(await b.emitWithAck("rooms"), ["red"]);
      });
      await t.step("bytes arrive as they are, and dates as clients get them", async () => {
        const seen = told(b);
        a.emit("tell", b.id, new Uint8Array([1, 2, 3]), { at: new Date(0) });
        const [bytes, rest] = (await seen)[0] as [Uint8Array, unknown];
        assertEquals([...bytes], [1, 2, 3]);
        assertEquals(rest, { at: "1970-01-01T00:00:00.000Z" });
      });
      await t.step("data that looks like a placeholder of bytes arrives as it is", async () => {
        const seen = told(b);
        a.emit("tell", b.id, { _placeholder: true, num: 0 });
        assertEquals(await seen, [{ _placeholder: true, num: 0 }]);
      });
      await t.step("acknowledgements come from both", async () => {
        a.on("question", (ack) => ack("a"));
        b.on("question", (ack) => ack("b"));
        const answers: string[] = await b.emitWithAck("ask");
        assertEquals(answers.sort(), ["a", "b"]);
      });
      await t.step("servers ask each other", async () => {
        assertEquals(await a.emitWithAck("count others"), [1]);
      });
      await t.step("a socket of the other is sent away", async () => {
        const left = new Promise((resolve) => b.on("disconnect", resolve));
        a.emit("send away", b.id);
        assertEquals(await left, "io server disconnect");
      });
    }));
}

Deno.test("BroadcastChannelAdapter joins the workers of deno serve --parallel", () =>
  withServer(startParallel, async (url, connect) => {
    const sockets: Socket[] = [];
    const workers = new Set<unknown>();
    // Which worker gets a connection is for the system to choose.
    while (sockets.length < 8 || (workers.size < 2 && sockets.length < 100)) {
      const socket = await connect(url);
      sockets.push(socket);
      workers.add(await socket.emitWithAck("worker"));
    }
    assert(workers.size > 1);
    await Promise.all(sockets.map((it) => it.emitWithAck("join", "all")));
    const seen = Promise.all(sockets.map((it) => told(it)));
    sockets[0]!.emit("tell", "all", "hello");
    assertEquals(await seen, sockets.map(() => ["hello"]));
  }));

Deno.test("servers on channels of other names do not hear each other", async () => {
  const on = (channelName: string) =>
    new Server({ adapter: (nsp) => new BroadcastChannelAdapter(nsp, { channelName }) });
  const servers = [on("a"), on("a"), on("b")];
  const heard: string[] = [];
  const done = Promise.withResolvers<void>();
  for (const [index, io] of servers.entries()) {
    io.on("hello", (text) => {
      heard.push(`${index} ${text}`);
      if (text === "last") done.resolve();
    });
  }
  servers[2]!.serverSideEmit("hello", "first");
  servers[0]!.serverSideEmit("hello", "last");
  await done.promise;
  assertEquals(heard, ["1 last"]);
  await Promise.all(servers.map((io) => io.close()));
});

Deno.test("BroadcastChannelAdapter checks its options", () => {
  assertThrows(
    () =>
      new Server({ adapter: (nsp) => new BroadcastChannelAdapter(nsp, { heartbeatInterval: 0 }) }),
    RangeError,
    "heartbeatInterval must be a number above 0",
  );
});
