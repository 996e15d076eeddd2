/** Ours with no limit on anything that a client sends: what those that are on by default cost. */
import { Server } from "../../mod.ts";
import { install } from "./app.mjs";
import { UNGUARDED } from "./limits.ts";
import { listen } from "./listen.mjs";
import { options } from "./side_channel.mjs";

const io = new Server({ ...options, ...UNGUARDED });
install(io);
listen({ fetch: io.fetch, websocket: io.websocket });
