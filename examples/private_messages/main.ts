/**
 * Private messages: who comes back is still the same person, on as many devices as they like.
 *
 * ```sh
 * deno serve --port 3000 examples/private_messages/main.ts
 * bun examples/private_messages/main.ts # on $PORT, or 3000
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

interface Message {
  from: string;
  to: string;
  text: string;
  at: number;
}

interface User {
  /** Public; the room of all of the user's devices. */
  id: string;
  name: string;
  /** What was sent and received, the oldest first. */
  messages: Message[];
}

interface ClientToServerEvents {
  "private message": (to: string, text: string, ack: (answer: Message | string) => void) => void;
}

interface ServerToClientEvents {
  /** Whose device this is: the secret it comes back with, and what was said so far. */
  session: (session: string, user: { id: string; name: string }, messages: Message[]) => void;
  users: (users: { id: string; name: string; online: boolean }[]) => void;
  "private message": (message: Message) => void;
}

type NoEvents = Record<never, never>;

const MAX_USERS = 1_000;
const MAX_MESSAGES = 200;

const io = new Server<ClientToServerEvents, ServerToClientEvents, NoEvents, { user: User }>();

/** The users by their sessions, which are secrets; who came first is first. */
const users = new Map<string, User>();

io.use((socket, next) => {
  const { session, name } = socket.handshake.auth;
  const known = users.get(session);
  if (known === undefined && !isText(name, 24)) return next(new Error("What is your name?"));
  const user = known ?? { id: crypto.randomUUID(), name: name.trim(), messages: [] };
  const secret = known === undefined ? crypto.randomUUID() : session;
  if (known === undefined && !remember(secret, user)) return next(new Error("It is full here."));
  socket.data = { user };
  socket.emit("session", secret, { id: user.id, name: user.name }, user.messages);
  next();
});

io.on("connection", (socket) => {
  const { user } = socket.data;
  socket.join(user.id);
  tellUsers();

  // The types are what our page promises. Anybody may send anything, so everything is checked.
  socket.on("private message", (to, text, ack) => {
    if (typeof ack !== "function") return;
    const receiver = [...users.values()].find(({ id }) => id === to);
    if (receiver === undefined) return ack("Nobody is called so.");
    if (!isText(text, 1_000)) return ack("A message has 1 to 1000 characters.");
    const message = { from: user.id, to, text, at: Date.now() };
    for (const { messages } of new Set([user, receiver])) {
      messages.push(message);
      if (messages.length > MAX_MESSAGES) messages.shift();
    }
    // All devices of both, but for this one, which has the answer.
    socket.to([to, user.id]).emit("private message", message);
    ack(message);
  });

  socket.on("disconnect", tellUsers);
});

/** Who is not there goes for who comes, the oldest first. */
function remember(session: string, user: User): boolean {
  for (const [other, { id }] of users) {
    if (users.size < MAX_USERS) break;
    if (!isOnline(id)) users.delete(other);
  }
  if (users.size < MAX_USERS) users.set(session, user);
  return users.has(session);
}

/** A user is there as long as one of their devices is: the adapter knows. */
function isOnline(user: string): boolean {
  return io.of("/").adapter.rooms.has(user);
}

function tellUsers(): void {
  io.emit("users", [...users.values()].map(({ id, name }) => ({ id, name, online: isOnline(id) })));
}

function isText(value: unknown, limit: number): boolean {
  return typeof value === "string" && value.trim() !== "" && value.length <= limit;
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
