/** The server of a soak, on Deno, Bun and Node; it tells how it is. */
import { countTimers } from "./timers.mjs";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { type Namespace, Server } from "../../mod.ts";
import { announce, collect } from "../servers/side_channel.mjs";
import type { State } from "./state.ts";

/** Several of these are more than a runtime gets at once. */
const POURED = "x".repeat(100_000);

/** How much longer than in a short soak the time limits are: a server that is busy for long must not miss them. */
const patience = Number(process.argv[2] ?? 1);
const common = {
  pingInterval: 2_000 * patience,
  pingTimeout: 2_000 * patience,
  upgradeTimeout: 2_000 * patience,
  connectTimeout: 2_000 * patience,
  cleanupEmptyChildNamespaces: true,
};
const io = new Server(common);
const recovering = new Server({
  ...common,
  path: "/recovering",
  connectionStateRecovery: { maxSessions: 100 },
});

const faults: string[] = [];
for (const server of [io, recovering]) server.on("error", (error) => faults.push(`${error}`));
io.on("connection", (socket) => {
  socket.on("echo", (value, ack) => ack?.(value));
  socket.on("join", (room) => socket.join(room));
  socket.on("leave", (room) => socket.leave(room));
  socket.on("ask", () => {
    socket.emitWithAck("never").catch(() => {});
    socket.timeout(20).emit("never", () => socket.emit("overdue"));
  });
  socket.on("pour", () => {
    for (let n = 0; n < 10; n++) socket.emit("poured", POURED);
  });
});
io.of(/^\/made-\d+$/, (socket) => socket.join("somewhere"));

function state(): State {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const all = [io, recovering].flatMap((server) => [...server.namespaces.values()]);
  const sum = (count: (nsp: Namespace) => number): number =>
    all.reduce((total, nsp) => total + count(nsp), 0);
  return {
    heap: heapUsed,
    rss,
    namespaces: all.length,
    sessions: io.engine.clientsCount + recovering.engine.clientsCount,
    sockets: sum((nsp) => nsp.sockets.size),
    rooms: sum((nsp) => nsp.adapter.rooms.size),
    members: sum((nsp) => nsp.adapter.sids.size),
    timers: countTimers(),
    descriptors: readdirSync("/proc/self/fd").length,
    faults,
  };
}

function answer(request: Request, context: unknown): Response | Promise<Response> {
  if (new URL(request.url).pathname === "/state") return Response.json(state());
  return recovering.handler(io.fetch)(request, context);
}

const runtimes = globalThis as unknown as {
  Bun?: { serve(options: unknown): { port: number } };
  Deno?: { serve(options: unknown, handler: typeof answer): unknown };
};
const address = { hostname: "127.0.0.1", port: 0 };
if (runtimes.Bun !== undefined) {
  announce(runtimes.Bun.serve({ ...address, fetch: answer, websocket: io.websocket }).port);
} else if (runtimes.Deno !== undefined) {
  const onListen = ({ port }: { port: number }) => announce(port);
  runtimes.Deno.serve({ ...address, onListen }, answer);
} else {
  const http = createServer((_, response) => void response.end(JSON.stringify(state())));
  for (const server of [io, recovering]) server.listen(http);
  http.listen(0, address.hostname, () => announce((http.address() as AddressInfo).port));
}
