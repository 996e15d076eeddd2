import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { localsOf, Server } from "../../mod.ts";
import { socketIO } from "../../src/plugins/hono.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";

Deno.test("socketIO hands the variables of the middleware in front on to the socket", async () => {
  const io = new Server();
  const app = new Hono<{ Variables: { user: string } }>();
  app.use(async (c, next) => {
    c.set("user", c.req.header("x-user") ?? "nobody");
    await next();
  });
  app.use(socketIO(io));
  const runtime = new MemoryRuntime();
  const server = { fetch: async (request: Request) => await app.fetch(request, runtime) };
  const url = "http://localhost/socket.io/?EIO=4&transport=websocket";
  const client = await runtime.connect(server, url, { "x-user": "ada" });
  const users: string[] = [];
  io.on("connection", (socket) => void users.push(localsOf(socket.request).user));
  client.send("40");
  assertEquals(users, ["ada"]);
  await io.close();
});
