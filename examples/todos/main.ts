/**
 * A list of things to do that everybody shares: create, read, update, delete, with what came in checked by schemas.
 *
 * ```sh
 * deno serve --port 3000 examples/todos/main.ts
 * bun examples/todos/main.ts # on $PORT, or 3000
 * ```
 *
 * @module
 */
import { Hono } from "hono";
import * as z from "zod";
import { Server } from "@fetchio/server";
import { socketIO } from "@fetchio/server/hono";
import { type CheckedEvents, checkEvents } from "@fetchio/server/schema";
import page from "./index.html" with { type: "text" };
import script from "./page.js" with { type: "text" };
import style from "../style.css" with { type: "text" };

const Id = z.uuid();
const Title = z.string().trim().min(1).max(200);
const Todo = z.object({ id: Id, title: Title, done: z.boolean() });
type Todo = z.infer<typeof Todo>;

/** What a client is answered: what it asked for, or why not. */
const answer = <Data extends z.ZodType>(data: Data) =>
  z.union([z.object({ data }), z.object({ error: z.string() })]);

/** What clients send, and what they are answered: the one source of checks and types. */
const events = {
  "todo:list": { args: [], ack: answer(z.array(Todo)) },
  "todo:create": { args: [z.object({ title: Title })], ack: answer(Todo) },
  "todo:read": { args: [Id], ack: answer(Todo) },
  "todo:update": { args: [Todo.partial().required({ id: true })], ack: answer(Todo) },
  "todo:delete": { args: [Id], ack: answer(Id) },
} as const;

interface ServerToClientEvents {
  "todo:created": (todo: Todo) => void;
  "todo:updated": (todo: Todo) => void;
  "todo:deleted": (id: string) => void;
}

const MAX_TODOS = 1_000;
const NOT_FOUND = { error: "There is no such thing to do." };

const io = new Server<CheckedEvents<typeof events>, ServerToClientEvents>();
const todos = new Map<string, Todo>();

io.use(checkEvents(events, { refused: (error, _socket, ack) => ack?.({ error: error.message }) }));

io.on("connection", (socket) => {
  socket.on("todo:list", (ack) => ack({ data: [...todos.values()] }));

  socket.on("todo:create", ({ title }, ack) => {
    if (todos.size === MAX_TODOS) return ack({ error: "There is too much to do." });
    const todo = { id: crypto.randomUUID(), title, done: false };
    todos.set(todo.id, todo);
    ack({ data: todo });
    socket.broadcast.emit("todo:created", todo);
  });

  socket.on("todo:read", (id, ack) => {
    const todo = todos.get(id);
    ack(todo === undefined ? NOT_FOUND : { data: todo });
  });

  socket.on("todo:update", (changes, ack) => {
    const todo = todos.get(changes.id);
    if (todo === undefined) return ack(NOT_FOUND);
    Object.assign(todo, changes);
    ack({ data: todo });
    socket.broadcast.emit("todo:updated", todo);
  });

  socket.on("todo:delete", (id, ack) => {
    if (!todos.delete(id)) return ack(NOT_FOUND);
    ack({ data: id });
    socket.broadcast.emit("todo:deleted", id);
  });
});

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
