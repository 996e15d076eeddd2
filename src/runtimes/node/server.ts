import { logFault } from "../../base/log.ts";
import { CLOSE_GRACE, type Listener, type Service } from "../../engine/channel.ts";
import { NodeContext, type NodeUpgrade } from "./context.ts";
import { isPoll, LightRequest } from "./light.ts";
import { addressOf, requestOf } from "./request.ts";
import { refuseUpgrade, respond } from "./response.ts";
import type { Http2Session, NodeIncoming, NodeOutgoing, NodeServer, NodeSocket } from "./types.ts";

/** Tells a server of `node:http` from other things. */
export function isNodeServer(value: unknown): value is NodeServer {
  const { emit, listen } = (value ?? {}) as Partial<NodeServer>;
  return typeof value === "object" && typeof emit === "function" && typeof listen === "function";
}

/** The connections of upgrades that are somebody's: of a server of ours, not always the one that asks. */
const taken = new WeakSet<NodeSocket>();

/**
 * Answers the requests of a service that come to a server of `node:http`, and leaves the others to who listens there.
 *
 * @param patience how long others may take to answer an upgrade that is not for us, in milliseconds
 */
export function attach(
  server: NodeServer,
  service: Service,
  patience: number | undefined,
): Listener {
  const isOurs = (incoming: NodeIncoming) => service.handles({ url: addressOf(incoming) });
  const upgraded = new Set<NodeSocket>();
  const sessions = new Set<Http2Session>();
  let closed = false;

  // Instead of one more listener: the others, also those that come later, must not see a request of ours.
  const emit = server.emit.bind(server);
  server.emit = (event, ...args) => {
    const [incoming, outgoing] = args as [NodeIncoming, NodeOutgoing];
    if (event !== "request" || closed || !isOurs(incoming)) return emit(event, ...args);
    answer(service, incoming, outgoing);
    return true;
  };

  // Before somebody listens, a server of node:http2 has no requests.
  server.on("request", ignore);

  const onUpgrade = (incoming: NodeIncoming, socket: NodeSocket, head: Uint8Array): void => {
    if (!isOurs(incoming)) return leave(socket, patience);
    // We may be attached twice.
    if (taken.has(socket)) return;
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    answerUpgrade(service, { incoming, socket, head });
  };
  server.on("upgrade", onUpgrade);

  const onSession = (session: Http2Session): void => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  };
  server.on("session", onSession);

  return {
    get port() {
      return placeOf(server).port;
    },
    get hostname() {
      return placeOf(server).address;
    },
    close() {
      closed = true;
      server.off("request", ignore);
      server.off("upgrade", onUpgrade);
      const timer = setTimeout(() => {
        server.closeAllConnections?.();
        for (const it of [...upgraded, ...sessions]) it.destroy();
      }, CLOSE_GRACE);
      for (const session of sessions) session.close();
      return new Promise((resolve) => {
        // An error says that it did not listen.
        server.close(() => {
          clearTimeout(timer);
          server.off("session", onSession);
          resolve();
        });
      });
    },
  };
}

/** Answers an upgrade, by a WebSocket or by a response. */
export async function answerUpgrade(
  service: Pick<Service, "fetch">,
  upgrade: NodeUpgrade,
): Promise<void> {
  const { incoming, socket } = upgrade;
  taken.add(socket);
  hush(socket);
  try {
    const context = new NodeContext(incoming, upgrade);
    const request = readable(incoming);
    const response = request === undefined ? BAD_REQUEST() : await service.fetch(request, context);
    if (!context.upgraded) await refuseUpgrade(socket, response);
  } catch (error) {
    logFault("Uncaught error in the server:", error);
    socket.destroy();
  }
}

async function answer(
  service: Service,
  incoming: NodeIncoming,
  outgoing: NodeOutgoing,
): Promise<void> {
  try {
    const request = isPoll(incoming) ? new LightRequest(incoming) : readable(incoming);
    const response = request === undefined
      ? BAD_REQUEST()
      : await service.fetch(request, new NodeContext(incoming));
    await respond(outgoing, response);
  } catch (error) {
    logFault("Uncaught error in the server:", error);
    outgoing.destroy();
  }
}

const BAD_REQUEST = () => new Response("Bad Request", { status: 400 });

function readable(incoming: NodeIncoming): Request | undefined {
  try {
    return requestOf(incoming);
  } catch {
    return undefined;
  }
}

// Since we listen for upgrades, Node takes those that nobody wants for somebody's.
function leave(socket: NodeSocket, patience: number | undefined): void {
  hush(socket);
  if (patience === undefined) return;
  const { bytesWritten } = socket;
  setTimeout(() => {
    if (taken.has(socket)) return;
    if (socket.writable && socket.bytesWritten === bytesWritten) socket.end();
  }, patience);
}

// After its upgrade event, Node does not listen any more, and an error that nobody hears of ends the process.
function hush(socket: NodeSocket): void {
  socket.on("error", ignore);
}

function ignore(): void {}

function placeOf(server: NodeServer): { address: string; port: number } {
  const address = server.address();
  return typeof address === "object" && address !== null ? address : { address: "", port: 0 };
}
