/**
 * Mounts a Socket.IO server in a Hono app.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { localsOf, type Server, type Untyped } from "../../mod.ts";

/** A server, whatever its events. */
export type AnyServer = Server<Untyped, Untyped, Untyped, Untyped>;

/** The variable that the middleware sets: `c.get("io")` or `c.var.io`. */
export interface SocketIOEnv<IO extends AnyServer = Server> {
  /** Hono's variables. */
  Variables: {
    /** The server. */
    io: IO;
  };
}

/**
 * Middleware that leads the requests of a Socket.IO server to it, and offers the server to the routes behind it. What
 * the middleware in front has put into `c.var` when a client connects is in `localsOf(socket.request)`.
 *
 * On Bun, the app's default export needs the server's WebSocket handlers, too:
 * `export default { fetch: app.fetch, websocket: io.websocket }`. Deno ignores them.
 *
 * @param io the server
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "hono";
 * import { Server } from "@fetchio/server";
 * import { socketIO } from "@fetchio/server/hono";
 *
 * const io = new Server();
 * const app = new Hono()
 *   .use(socketIO(io))
 *   .post("/notify", (c) => {
 *     c.get("io").emit("notice", "hello");
 *     return c.text("sent");
 *   });
 * const response = await app.request("/notify", { method: "POST" });
 * assertEquals(await response.text(), "sent");
 * ```
 */
export function socketIO<IO extends AnyServer>(io: IO): MiddlewareHandler<SocketIOEnv<IO>> {
  return (c, next) => {
    // The request itself: a copy of it cannot become a WebSocket.
    if (io.handles(c.req.raw)) {
      const variables: object = c.var;
      if (Object.keys(variables).length > 0) Object.assign(localsOf(c.req.raw), variables);
      return io.fetch(c.req.raw, c.env);
    }
    c.set("io", io);
    return next();
  };
}
