/** Broadcasts a megabyte a second, on Deno and on Bun, and tells how it is. */
import process from "node:process";
import { Server } from "../../mod.ts";
import { listen } from "../servers/listen.mjs";

const PIECE = "x".repeat(10_000);
const EVERY = 10;

const io = new Server({ maxBufferedAmount: 1_000_000 });
let peak = 0;

// Late ticks are made up for: it is to be a megabyte a second, however busy the machine is.
let next = Date.now();
setInterval(() => {
  for (; next <= Date.now(); next += EVERY) io.emit("news", Date.now(), PIECE);
  peak = Math.max(peak, process.memoryUsage().rss);
}, EVERY);

io.on("connection", (socket) => {
  socket.on("memory", (ack) => {
    ack({ now: process.memoryUsage().rss, peak, clients: io.engine.clientsCount });
    peak = 0;
  });
});
listen({ fetch: io.fetch, websocket: io.websocket });
