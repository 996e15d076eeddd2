/**
 * A server without limits and one with some, whose clients are in memory. Prints for each message how long the first one
 * takes and how much longer the second, in nanoseconds.
 */
import process from "node:process";
import { Server, type ServerOptions } from "../../mod.ts";
import { MemoryRuntime, type MemorySocket } from "../../src/runtimes/memory.ts";
import { rowsOf } from "../load/rows.ts";
import { GUARDED, UNGUARDED } from "../servers/limits.ts";

const LIMITS: Readonly<Record<string, ServerOptions>> = {
  none: UNGUARDED,
  default: {},
  all: GUARDED,
};
const CLIENTS = 100;
const [limits, ...flags] = process.argv.slice(2);
const ROUNDS = flags.includes("--quick") ? 1 : 200;
/** Rounds before anything counts. */
const WARMUP = ROUNDS >> 2;
/** Characters of a round. */
const ROUND = 300_000;
const rows = (kB: number, text?: string) => {
  return `421${JSON.stringify(["take", rowsOf(kB * 1000, text)])}`;
};
const TEXTS = [
  '421["take","hello, this is a message"]',
  ...[2, 4, 8, 25].map((kB) => rows(kB)),
  rows(4, "voilà, c’est un message"),
];

const runtime = new MemoryRuntime();
const without = await connect(UNGUARDED);
const guarded = await connect(LIMITS[limits!]!);
const times: [none: number, more: number][] = [];
for (const text of TEXTS) times.push(await compare(text));
console.log(JSON.stringify(times));
process.exit(0);

async function connect(options: ServerOptions): Promise<MemorySocket[]> {
  const io = new Server({ pingInterval: 1e6, ...options });
  io.on("connection", (socket) => {
    socket.on("take", (data: unknown[], acknowledge: (size: number) => void) => {
      acknowledge(data.length);
    });
  });
  const clients: MemorySocket[] = [];
  for (let n = 0; n < CLIENTS; n++) {
    const url = "http://localhost/socket.io/?EIO=4&transport=websocket";
    const client = await runtime.connect(io, url);
    client.send("40");
    clients.push(client);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  // What they get would only take memory.
  for (const client of clients) client.forward(() => {}, () => {});
  return clients;
}

/** Lets the servers take turns: what one has of the compiler, the memory and the neighbours, the other has, too. */
async function compare(text: string): Promise<[number, number]> {
  const bytes = new TextEncoder().encode(text);
  const count = Math.ceil(ROUND / text.length);
  const none: number[] = [];
  const more: number[] = [];
  for (let round = 0; round < WARMUP + ROUNDS; round++) {
    const early = round % 2 === 0 ? measure(without, bytes, count) : undefined;
    const other = measure(guarded, bytes, count);
    const time = early ?? measure(without, bytes, count);
    if (round >= WARMUP) {
      none.push(time);
      more.push(other - time);
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  return [median(none), median(more)];
}

function measure(clients: readonly MemorySocket[], bytes: Uint8Array, count: number): number {
  // Each is another text, as each that comes in is.
  const texts = Array.from({ length: count }, () => new TextDecoder().decode(bytes));
  const start = performance.now();
  for (let n = 0; n < count; n++) clients[n % CLIENTS]!.send(texts[n]!);
  return (performance.now() - start) * 1e6 / count;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
