/**
 * A stream of posts by topic. They come in over plain HTTP, from whatever program there is, and go out at once:
 *
 * ```sh
 * POSTS_TOKEN=secret deno serve --port 3000 --allow-env=POSTS_TOKEN examples/posts/main.ts
 * POSTS_TOKEN=secret bun examples/posts/main.ts # on $PORT, or 3000
 *
 * curl -X POST http://localhost:3000/posts -H "authorization: Bearer secret" \
 *   -H "content-type: application/json" -d '{"topic":"weather","text":"It rains"}'
 * ```
 *
 * @module
 */
import process from "node:process";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { bodyLimit } from "hono/body-limit";
import { Server } from "@fetchio/server";
import { socketIO } from "@fetchio/server/hono";
import page from "./index.html" with { type: "text" };
import script from "./page.js" with { type: "text" };
import style from "../style.css" with { type: "text" };

interface Post {
  id: number;
  topic: string;
  text: string;
  at: number;
}

interface ClientToServerEvents {
  /** Answered with the last posts of the topic after the one with that id. */
  follow: (topic: string, after: number, ack: (posts: Post[]) => void) => void;
  leave: (topic: string) => void;
}

interface ServerToClientEvents {
  post: (post: Post) => void;
}

const TOPICS = ["weather", "traffic", "sports"];
const MAX_POSTS = 50;

const io = new Server<ClientToServerEvents, ServerToClientEvents>();
const posts = new Map<string, Post[]>(TOPICS.map((topic) => [topic, []]));
let count = 0;

io.on("connection", (socket) => {
  // The types are what our page promises. Anybody may send anything, so everything is checked.
  socket.on("follow", (topic, after, ack) => {
    if (typeof ack !== "function") return;
    const known = posts.get(topic);
    if (known === undefined) return ack([]);
    // In this order nothing falls between: what comes from now on is sent.
    socket.join(topic);
    ack(known.filter(({ id }) => id > after));
  });
  socket.on("leave", (topic) => void socket.leave(topic));
});

const token = process.env.POSTS_TOKEN || crypto.randomUUID();
console.log(`Posts are accepted with the token ${token}`);

const policy = { "content-security-policy": "default-src 'self'" };
const app = new Hono()
  .use(socketIO(io))
  .get("/", (c) => c.html(page, 200, policy))
  .get("/style.css", (c) => c.body(style, 200, { "content-type": "text/css; charset=utf-8" }))
  .get("/page.js", (c) => c.body(script, 200, { "content-type": "text/javascript; charset=utf-8" }))
  .post("/posts", bearerAuth({ token }), bodyLimit({ maxSize: 10_000 }), async (c) => {
    const { topic, text } = await c.req.json<Partial<Post>>().catch(() => ({} as Partial<Post>));
    const known = posts.get(topic ?? "");
    if (known === undefined) return c.json({ error: `The topics are ${TOPICS.join(", ")}.` }, 400);
    if (typeof text !== "string" || text.trim() === "") {
      return c.json({ error: "Where is the text?" }, 400);
    }
    const post: Post = { id: ++count, topic: topic!, text, at: Date.now() };
    known.push(post);
    if (known.length > MAX_POSTS) known.shift();
    io.to(post.topic).emit("post", post);
    return c.json(post, 201);
  });

// What `deno serve` and Bun want; only Bun looks at `websocket`.
export default { fetch: app.fetch, websocket: io.websocket };
