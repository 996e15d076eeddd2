/**
 * A chat: one Hono app, one Socket.IO server, one page.
 *
 * ```sh
 * deno task start           # on $PORT, or 3000
 * bun examples/chat/main.ts # the same
 * ```
 *
 * @module
 */
import process from "node:process";
import { Hono } from "hono";
import { Server, type Socket } from "@fetchio/server";
import { socketIO } from "@fetchio/server/hono";
import page from "./index.html" with { type: "text" };
import style from "./chat.css" with { type: "text" };
import script from "./chat.js" with { type: "text" };

interface Message {
  /** Made by the page that sends it: sent a second time, it is still the same message. */
  id: string;
  name: string;
  text: string;
  /** The time, and the order: no two messages of a room have the same. */
  at: number;
}

type Ack<Answer> = (answer: Answer | { error: string }) => void;

interface ClientToServerEvents {
  /** Enters a room and leaves the one before. The answer holds what was said there after `since`. */
  join: (
    name: string,
    room: string,
    since: number,
    ack: Ack<{ name: string; messages: Message[] }>,
  ) => void;
  say: (id: string, text: string, ack: Ack<Message>) => void;
  typing: () => void;
}

interface ServerToClientEvents {
  /** Who is in the room, whenever that changes. */
  people: (names: string[]) => void;
  message: (message: Message) => void;
  typing: (name: string) => void;
}

interface SocketData {
  name: string;
  room: string | undefined;
}

type NoEvents = Record<never, never>;
type ChatSocket = Socket<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;

const MAX_ROOMS = 200;
const MAX_MESSAGES = 100;

const io = new Server<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>();

/** What was said last in each room; the room that was entered last comes last. */
const histories = new Map<string, Message[]>();

io.on("connection", (socket) => {
  // A page can be back before the loss of its connection is noticed: the old one goes.
  const key = `page:${clean(socket.handshake.auth.key, 64) ?? socket.id}`;
  io.in(key).disconnectSockets(true);
  socket.join(key);

  // The types are what our page promises. Anybody may send anything, so everything is checked.
  socket.on("join", (wish, where, since, ack) => {
    if (typeof ack !== "function") return;
    const name = clean(wish, 24);
    const room = clean(where, 32);
    if (!name) return ack({ error: "A name has 1 to 24 characters." });
    if (!room) return ack({ error: "A room's name has 1 to 32 characters." });
    if (people(room).some((other) => other !== socket && alike(other.data.name, name))) {
      return ack({ error: `Somebody here is called ${name} already.` });
    }
    const history = openRoom(room);
    if (!history) return ack({ error: "There are too many rooms." });
    if (socket.data.room !== room) leave(socket);
    socket.data = { name, room };
    socket.join(`room:${room}`);
    ack({ name, messages: history.filter(({ at }) => at > since) });
    tellPeople(room);
  });

  socket.on("say", (key, words, ack) => {
    if (typeof ack !== "function") return;
    const id = clean(key, 64);
    const text = clean(words, 1000);
    const { name, room } = socket.data;
    const history = room && histories.get(room);
    if (!history) return ack({ error: "Enter a room first." });
    if (!id || !text) return ack({ error: "A message has 1 to 1000 characters." });
    let message = history.find((earlier) => earlier.id === id);
    if (message === undefined) {
      const at = Math.max(Date.now(), (history.at(-1)?.at ?? 0) + 1);
      message = { id, name, text, at };
      history.push(message);
      if (history.length > MAX_MESSAGES) history.shift();
      io.to(`room:${room}`).emit("message", message);
    }
    ack(message);
  });

  socket.on("typing", () => {
    const { name, room } = socket.data;
    if (room) socket.to(`room:${room}`).volatile.emit("typing", name);
  });

  socket.on("disconnecting", () => leave(socket));
});

function leave(socket: ChatSocket): void {
  const { room } = socket.data;
  if (!room) return;
  socket.data.room = undefined;
  socket.leave(`room:${room}`);
  tellPeople(room);
}

function tellPeople(room: string): void {
  io.to(`room:${room}`).emit("people", people(room).map(({ data }) => data.name));
}

/** The sockets in a room. The adapter knows them, so there is no second list to keep right. */
function people(room: string): ChatSocket[] {
  const { adapter, sockets } = io.of("/");
  return [...adapter.rooms.get(`room:${room}`) ?? []].flatMap((id) => sockets.get(id) ?? []);
}

/** The history of a room. If there are too many, those go that nobody is in, the oldest first. */
function openRoom(room: string): Message[] | undefined {
  const history = histories.get(room) ?? [];
  histories.delete(room);
  for (const other of histories.keys()) {
    if (histories.size < MAX_ROOMS) break;
    if (people(other).length === 0) histories.delete(other);
  }
  if (histories.size >= MAX_ROOMS) return undefined;
  histories.set(room, history);
  return history;
}

function clean(value: unknown, limit: number): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  return text.length <= limit && /[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? text : undefined;
}

function alike(one: string, other: string): boolean {
  return one.localeCompare(other, "en", { sensitivity: "base" }) === 0;
}

const policy = { "content-security-policy": "default-src 'self'; img-src 'self' data:" };
const css = { "content-type": "text/css; charset=utf-8" };
const javascript = { "content-type": "text/javascript; charset=utf-8" };

const app = new Hono()
  .use(socketIO(io))
  .get("/", (c) => c.html(page, 200, policy))
  .get("/chat.css", (c) => c.body(style, 200, css))
  .get("/chat.js", (c) => c.body(script, 200, javascript));

// A restart, of a container for example: the pages leave one after the other, and come back to the next process.
process.once("SIGTERM", async () => {
  await io.drain({ within: 5_000 });
  process.exit();
});

// What Bun and `deno serve` want; only Bun looks at `websocket`.
export default { fetch: app.fetch, websocket: io.websocket };
