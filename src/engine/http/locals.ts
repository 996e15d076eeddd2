import type { Untyped } from "../../base/events.ts";

/** What was found out about a request. */
export type Locals = Record<string, Untyped>;

const known = new WeakMap<Request, Locals>();

/**
 * What was found out about a request on its way here: empty at first, for all who handle it to read and write. What the
 * request that opens a connection has in the end is there for `socket.request`, too.
 *
 * @example
 * ```ts
 * import { localsOf, Server } from "@fetchio/server";
 *
 * const io = new Server();
 * io.engine.use((request, next) => {
 *   localsOf(request).user = request.headers.get("x-user");
 *   return next();
 * });
 * io.on("connection", (socket) => {
 *   socket.emit("hello", localsOf(socket.request).user);
 * });
 * ```
 */
export function localsOf(request: Request): Locals {
  let locals = known.get(request);
  if (locals === undefined) known.set(request, locals = {});
  return locals;
}

/** The same, if there is anything. */
export function findLocals(request: Request): Locals | undefined {
  return known.get(request);
}

/** Gives a request the locals of another one. */
export function adoptLocals(request: Request, locals: Locals): void {
  known.set(request, locals);
}
