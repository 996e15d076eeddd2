import { fileURLToPath } from "node:url";
import { io, type Socket } from "socket.io-client";
import { bunCommand } from "../../tests/tools/bun.ts";
import { textFrame } from "../load/frame.ts";
import { BenchProcess } from "../process.ts";

const SERVER = fileURLToPath(new URL("server.ts", import.meta.url));
const READERS = 10;
const SECONDS = 15;
const JOIN = textFrame("40");
const REQUEST = new TextEncoder().encode(
  "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n" +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
);

interface Memory {
  readonly now: number;
  readonly peak: number;
  readonly clients: number;
}

/** Clients that stop reading while a megabyte a second is broadcast: what they cost, and what others notice. */
export async function slowReaders(args: readonly string[]): Promise<void> {
  const count = Number(args[0] ?? 1000);
  if (!Number.isInteger(count)) throw new TypeError("slow needs a number of clients");
  const commands = {
    deno: [Deno.execPath(), "run", "-A", "--quiet", SERVER],
    bun: [await bunCommand(), SERVER],
  };
  for (const [name, command] of Object.entries(commands)) {
    await using server = await BenchProcess.start(command);
    console.log(`${name}: ${await measure(server, count)}`);
  }
}

async function measure({ port }: BenchProcess, count: number): Promise<string> {
  const latencies: number[] = [];
  const readers = await Promise.all(Array.from({ length: READERS }, () => connect(port)));
  let lost = 0;
  for (const reader of readers) {
    reader.on("disconnect", () => lost++);
    reader.on("news", (sentAt: number) => latencies.push(Date.now() - sentAt));
  }
  const memory = async (): Promise<Memory> => await readers[0]!.emitWithAck("memory");
  await wait(2);
  await memory();
  latencies.length = 0;
  await wait(3);
  const [before, quiet] = [await memory(), spread(latencies)];
  latencies.length = 0;
  const connections: Deno.Conn[] = [];
  for (let n = 0; n < count; n++) connections.push(await joinSlowly(port));
  // The first are gone already, perhaps.
  const joined = await memory();
  await wait(SECONDS);
  const { peak: later, clients } = await memory();
  const peak = Math.max(joined.peak, later);
  const others = lost === 0 ? "" : `; of the others, ${lost} were closed, too, and came back`;
  for (const connection of connections) connection.close();
  for (const reader of readers) reader.close();
  const each = (peak - before.peak) / count / 1e6;
  return `${count} joined, ${clients - READERS} left after ${SECONDS} s; RSS ${
    mega(before.peak)
  } → ` +
    `${mega(peak)} MB at most, ${each.toFixed(2)} MB each; latency ${quiet} → ${
      spread(latencies)
    }` +
    others;
}

async function connect(port: number): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true });
  await new Promise<void>((resolve) => socket.on("connect", () => resolve()));
  return socket;
}

/** Joins, and reads nothing more. */
async function joinSlowly(port: number): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(REQUEST);
  await connection.read(new Uint8Array(1024));
  await connection.write(JOIN);
  return connection;
}

function spread(latencies: number[]): string {
  const sorted = latencies.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]} ms, ${sorted.at(-1)} ms at most`;
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
