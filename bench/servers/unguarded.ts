/** Ours with no limit on anything that a client sends: what those that are on by default cost. */
import { Server } from "../../mod.ts";
import { install } from "./app.mjs";
import { listen } from "./listen.mjs";
import { options } from "./side_channel.mjs";

const io = new Server({
  ...options,
  maxHttpBufferSize: Infinity,
  maxPacketsPerPayload: Infinity,
  maxBufferedAmount: Infinity,
  maxConnections: Infinity,
  maxWaitingEvents: Infinity,
  maxAttachments: Infinity,
  maxAttachmentBytes: Infinity,
  maxDepth: Infinity,
  maxConnectLength: Infinity,
  maxNamespaces: Infinity,
  maxPendingConnects: Infinity,
  maxChildNamespaces: Infinity,
  maxRooms: Infinity,
  maxPendingAcks: Infinity,
});
install(io);
listen({ fetch: io.fetch, websocket: io.websocket });
