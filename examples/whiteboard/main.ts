/**
 * A whiteboard: everybody draws, and everybody sees it at once.
 *
 * ```sh
 * deno serve --port 3000 examples/whiteboard/main.ts
 * bun examples/whiteboard/main.ts # on $PORT, or 3000
 * ```
 *
 * @module
 */
import { Hono } from "hono";
import { Server } from "@fetchio/server";
import { socketIO } from "@fetchio/server/hono";
import page from "./index.html" with { type: "text" };
import script from "./page.js" with { type: "text" };
import style from "../style.css" with { type: "text" };

/** A straight piece of a line; from 0 to 1 is the width, or the height, of the board. */
type Stroke = [color: string, x0: number, y0: number, x1: number, y1: number];

interface ClientToServerEvents {
  stroke: (stroke: Stroke) => void;
  /** Where the pen is that does not draw. */
  pen: (x: number, y: number) => void;
  clear: () => void;
}

interface ServerToClientEvents {
  /** What there is so far: the whole board. */
  board: (strokes: Stroke[]) => void;
  stroke: (stroke: Stroke) => void;
  pen: (id: string, x: number, y: number) => void;
  left: (id: string) => void;
}

const COLORS = ["black", "red", "green", "blue"];
const MAX_STROKES = 20_000;

const io = new Server<ClientToServerEvents, ServerToClientEvents>();
let strokes: Stroke[] = [];

io.on("connection", (socket) => {
  socket.emit("board", strokes);

  // The types are what our page promises. Anybody may send anything, so everything is checked.
  socket.on("stroke", (stroke) => {
    if (!isStroke(stroke)) return;
    strokes.push(stroke);
    if (strokes.length > MAX_STROKES) strokes = strokes.slice(-MAX_STROKES / 2);
    socket.broadcast.emit("stroke", stroke);
  });

  // The next position makes up for one that a slow client does not get.
  socket.on("pen", (x, y) => {
    if (isPlace(x) && isPlace(y)) socket.broadcast.volatile.emit("pen", socket.id, x, y);
  });

  socket.on("clear", () => {
    strokes = [];
    io.emit("board", strokes);
  });

  socket.on("disconnect", () => socket.broadcast.emit("left", socket.id));
});

function isStroke(value: unknown): value is Stroke {
  if (!Array.isArray(value) || value.length !== 5) return false;
  const [color, ...places] = value;
  return COLORS.includes(color) && places.every(isPlace);
}

function isPlace(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 1;
}

const policy = { "content-security-policy": "default-src 'self'" };
const app = new Hono()
  .use(socketIO(io))
  .get("/", (c) => c.html(page, 200, policy))
  .get("/style.css", (c) => c.body(style, 200, { "content-type": "text/css; charset=utf-8" }))
  .get(
    "/page.js",
    (c) => c.body(script, 200, { "content-type": "text/javascript; charset=utf-8" }),
  );

// What `deno serve` and Bun want; only Bun looks at `websocket`.
export default { fetch: app.fetch, websocket: io.websocket };
