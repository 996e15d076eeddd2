import {
  type ChannelOptions,
  CLOSE_GRACE,
  type Listener,
  type Peer,
  type Receiver,
  type Runtime,
  type Service,
} from "../engine/channel.ts";
import { BunChannel } from "./bun_channel.ts";
import type { BunGlobal, BunServer, BunWebSocket, BunWebSocketHandler } from "./types.ts";

/** Bun. */
export class BunRuntime implements Runtime {
  readonly checksLength = true;
  readonly noticesLoss = true;
  readonly #bun: BunGlobal;

  constructor(bun: BunGlobal) {
    this.#bun = bun;
  }

  peer(request: Request, context: unknown): Peer {
    return { address: serverOf(context)?.requestIP(request)?.address ?? "" };
  }

  hold(request: Request, context: unknown): void {
    serverOf(context)?.timeout(request, 0);
  }

  upgrade(
    request: Request,
    context: unknown,
    receiver: Receiver,
    headers?: Headers,
  ): Response | undefined {
    const server = serverOf(context);
    if (server === undefined) {
      throw new TypeError(
        "A WebSocket needs Bun's server: call io.fetch(request, server), or (c) => io.fetch(c.req.raw, c.env) in Hono",
      );
    }
    const options = headers === undefined ? { data: receiver } : { headers, data: receiver };
    if (!server.upgrade(request, options)) return undefined;
    return new Response(null);
  }

  listen(service: Service, port: number, hostname: string | undefined): Listener {
    const server = this.#bun.serve({
      port,
      ...(hostname === undefined ? {} : { hostname }),
      fetch: (request, server) => service.fetch(request, server),
      websocket: service.websocket,
    });
    const close = async () => {
      const timer = setTimeout(() => server.stop(true), CLOSE_GRACE);
      await server.stop();
      clearTimeout(timer);
    };
    return { port: server.port, hostname: server.hostname, close };
  }
}

/** Bun takes whole numbers only, and does not take them all. */
const MOST_PAYLOAD = 2 ** 32 - 1;

/** The handlers that Bun wants for all WebSockets of a server. */
export function bunWebSocket(options: ChannelOptions): BunWebSocketHandler {
  const threshold = options.perMessageDeflate?.threshold ?? Infinity;
  return {
    open: (ws) => {
      const receiver = receiverOf(ws);
      if (receiver === undefined) return;
      ws.binaryType = "uint8array";
      receiver.open(new BunChannel(ws, threshold));
    },
    message: (ws, data) => receiverOf(ws)?.message(data),
    close: (ws, code, reason) => receiverOf(ws)?.close(code, reason),
    // Idle clients are the heartbeat's business.
    idleTimeout: 0,
    sendPings: false,
    maxPayloadLength: Math.min(Math.ceil(options.maxHttpBufferSize), MOST_PAYLOAD),
    // Bun would drop what is above a limit. The engine has its own.
    backpressureLimit: 0,
    closeOnBackpressureLimit: true,
    perMessageDeflate: threshold !== Infinity,
  };
}

// The server itself, or an object that holds it, as some users give Hono.
function serverOf(context: unknown): BunServer | undefined {
  const given = context as (Partial<BunServer> & { server?: BunServer }) | null | undefined;
  if (typeof given?.upgrade === "function") return given as BunServer;
  return typeof given?.server?.upgrade === "function" ? given.server : undefined;
}

// The WebSockets of others may share the handlers.
function receiverOf(ws: BunWebSocket): Receiver | undefined {
  const data = ws.data as Partial<Receiver> | null | undefined;
  return typeof data?.message === "function" && typeof data.open === "function"
    ? data as Receiver
    : undefined;
}
