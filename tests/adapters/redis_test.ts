/** The official adapter from npm, unmodified, with a server of ours and an official one in one cluster. */
import { assertEquals } from "@std/assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { io as connect, type Socket } from "socket.io-client";
import { type AdapterConstructor, Server } from "../../mod.ts";
import { startRedis } from "../tools/redis.ts";

/** As it is at run time: the types of these packages ask for others than Deno has. */
const load = async (name: string) => await import(name);

interface RedisClient {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
}
type Factory = (pub: RedisClient, sub: RedisClient) => AdapterConstructor;

interface Cluster {
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
  const factory: Factory = (await load("npm:@socket.io/redis-adapter@8.3.0"))[name];
  const { createClient } = await load("npm:redis@4.7.1");
  const { Server: OfficialServer } = await load("socket.io");
  await using redis = await startRedis();
  const clients: RedisClient[] = Array.from(
    { length: 4 },
    () => createClient({ url: redis.url }),
  );
  await Promise.all(clients.map((it) => it.connect()));
  const [pub, sub, pub2, sub2] = clients as [RedisClient, RedisClient, RedisClient, RedisClient];
  const ours = new Server(0, { adapter: factory(pub, sub), transports: ["websocket"] });
  const http = createServer();
  const official = new OfficialServer(http, { adapter: factory(pub2, sub2) });
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
    await test({ ours, official, a, b });
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

for (const name of ["createAdapter", "createShardedAdapter"]) {
  Deno.test({
    name: `${name} of @socket.io/redis-adapter joins our server with an official one`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      withCluster(name, async ({ ours, official, a, b }) => {
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
        assertEquals(await Promise.all(rooms), [["a"], ["b"]]);

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
      }),
  });
}
