/** Options of servers whose limits are compared. */
import type { ServerOptions } from "../../mod.ts";

const MUCH = 1e12;

/** No limit on anything that a client sends. */
export const UNGUARDED: ServerOptions = {
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
};

/** Every guard that is off by default, set so high that none of them fires. */
export const GUARDED: ServerOptions = {
  origins: ["https://app.example"],
  maxConnectionsPerAddress: MUCH,
  handshakeRate: MUCH,
  rateLimit: { events: MUCH, bytes: MUCH, eventsPerAddress: MUCH, bytesPerAddress: MUCH },
};
