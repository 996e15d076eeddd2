/** The official adapters from npm, unmodified, with a server of ours and an official one in one cluster. */
import { assertEquals } from "@std/assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { io as connect, type Socket } from "socket.io-client";
import { type AdapterConstructor, Server } from "../../mod.ts";
import { ServerProcess } from "../kit/process.ts";
import { bunCommand } from "../tools/bun.ts";
import { startRedis } from "../tools/redis.ts";

/** As it is at run time: the types of these packages ask for others than Deno has. */
const load = async (name: string) => await import(name);

interface RedisClient {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
}
/** Gives another connection to Redis. */
type Connect = () => Promise<RedisClient>;

const PUB_SUB = "npm:@socket.io/redis-adapter@8.3.0";
const ADAPTERS: Record<string, (client: Connect) => Promise<AdapterConstructor>> = {
  "createAdapter of @socket.io/redis-adapter": async (client) =>
    (await load(PUB_SUB)).createAdapter(await client(), await client()),
  "createShardedAdapter of @socket.io/redis-adapter": async (client) =>
    (await load(PUB_SUB)).createShardedAdapter(await client(), await client()),
  "createAdapter of @socket.io/redis-streams-adapter": async (client) =>
    (await load("npm:@socket.io/redis-streams-adapter@0.3.0")).createAdapter(await client()),
};

interface Cluster {
  /** Where Redis is. */
  readonly url: string;
  readonly client: Connect;
  readonly ours: Server;
  readonly official: Server;
  /** A client of our server. */
  readonly a: Socket;
  /** A client of the official one. */
  readonly b: Socket;
}

async function withCluster(
  name: string,
  test: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  const { createClient } = await load("npm:redis@4.7.1");
  const { Server: OfficialServer } = await load("socket.io");
  await using redis = await startRedis();
  const clients: RedisClient[] = [];
  const client: Connect = async () => {
    const it: RedisClient = createClient({ url: redis.url });
    clients.push(it);
    await it.connect();
    return it;
  };
  // The others have no log to recover from.
  const options = name.includes("streams") ? { connectionStateRecovery: {} } : {};
  const adapterOf = ADAPTERS[name]!;
  const adapter = await adapterOf(client);
  const ours = new Server(0, { ...options, adapter, transports: ["websocket"] });
  const http = createServer();
  const official = new OfficialServer(http, { ...options, adapter: await adapterOf(client) });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const ports = [ours.httpServer!.port, (http.address() as AddressInfo).port];
  const [a, b] = ports.map((port) =>
    connect(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true })
  ) as [Socket, Socket];
  try {
    await Promise.all([a, b].map((it) => once(it, "connect")));
    // Each subscription is in place when both servers know of each other.
    for (const io of [ours.sockets, official.of("/")]) {
      while (await io.adapter.serverCount() < 2) await new Promise((it) => setTimeout(it, 20));
    }
    await test({ url: redis.url, client, ours, official, a, b });
  } finally {
    a.disconnect();
    b.disconnect();
    await ours.close();
    await official.close();
    await Promise.all(clients.map((it) => it.disconnect()));
  }
}

function once(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
}

