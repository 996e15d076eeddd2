/**
 * Ours without limits, the same again, with those that there are by default and with all, each on a port of its own, from
 * the one on that is given by number. They are in one process, so that they have the same luck with memory and compilers;
 * each tells of the CPU time that was its own.
 */
import process from "node:process";
import { Server, type ServerOptions } from "../../mod.ts";
import { GUARDED, UNGUARDED } from "./limits.ts";
import { listen } from "./listen.mjs";

const VARIANTS: readonly ServerOptions[] = [UNGUARDED, UNGUARDED, {}, GUARDED];
/** Seconds of each. */
const spent = VARIANTS.map(() => 0);
/** Which one is at work: only one of them has clients that are awake. */
let current = 0;
let since = 0;

const first = Number(process.argv[2]);
for (let n = 0; n < VARIANTS.length; n++) {
  const variant = (first + n) % VARIANTS.length;
  const io = new Server(VARIANTS[variant]);
  io.on("connection", (socket) => {
    socket.on("echo", (data: unknown, ack?: (data: unknown) => void) => {
      enter(variant);
      if (ack) ack(data);
      else socket.emit("echo", data);
    });
    socket.on("take", (rows: unknown[], ack: (size: number) => void) => {
      enter(variant);
      ack(rows.length);
    });
  });
  const fetch: typeof io.fetch = (request, context) => {
    enter(variant);
    return io.fetch(request, context);
  };
  const usage = () => {
    settle();
    return { cpu: spent[variant]!, rss: process.memoryUsage().rss };
  };
  listen({ fetch, websocket: io.websocket, usage });
}

function enter(variant: number): void {
  if (variant === current) return;
  settle();
  current = variant;
}

function settle(): void {
  const { user, system } = process.cpuUsage();
  const now = (user + system) / 1e6;
  spent[current]! += now - since;
  since = now;
}
