/** A server of ours and an official one, joined by an adapter from npm, unmodified. */
import { assertEquals } from "@std/assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { io as connect, type Socket } from "socket.io-client";
import { type AdapterConstructor, Server, type ServerOptions } from "../../mod.ts";
import { inTime } from "../kit/in_time.ts";
import { ServerProcess } from "../kit/process.ts";
import { bunCommand } from "../tools/bun.ts";

/** How long a test may take, packages and database included, in milliseconds. */
export const PATIENCE = 120_000;

/** How long servers may take to answer each other, in milliseconds. */
const ANSWERS = 20_000;

/** As it is at run time: the types of these packages ask for others than Deno has. */
export const load = async (name: string) => await import(name);

/** Two servers, and a client of each. */
export interface Cluster {
  readonly ours: Server;
  readonly official: Server;
  /** A client of our server. */
  readonly a: Socket;
  /** A client of the official one. */
  readonly b: Socket;
}

/**
 * Runs a test of a cluster.
 *
 * @param adapter makes an adapter for one of the servers, with connections of its own
 * @param options options of both servers
 */
export async function withOfficialCluster(
  adapter: () => Promise<AdapterConstructor>,
  options: ServerOptions,
  test: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  const { Server: OfficialServer } = await load("socket.io");
  const ours = new Server(0, { ...options, adapter: await adapter(), transports: ["websocket"] });
  const http = createServer();
  const official = new OfficialServer(http, { ...options, adapter: await adapter() });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const ports = [ours.httpServer!.port, (http.address() as AddressInfo).port];
  const [a, b] = ports.map((port) =>
    connect(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true })
  ) as [Socket, Socket];
  const seen: string[] = [];
  for (const [name, socket] of Object.entries({ a, b })) {
    for (const it of ["connect", "connect_error", "disconnect"]) {
      socket.on(it, (reason) => seen.push(`${name}: ${it} ${reason ?? ""}`));
    }
    socket.onAny((it) => seen.push(`${name} got ${it}`));
  }
  const run = async () => {
    await Promise.all([a, b].map((it) => once(it, "connect")));
    // Each subscription is in place when both servers know of each other.
    await countServers({ ours, official }, 2);
    await test({ ours, official, a, b });
  };
  try {
    await inTime(PATIENCE / 2, run(), seen);
  } finally {
    a.disconnect();
    b.disconnect();
    await ours.close();
    await official.close();
  }
}

/** Waits until both servers know how many there are. */
async function countServers(
  { ours, official }: Pick<Cluster, "ours" | "official">,
  count: number,
): Promise<void> {
  for (const io of [ours.sockets, official.of("/")]) {
    while (await io.adapter.serverCount() < count) await new Promise((it) => setTimeout(it, 20));
  }
}

/** Waits for an event, and gives its arguments. */
export function once(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
}

/** All that servers of a cluster do for each other. */
export async function joinsAnOfficialServer({ ours, official, a, b }: Cluster): Promise<void> {
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
    const answers: string[] = await io.timeout(ANSWERS).emitWithAck("q");
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
}

/**
 * The same with a server of ours on Bun as the third.
 *
 * @param fixture a module that serves on the port that is its first argument
 * @param args its other arguments
 */
export async function joinsAServerOnBun(
  { ours, official, a }: Cluster,
  fixture: URL,
  args: readonly string[],
): Promise<void> {
  await using process = await ServerProcess.start({
    command: await bunCommand(),
    args: (port) => [fileURLToPath(fixture), `${port}`, ...args],
  });
  const c = connect(process.url, { transports: ["websocket"], forceNew: true });
  try {
    await once(c, "connect");
    await countServers({ ours, official }, 3);
    c.on("q", (ack) => ack("c"));
    for (const io of [ours, official]) {
      const news = once(c, "news");
      io.emit("news", 1);
      assertEquals((await news)[0], 1);
      assertEquals(await io.in(c.id!).timeout(ANSWERS).emitWithAck("q"), ["c"]);
    }
    const told = once(a, "told");
    c.emit("tell", a.id, "hello");
    assertEquals((await told)[0], "hello");
  } finally {
    c.disconnect();
  }
  process.check();
}
