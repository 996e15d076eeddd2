/** The official adapter for PostgreSQL. */
import { assertEquals } from "@std/assert";
import { type AdapterConstructor, Server } from "../../mod.ts";
import { inTime } from "../kit/in_time.ts";
import { startPostgres } from "../tools/postgres.ts";
import {
  type Cluster,
  joinsAnOfficialServer,
  joinsAServerOnBun,
  load,
  once,
  PATIENCE,
  withOfficialCluster,
} from "./official_cluster.ts";

const BUN_SERVER = new URL("./fixtures/postgres.ts", import.meta.url);

interface Pool {
  query(text: string): Promise<unknown>;
  end(): Promise<void>;
}

interface PostgresCluster extends Cluster {
  /** Where PostgreSQL is. */
  readonly url: string;
  /** Makes an adapter for one more server. */
  readonly adapter: () => AdapterConstructor;
}

async function withPostgres(test: (cluster: PostgresCluster) => Promise<void>): Promise<void> {
  const { default: { Pool } } = await load("npm:pg@8.23.1");
  const { createAdapter } = await load("npm:@socket.io/postgres-adapter@0.5.0");
  await using postgres = await startPostgres();
  const { url } = postgres;
  const pools: Pool[] = [];
  const pool = (): Pool => {
    const it = new Pool({ connectionString: url });
    pools.push(it);
    return it;
  };
  // For what is too long for a notification, or has bytes in it.
  await pool().query(`CREATE TABLE socket_io_attachments (
    id bigserial UNIQUE, created_at timestamptz DEFAULT now(), payload bytea
  )`);
  // It says that it is there before it listens: the others hear of it by its next heartbeat.
  const adapter = () => createAdapter(pool(), { heartbeatInterval: 200 });
  try {
    await withOfficialCluster(
      () => Promise.resolve(adapter()),
      {},
      (cluster) => test({ ...cluster, url, adapter }),
    );
  } finally {
    await Promise.all(pools.map((it) => it.end()));
  }
}

function test(what: string, fn: (cluster: PostgresCluster) => Promise<void>): void {
  Deno.test({
    name: `createAdapter of @socket.io/postgres-adapter ${what}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => inTime(PATIENCE, withPostgres(fn)),
  });
}

test("joins our server with an official one", async (cluster) => {
  const { ours, official, a, b } = cluster;
  for (const io of [ours, official]) {
    const news = [once(a, "news"), once(b, "news")];
    io.emit("news", "x".repeat(10_000));
    for (const [text] of await Promise.all(news)) assertEquals((text as string).length, 10_000);
  }
  await joinsAnOfficialServer(cluster);
});

test(
  "joins our server on Bun with the others",
  (cluster) => joinsAServerOnBun(cluster, BUN_SERVER, [cluster.url]),
);

test("sends for a server that is not mounted", async ({ official, a, b, adapter }) => {
  const sender = new Server({ adapter: adapter() });
  const news = [a, b].map((it) => once(it, "news"));
  sender.emit("news", 1);
  assertEquals(await Promise.all(news), [[1], [1]]);
  sender.in(b.id!).socketsJoin("room");
  while (!official.of("/").adapter.rooms.has("room")) {
    await new Promise((it) => setTimeout(it, 10));
  }
  const gone = once(b, "disconnect");
  sender.to("room").disconnectSockets(true);
  assertEquals((await gone)[0], "io server disconnect");
  // It never gives back a connection on which it is about to listen when it is closed.
  while (await sender.sockets.adapter.serverCount() < 3) {
    await new Promise((it) => setTimeout(it, 10));
  }
  await sender.close();
});
