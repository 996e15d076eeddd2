/** The official adapter for PostgreSQL. */
import { assertEquals } from "@std/assert";
import { startPostgres } from "../tools/postgres.ts";
import {
  type Cluster,
  joinsAnOfficialServer,
  joinsAServerOnBun,
  load,
  once,
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
  try {
    await withOfficialCluster(
      // It says that it is there before it listens: the others hear of it by its next heartbeat.
      () => Promise.resolve(createAdapter(pool(), { heartbeatInterval: 200 })),
      {},
      (cluster) => test({ ...cluster, url }),
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
    fn: () => withPostgres(fn),
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
