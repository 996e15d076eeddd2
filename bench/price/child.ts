/** A server with some limits, whose clients are in memory: prints how long each message takes, in nanoseconds. */
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
const ROUNDS = flags.includes("--quick") ? 1 : 60;
/** Rounds before anything counts. */
const WARMUP = ROUNDS >> 1;
/** Characters of a round. */
const ROUND = 300_000;
const rows = (bytes: number) => `421${JSON.stringify(["take", rowsOf(bytes)])}`;
const TEXTS = [
  '421["take","hello, this is a message"]',
  ...[2, 4, 8, 25].map((kB) => rows(kB * 1000)),
];

const io = new Server({ pingInterval: 1e6, ...LIMITS[limits!] });
io.on("connection", (socket) => {
  socket.on("take", (data: unknown[], acknowledge: (size: number) => void) => {
    acknowledge(data.length);
  });
});
const runtime = new MemoryRuntime();
const clients: MemorySocket[] = [];
for (let n = 0; n < CLIENTS; n++) {
  const client = await runtime.connect(io, "http://localhost/socket.io/?EIO=4&transport=websocket");
  client.send("40");
  clients.push(client);
}
await new Promise((resolve) => setTimeout(resolve, 50));
// What they get would only take memory.
for (const client of clients) client.forward(() => {}, () => {});
const times: number[] = [];
for (const text of TEXTS) times.push(await measure(text));
console.log(JSON.stringify(times));
process.exit(0);

/** A quartile of all rounds. */
async function measure(text: string): Promise<number> {
  const bytes = new TextEncoder().encode(text);
  const count = Math.ceil(ROUND / text.length);
  const found: number[] = [];
  for (let round = 0; round < WARMUP + ROUNDS; round++) {
    // Each is another text, as each that comes in is.
    const texts = Array.from({ length: count }, () => new TextDecoder().decode(bytes));
    const start = performance.now();
    for (let n = 0; n < count; n++) clients[n % CLIENTS]!.send(texts[n]!);
    if (round >= WARMUP) found.push((performance.now() - start) * 1e6 / count);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return found.sort((a, b) => a - b)[ROUNDS >> 2]!;
}
