/**
 * A counter that everybody can push, and the admin UI beside it, which shows who does.
 *
 * ```sh
 * deno serve --port 3000 --allow-read --allow-env=ADMIN_PASSWORD examples/admin/main.ts
 * bun examples/admin/main.ts # on $PORT, or 3000
 * ```
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { Hono } from "hono";
import { Server } from "@fetchio/server";
import { instrument } from "@fetchio/server/admin";
import { socketIO } from "@fetchio/server/hono";
import front from "@socket.io/admin-ui/ui/dist/index.html" with { type: "text" };
import page from "./index.html" with { type: "text" };

const io = new Server();
const username = "admin";
const password = process.env.ADMIN_PASSWORD || crypto.randomUUID();
instrument(io, { auth: { username, password } });
console.log(`At /admin/, log in as ${username} with ${password}`);

let count = 0;
io.on("connection", (socket) => {
  socket.data = { pushes: 0 };
  socket.emit("count", count);
  socket.on("push", () => {
    socket.data.pushes++;
    io.emit("count", ++count);
  });
});

/** The front end: an app of static files. */
const folder = new URL("./", import.meta.resolve("@socket.io/admin-ui/ui/dist/index.html"));
const files = new Set(await readdir(folder, { recursive: true }));
const types: Record<string, string> = {
  css: "text/css",
  js: "text/javascript",
  png: "image/png",
  svg: "image/svg+xml",
};

const app = new Hono()
  .use(socketIO(io))
  .get("/", (c) => c.html(page))
  .get("/admin", (c) => c.redirect("/admin/"))
  .get("/admin/", (c) => c.html(front))
  .get("/admin/*", async (c) => {
    const name = c.req.path.slice("/admin/".length);
    const type = types[/\.(\w+)$/.exec(name)?.[1] ?? ""];
    if (type === undefined || !files.has(name)) return c.notFound();
    const file = await readFile(new URL(name, folder));
    return c.body(new Uint8Array(file), 200, { "content-type": type });
  });

// What `deno serve` and Bun want; only Bun looks at `websocket`.
export default { fetch: app.fetch, websocket: io.websocket };