function test(
  adapter: string,
  what: string,
  fn: (cluster: Cluster) => Promise<void>,
): void {
  Deno.test({
    name: `${adapter} ${what}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => withCluster(adapter, fn),
  });
}

for (const adapter of Object.keys(ADAPTERS)) {
  test(adapter, "joins our server with an official one", async ({ ours, official, a, b }) => {
    for (const io of [ours, official]) {
      const news = [once(a, "news"), once(b, "news")];
      io.emit("news", 1, new Uint8Array([1, 2, 3]));
      for (const [n, bytes] of await Promise.all(news)) {
        assertEquals([n, [...new Uint8Array(bytes as Uint8Array)]], [1, [1, 2, 3]]);
      }
    }
    ours.in(b.id!).socketsJoin("b");
    official.in(a.id!).socketsJoin("a");
    while (!ours.sockets.adapter.rooms.has("a") || !official.of("/").adapter.rooms.has("b")) {
      await new Promise((it) => setTimeout(it, 10));
    }
    const rooms = [once(a, "room"), once(b, "room")];
    ours.to("b").emit("room", "b");
    official.to("a").emit("room", "a");
    assertEquals((await Promise.all(rooms)).map(([room]) => room), ["a", "b"]);

    a.on("q", (ack) => ack("a"));
    b.on("q", (ack) => ack("b"));
    for (const io of [ours, official]) {
      const answers: string[] = await io.timeout(3000).emitWithAck("q");
      assertEquals(answers.sort(), ["a", "b"]);
      const ids = (await io.fetchSockets()).map(({ id }) => id).sort();
      assertEquals(ids, [a.id!, b.id!].sort());
    }
    const here = (await ours.fetchSockets()).find(({ id }) => id === a.id);
    assertEquals<unknown>(here === ours.sockets.sockets.get(a.id!) as unknown, true);

    ours.on("sum", (x: number, y: number, ack: (sum: number) => void) => ack(x + y));
    official.on(
      "sum" as never,
      ((x: number, y: number, ack: (sum: number) => void) => ack(x * y)) as never,
    );
    assertEquals(await official.serverSideEmitWithAck("sum", 3, 4), [7]);
    assertEquals(await ours.serverSideEmitWithAck("sum", 3, 4), [12]);

    const gone = once(b, "disconnect");
    ours.in("b").disconnectSockets(true);
    assertEquals((await gone)[0], "io server disconnect");
  });

  test(adapter, "joins our server on Bun with the others", async ({ url, ours, official, a }) => {
    const module = fileURLToPath(new URL("./fixtures/redis.ts", import.meta.url));
    await using process = await ServerProcess.start({
      command: await bunCommand(),
      args: (port) => [module, `${port}`, url, adapter],
    });
    const c = connect(process.url, { transports: ["websocket"], forceNew: true });
    try {
      await once(c, "connect");
      for (const io of [ours.sockets, official.of("/")]) {
        while (await io.adapter.serverCount() < 3) await new Promise((it) => setTimeout(it, 20));
      }
      c.on("q", (ack) => ack("c"));
      for (const io of [ours, official]) {
        const news = once(c, "news");
        io.emit("news", 1);
        assertEquals((await news)[0], 1);
        assertEquals(await io.in(c.id!).timeout(3000).emitWithAck("q"), ["c"]);
      }
      const told = once(a, "told");
      c.emit("tell", a.id, "hello");
      assertEquals((await told)[0], "hello");
    } finally {
      c.disconnect();
    }
    process.check();
  });
}

test(
  "createAdapter of @socket.io/redis-adapter",
  "brings what @socket.io/redis-emitter sends",
  async ({ client, ours, a, b }) => {
    const { Emitter } = await load("npm:@socket.io/redis-emitter@5.1.0");
    const emitter = new Emitter(await client());
    const news = [once(a, "news"), once(b, "news")];
    emitter.emit("news", 1);
    assertEquals(await Promise.all(news), [[1], [1]]);
    const joined = new Promise((it) => ours.sockets.adapter.on("join-room", it));
    emitter.in(a.id).socketsJoin("room");
    assertEquals(await joined, "room");
    const said = new Promise((it) => ours.on("said", it));
    emitter.serverSideEmit("said", "between servers");
    assertEquals(await said, "between servers");
    const gone = once(a, "disconnect");
    emitter.to("room").disconnectSockets(true);
    assertEquals((await gone)[0], "io server disconnect");
  },
);

test(
  "createAdapter of @socket.io/redis-streams-adapter",
  "recovers a client that has lost its connection",
  async ({ ours, official, a }) => {
    const first = once(a, "news");
    official.emit("news", 1);
    await first;
    const { id } = a;
    a.io.engine.close();
    // It comes back after a while of its own.
    const missed = once(a, "news");
    ours.to(id!).emit("news", 2);
    assertEquals((await missed)[0], 2);
    assertEquals([a.recovered, a.id], [true, id]);
  },
);
