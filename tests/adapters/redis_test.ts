/** The official adapters for Redis. */
import { assertEquals } from "@std/assert";
import type { AdapterConstructor } from "../../mod.ts";
import { inTime } from "../kit/in_time.ts";
import { startRedis } from "../tools/redis.ts";
import {
  type Cluster,
  joinsAnOfficialServer,
  joinsAServerOnBun,
  load,
  once,
  PATIENCE,
  withOfficialCluster,
} from "./official_cluster.ts";

const BUN_SERVER = new URL("./fixtures/redis.ts", import.meta.url);

interface RedisClient {
  connect(): Promise<unknown>;
  ping(): Promise<unknown>;
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

interface RedisCluster extends Cluster {
  /** Where Redis is. */
  readonly url: string;
  readonly client: Connect;
}

async function withRedis(
  name: string,
  test: (cluster: RedisCluster) => Promise<void>,
): Promise<void> {
  const { createClient } = await load("npm:redis@4.7.1");
  await using redis = await startRedis();
  const { url } = redis;
  const clients: RedisClient[] = [];
  const client: Connect = async () => {
    const it: RedisClient = createClient({ url });
    clients.push(it);
    await it.connect();
    return it;
  };
  // The others have no log to recover from.
  const options = name.includes("streams") ? { connectionStateRecovery: {} } : {};
  try {
    await withOfficialCluster(
      () => ADAPTERS[name]!(client),
      options,
      (cluster) => test({ ...cluster, url, client }),
    );
  } finally {
    // The last commands of the adapters are answered before: nobody would catch their failure.
    await Promise.all(clients.map((it) => it.ping()));
    await Promise.all(clients.map((it) => it.disconnect()));
  }
}

function test(
  adapter: string,
  what: string,
  fn: (cluster: RedisCluster) => Promise<void>,
): void {
  Deno.test({
    name: `${adapter} ${what}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => inTime(PATIENCE, withRedis(adapter, fn)),
  });
}

for (const adapter of Object.keys(ADAPTERS)) {
  test(adapter, "joins our server with an official one", joinsAnOfficialServer);
  test(
    adapter,
    "joins our server on Bun with the others",
    (cluster) => joinsAServerOnBun(cluster, BUN_SERVER, [cluster.url, adapter]),
  );
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

test(
  "createAdapter of @socket.io/redis-streams-adapter",
  "lets the clients of a server that drains go on at another one",
  async ({ ours, official, a, b }) => {
    const first = once(a, "news");
    official.emit("news", 1);
    await first;
    const { id } = a;
    const left = once(a, "disconnect");
    const drained = ours.drain({ within: 500 });
    assertEquals((await left)[0], "transport close");
    Object.assign(a.io, { uri: (b.io as unknown as { uri: string }).uri });
    const missed = once(a, "news");
    official.to(id!).emit("news", 2);
    assertEquals((await missed)[0], 2);
    assertEquals([a.recovered, a.id, official.sockets.sockets.has(id!)], [true, id, true]);
    await drained;
  },
);
