/**
 * Prints how many bytes of heap each thing takes, in memory, without a network: counted, not timed.
 *
 * It runs in the interpreter, without the optimizing compilers: what these do away with depends on when they run, and
 * the count would not be the same each time. No garbage is collected while it counts.
 *
 * @module
 */
import process from "node:process";
import { Server, type Socket } from "../../mod.ts";
import { MemoryRuntime, type MemorySocket } from "../../src/runtimes/memory.ts";

const URL = "http://localhost/socket.io/?EIO=4&transport=websocket";
const TIMES = 2000;
const RECEIVERS = 100;
const BROADCASTS = 50;
const QUIET = 1000;

const runtime = new MemoryRuntime();
const io = new Server({ pingInterval: 1e6, pingTimeout: 1e6 });
const sockets: Socket[] = [];
io.on("connection", (socket) => {
  sockets.push(socket);
  socket.join("room");
  socket.on("take", () => {});
  socket.on("ask", (_data, ack) => ack("yes"));
});
const clients: MemorySocket[] = [];
for (let i = 0; i < RECEIVERS; i++) clients.push(await connect());
const [client] = clients;
const [socket] = sockets;
if (client === undefined || socket === undefined) throw new Error("Nobody is connected");

const each = (receivers: number, broadcast: () => unknown) => () => {
  for (let i = 0; i < BROADCASTS; i++) broadcast();
  return BROADCASTS * receivers;
};
const often = (act: () => void) => () => {
  for (let i = 0; i < TIMES; i++) act();
  return TIMES;
};

const counted: Record<string, () => number> = {
  "event in": often(() => client.send('42["take","hello"]')),
  "event in, acknowledgement out": often(() => client.send('421["ask","hello"]')),
  "event out": often(() => void socket.emit("news", "hello")),
  "io.emit, for each receiver": each(RECEIVERS, () => io.emit("news", "hello")),
  "io.to(room).emit, for each receiver": each(
    RECEIVERS,
    () => io.to("room").emit("news", "hello"),
  ),
  "socket.to(room).emit, for each receiver": each(
    RECEIVERS - 1,
    () => socket.to("room").emit("news", "hello"),
  ),
  "heartbeat": often(() => client.send("3")),
};
const bytes: [string, number][] = [];
for (const [name, act] of Object.entries(counted)) bytes.push([name, bytesOf(act)]);
bytes.push(["a quiet connection", await bytesOfConnection()]);
console.log(JSON.stringify(Object.fromEntries(bytes), null, 2));
io.close();
for (const client of clients) client.close();

async function connect(): Promise<MemorySocket> {
  const client = await runtime.connect(io, URL);
  client.send("40");
  // Whether a namespace takes a client is known some microtasks later.
  while (client.received.length < 2) await Promise.resolve();
  // What arrives is dropped: the list would be counted, too.
  client.received.push = () => 0;
  return client;
}

/** What is kept of each connection, its client in memory included. */
async function bytesOfConnection(): Promise<number> {
  const before = heapUsed();
  for (let i = 0; i < QUIET; i++) {
    const client = await connect();
    client.received.length = 0;
    clients.push(client);
  }
  return Math.round((heapUsed() - before) / QUIET);
}

function heapUsed(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

/** The median, since the first times also make what is made once. */
function bytesOf(act: () => number): number {
  const values: number[] = [];
  for (let i = 0; i < 7; i++) {
    const before = heapUsed();
    const count = act();
    values.push((process.memoryUsage().heapUsed - before) / count);
  }
  return Math.round(values.sort((a, b) => a - b)[3]!);
}
