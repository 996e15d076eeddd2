/** Our server with the application. */
import { Server } from "@fetchio/server";
import { install, OPTIONS } from "./app.mjs";

const entries: unknown[][] = [];
const io = new Server(OPTIONS as never);
install(io, (...entry: unknown[]) => void entries.push(entry));

export default {
  hostname: "127.0.0.1",
  fetch: io.handler((request) =>
    new URL(request.url).pathname === "/log"
      ? Response.json(entries.splice(0))
      : new Response(null, { status: 404 })
  ),
  websocket: io.websocket,
};
