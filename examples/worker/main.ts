/**
 * A chat on Cloudflare Workers: each room is a Durable Object, which keeps in its database what was said, and sleeps
 * while nobody says anything.
 *
 * ```sh
 * npx wrangler dev --config examples/worker/wrangler.jsonc --port 3000
 * npx wrangler deploy --config examples/worker/wrangler.jsonc
 * ```
 *
 * @module
 */
import { type DurableObject, Server } from "@fetchio/server";
import page from "./index.html" with { type: "text" };

interface Message {
  name: string;
  text: string;
}

interface ClientToServerEvents {
  say: (text: string) => void;
}

interface ServerToClientEvents {
  /** What was said last, the oldest first. */
  history: (messages: Message[]) => void;
  message: (message: Message) => void;
  /** Who is in the room, whenever that changes. */
  people: (names: string[]) => void;
}

interface SocketData {
  name: string;
}

const MAX_MESSAGES = 100;

/** Makes the server of one room. */
function openRoom({ ctx }: DurableObject) {
  const { sql } = ctx.storage;
  sql.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, name TEXT, text TEXT)");
  const io = new Server<
    ClientToServerEvents,
    ServerToClientEvents,
    Record<never, never>,
    SocketData
  >({ pingInterval: 300_000 });

  const tellPeople = () =>
    io.emit("people", [...io.sockets.sockets.values()].map(({ data }) => data.name));

  io.use((socket, next) => {
    const name = clean(socket.handshake.auth.name, 24);
    if (!name) return next(new Error("A name has 1 to 24 characters."));
    socket.data.name = name;
    next();
  });

  io.on("connection", (socket) => {
    const { name } = socket.data;
    socket.on("say", (words) => {
      const text = clean(words, 1000);
      if (!text) return;
      sql.exec("INSERT INTO messages (name, text) VALUES (?, ?)", name, text);
      sql.exec(
        "DELETE FROM messages WHERE id <= (SELECT max(id) FROM messages) - ?",
        MAX_MESSAGES,
      );
      io.emit("message", { name, text });
    });
    socket.on("disconnect", tellPeople);

    // It was there before the object slept.
    if (socket.recovered) return;
    const messages = sql.exec<Message>("SELECT name, text FROM messages ORDER BY id");
    socket.emit("history", messages.toArray());
    tellPeople();
  });
  return io;
}

// Anybody may send anything.
function clean(value: unknown, limit: number): string | undefined {
  const text = typeof value === "string" ? value.trim() : "";
  return text.length > 0 && text.length <= limit ? text : undefined;
}

/** Hands the requests of each room to its object. */
const io = new Server();

export const Room = io.durableObject({
  hibernate: true,
  name: (request) => new URL(request.url).searchParams.get("room") || "lobby",
  create: openRoom,
});

const headers = { "content-type": "text/html; charset=utf-8" };

export default { fetch: io.handler(() => new Response(page, { headers })) };
