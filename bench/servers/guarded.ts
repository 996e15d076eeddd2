/** Ours with every guard that is off by default, set so high that none of them fires: what they cost. */
import { Server } from "../../mod.ts";
import { install } from "./app.mjs";
import { GUARDED } from "./limits.ts";
import { listen } from "./listen.mjs";
import { options } from "./side_channel.mjs";

const io = new Server({ ...options, ...GUARDED });
install(io);
listen({ fetch: io.fetch, websocket: io.websocket });
