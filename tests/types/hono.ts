/** The server in a Hono app. Compiled, never run. */
import { Hono } from "hono";
import type { Server } from "../../mod.ts";
import { socketIO, type SocketIOEnv } from "../../src/plugins/hono.ts";
import { expectType, type Same } from "./expect.ts";

interface Events {
  notice: (text: string) => void;
}

/** Routes behind the middleware know the server with its events. */
export function chained(io: Server<Events>): void {
  new Hono().use(socketIO(io)).get("/", (c) => {
    expectType<Same<typeof c.var.io, Server<Events>>>();
    c.get("io").emit("notice", "a");
    // @ts-expect-error no such event
    c.get("io").emit("unknown");
    return c.text("");
  });
}

/** So do routes of an app that names the environment. */
export function named(io: Server<Events>): void {
  const app = new Hono<SocketIOEnv<Server<Events>>>();
  app.use(socketIO(io));
  app.get("/", (c) => {
    const server = c.get("io");
    expectType<Same<typeof server, Server<Events>>>();
    return c.text("");
  });
  // Whatever the runtime hands over is what the server takes.
  app.all("/socket.io/*", (c) => io.fetch(c.req.raw, c.env));
}
