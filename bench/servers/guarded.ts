/** Ours with every guard that is off by default, set so high that none of them fires: what they cost. */
import { Server } from "../../mod.ts";
import { install } from "./app.mjs";
import { listen } from "./listen.mjs";
import { options } from "./side_channel.mjs";

const MUCH = 1e12;

const io = new Server({
  ...options,
  origins: ["https://app.example"],
  maxConnectionsPerAddress: MUCH,
  handshakeRate: MUCH,
  rateLimit: { events: MUCH, bytes: MUCH, eventsPerAddress: MUCH, bytesPerAddress: MUCH },
});
install(io);
listen({ fetch: io.fetch, websocket: io.websocket });
