/**
 * The Engine.IO server by itself: connections over HTTP long-polling and WebSocket, without namespaces, events and
 * acknowledgements. The Socket.IO server stands on this very one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Server } from "@fetchio/server/engine";
 *
 * const engine = new Server();
 * engine.on("connection", (conn) => {
 *   conn.on("message", (data) => conn.send(data));
 * });
 * const response = await engine.fetch(
 *   new Request("http://localhost/engine.io/?EIO=4&transport=polling"),
 * );
 * const handshake = await response.text(); // 0{"sid":"…","upgrades":["websocket"],…}
 * assertEquals(handshake[0], "0");
 * engine.close();
 * ```
 *
 * @module
 */

import type { Untyped } from "../base/events.ts";
import { bunWebSocket } from "../runtimes/bun.ts";
import { endOnHotReload } from "../runtimes/bun_hot.ts";
import { runtimeOf } from "../runtimes/detect.ts";
import { answerUpgrade, attach } from "../runtimes/node/server.ts";
import type { NodeIncoming, NodeServer, NodeSocket } from "../runtimes/node/types.ts";
import type { BunWebSocketHandler } from "../runtimes/types.ts";
import { Engine, reopen } from "./engine.ts";
import { type Handler, handlerOf } from "./http/handler.ts";
import type { EngineOptions } from "./options.ts";

/** An Engine.IO server as a fetch handler. */
export class Server extends Engine {
  /** The WebSocket handlers for `Bun.serve`. Other runtimes have no need of them. */
  readonly websocket: BunWebSocketHandler;

  /**
   * Makes a server: it starts nothing before the first request.
   *
   * @param options the options
   * @throws {TypeError} if an option is of the wrong kind
   * @throws {RangeError} if an option is out of range
   */
  constructor(options: EngineOptions = {}) {
    super(options, runtimeOf);
    this.websocket = bunWebSocket(this.opts);
    endOnHotReload(() => {
      for (const session of [...this.clients.values()]) session.close(true);
    });
  }

  /**
   * Answers requests of this server's path, and all others with 404.
   *
   * @param request the request as it came from the runtime
   * @param context what the runtime gave beside it: Deno's `info`, Bun's `server`, Hono's `c.env`
   */
  readonly fetch = (request: Request, context?: unknown): Promise<Response> =>
    this.handles(request)
      ? this.handleRequest(request, context)
      : Promise.resolve(new Response("Not Found", { status: 404 }));

  /**
   * Makes a fetch handler that answers this server's requests, and leaves the others to another one.
   *
   * @param next answers the other requests; without it, they are answered with 404
   */
  handler(next?: Handler): (request: Request, ...context: Untyped[]) => Promise<Response> {
    return handlerOf(this, next);
  }

  /**
   * Answers the requests of this server's path that come to a server of `node:http`, and leaves the others to those who
   * listen there.
   *
   * @param server one of `node:http` or `node:https`
   */
  attach(server: NodeServer): this {
    const { destroyUpgrade, destroyUpgradeTimeout } = this.opts;
    reopen(this);
    attach(server, this, destroyUpgrade ? destroyUpgradeTimeout : undefined);
    return this;
  }

  /**
   * Answers a request for a WebSocket, whatever its path: for those who listen to the event `upgrade` of a server of
   * `node:http` themselves.
   *
   * @param incoming the request
   * @param socket its connection
   * @param head what has come after it already
   * @returns resolved when it is answered, or a WebSocket
   */
  handleUpgrade(incoming: NodeIncoming, socket: NodeSocket, head: Uint8Array): Promise<void> {
    const fetch = (request: Request, context: unknown) => this.handleRequest(request, context);
    return answerUpgrade({ fetch }, { incoming, socket, head });
  }
}

/** The revision of the protocol. */
export const protocol = 4;

export { Engine } from "./engine.ts";
export type { DrainOptions } from "./drain.ts";
export * as parser from "../wire/engine_parser.ts";
export { UPGRADES as transports } from "./transport.ts";
export type { Handler } from "./http/handler.ts";
export type { ConnectionError, EngineEvents } from "./engine_events.ts";
export { localsOf } from "./http/locals.ts";
export type { Locals } from "./http/locals.ts";
export type { RequestMiddleware } from "./http/request_middleware.ts";
export type {
  CloseReason,
  EngineSocket as Socket,
  EngineSocketEvents,
  ReadyState,
  SendCallback,
  SendOptions,
} from "./engine_socket.ts";
export type { SlowClientDecision, SlowClientPolicy } from "./guards/slow_clients.ts";
export type { CloseDetails, TransportName, TransportState as Transport } from "./transport.ts";
export type {
  AllowRequest,
  AllowRequestCallback,
  DefaultedOption,
  EditHeaders,
  EngineOptions as ServerOptions,
  ResolvedEngineOptions,
} from "./options.ts";
export type { Rate } from "../base/token_bucket.ts";
export type { CompressionOptions } from "./http/compression.ts";
export type { CookieOptions } from "./http/cookie.ts";
export type { CorsOptions, CorsOptionsDelegate, CustomOrigin, StaticOrigin } from "./http/cors.ts";
export type { OriginCheck, OriginRule, Origins } from "./guards/origins.ts";
export type { Trust, TrustProxy } from "./guards/trust_proxy.ts";
export type { EventHeaders } from "./http/header_edits.ts";
export type { ErrorCode } from "./http/refusal.ts";
export { Emitter } from "../base/emitter.ts";
export type { EventName } from "../base/emitter.ts";
export type { DefaultEventsMap, EventsMap } from "../base/events.ts";
export type { BinaryValue, MessagePart } from "../wire/frame.ts";
export type { Packet, PacketType } from "../wire/engine_packet.ts";
export type { BunWebSocket, BunWebSocketHandler } from "../runtimes/types.ts";
export type {
  DurableObjectState,
  DurableObjectStorage,
  WorkerdWebSocket,
} from "../runtimes/workerd/types.ts";
export type { WsEngine } from "./channel.ts";
export type { NodeEmitter, NodeIncoming, NodeServer, NodeSocket } from "../runtimes/node/types.ts";
