/** Ours, on Deno and on Bun. */
import { Server } from "../../mod.ts";
import { install } from "./app.mjs";
import { listen } from "./listen.mjs";
import { options } from "./side_channel.mjs";

const io = new Server(options);
install(io);
listen({ fetch: io.fetch, websocket: io.websocket });
