import type { Receiver } from "../../engine/channel.ts";
import type { NodeIncoming, WsWebSocket } from "./types.ts";
import { connect } from "./websocket.ts";

/** How `@hono/node-server` lets its own helper, `upgradeWebSocket`, wait for a WebSocket; it has no public name. */
const WAIT = "WAIT_FOR_WEBSOCKET_SYMBOL";

type Wait = (incoming: NodeIncoming, connection: undefined) => Promise<WsWebSocket>;

/**
 * Lets `@hono/node-server` make a request a WebSocket, once it has been answered.
 *
 * @param env what it gives an app beside the request
 * @throws {TypeError} if it was not told to make WebSockets
 */
export function upgradeByHono(env: unknown, receiver: Receiver, headers: Headers): Response {
  const { incoming, wait } = read(env);
  if (incoming === undefined || wait === undefined) {
    throw new TypeError(
      "WebSockets in @hono/node-server need serve({ fetch, websocket: { server } }), or io.attach(serve({ fetch }))",
    );
  }
  // It fails if the client has gone.
  wait(incoming, undefined).then((ws) => connect(ws, receiver), () => {});
  return new Response(null, { headers });
}

function read(env: unknown): { incoming?: NodeIncoming; wait?: Wait } {
  if (typeof env !== "object" || env === null) return {};
  const symbol = Object.getOwnPropertySymbols(env).find(({ description }) => description === WAIT);
  const { incoming } = env as { incoming?: NodeIncoming };
  const wait = symbol && (env as Record<symbol, Wait>)[symbol];
  return { ...(incoming && { incoming }), ...(wait && { wait }) };
}
