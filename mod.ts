/**
 * A Socket.IO server that is a `fetch` handler: the same file runs under `deno serve` and Bun, in Hono and in whatever
 * else calls `fetch(request)`. The official clients talk to it unchanged.
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 *
 * const io = new Server();
 * io.on("connection", (socket) => {
 *   socket.on("hello", (name, ack) => ack(`hi ${name}`));
 * });
 * export default io;
 * ```
 *
 * @module
 */

// The server
export { Server } from "./src/server.ts";
export { Mountable } from "./src/mountable.ts";
export type {
  DurableObject,
  DurableObjectClass,
  DurableObjectOptions,
  HibernatingObject,
  HibernatingObjectClass,
} from "./src/server.ts";
export type { ServerReservedEventsMap } from "./src/server_events.ts";
export type { Handler } from "./src/engine/http/handler.ts";
export type { ResolvedServerOptions, ServerOptions } from "./src/options.ts";
export type { LimitOptions } from "./src/socket/limits/limits.ts";
export type {
  RateExcess,
  RateLimitAction,
  RateLimitOptions,
  Rates,
  ResolvedRateLimit,
} from "./src/socket/limits/rate_limit.ts";

// Namespaces, sockets, rooms
export { Namespace } from "./src/socket/namespace.ts";
export type { ParentNspNameMatchFn } from "./src/socket/namespaces.ts";
export { ParentNamespace } from "./src/socket/parent_namespace.ts";
export type { ParamName, ParamNames, PathParams } from "./src/socket/path_pattern.ts";
export type { AnyNamespace, NamespaceReservedEventsMap } from "./src/socket/namespace.ts";
export { Socket } from "./src/socket/socket.ts";
export type { AnySocket } from "./src/socket/socket.ts";
export type {
  DisconnectReason,
  Event,
  SocketReservedEventsMap,
} from "./src/socket/socket_events.ts";
export type { Client } from "./src/socket/connection.ts";
export type { Auth, Handshake } from "./src/socket/handshake.ts";
export type { ExtendedError, Middleware, Next } from "./src/socket/middleware.ts";
export { Broadcaster } from "./src/socket/broadcaster.ts";
export { CatchAll } from "./src/socket/catch_all.ts";
export { Sender } from "./src/socket/sender.ts";
export { BroadcastOperator } from "./src/socket/operator.ts";
export type { ElementOf, Recipients } from "./src/socket/operator.ts";
export type { BroadcastAnswer } from "./src/socket/broadcast_acks.ts";
export { RemoteSocket } from "./src/socket/remote_socket.ts";
export type { SocketDetails } from "./src/socket/remote_socket.ts";

// Adapters
export { Adapter } from "./src/socket/adapter.ts";
export { SessionAwareAdapter } from "./src/socket/recovery/session_aware_adapter.ts";
export type { OfficialAdapter } from "./src/socket/official_adapter.ts";
export type { RecoveryOptions, ResolvedRecoveryOptions } from "./src/socket/recovery/recovery.ts";
export type {
  AdapterConstructor,
  AdapterEvents,
  BroadcastFlags,
  BroadcastOptions,
  PrivateSessionId,
  Room,
  Session,
  SocketId,
} from "./src/socket/adapter.ts";

// Parsers
export { Decoder, Encoder, protocol } from "./src/wire/parser.ts";
export type { PacketDecoder, PacketEncoder, Parser } from "./src/wire/parser.ts";
export { isValid as isPacketValid, PacketType, RESERVED_EVENTS } from "./src/wire/socket_packet.ts";
export type { DecoderOptions, Packet, Reviver } from "./src/wire/socket_packet.ts";
export type { Replacer } from "./src/wire/attachments.ts";

// The engine's part
export type {
  Channel,
  ChannelOptions,
  Listener,
  Receiver,
  Relay,
  RelayedRequest,
  RelayReceiver,
  RelayService,
  Service,
} from "./src/engine/channel.ts";
export type { Place } from "./src/listen.ts";
export { localsOf } from "./src/engine/mod.ts";
export type { HeaderRecord, Query } from "./src/engine/handshake.ts";
export type {
  AllowRequest,
  AllowRequestCallback,
  BinaryValue,
  BunWebSocket,
  BunWebSocketHandler,
  CloseDetails,
  CloseReason,
  CompressionOptions,
  ConnectionError,
  CookieOptions,
  CorsOptions,
  CorsOptionsDelegate,
  CustomOrigin,
  DefaultedOption,
  DrainOptions,
  DurableObjectState,
  DurableObjectStorage,
  EditHeaders,
  Engine,
  EngineEvents,
  EngineSocketEvents,
  ErrorCode,
  EventHeaders,
  Locals,
  MessagePart,
  NodeEmitter,
  NodeIncoming,
  NodeServer,
  NodeSocket,
  OriginCheck,
  OriginRule,
  Origins,
  Rate,
  ReadyState,
  RequestMiddleware,
  ResolvedEngineOptions,
  SendCallback,
  SendOptions,
  Server as EngineServer,
  ServerOptions as EngineOptions,
  SlowClientDecision,
  SlowClientPolicy,
  Socket as EngineSocket,
  StaticOrigin,
  Transport as EngineTransport,
  TransportName,
  Trust,
  TrustProxy,
  WorkerdWebSocket,
  WsEngine,
} from "./src/engine/mod.ts";

// Errors and logging
export {
  AckTimeoutError,
  DisconnectedError,
  ProtocolError,
  RateLimitError,
} from "./src/base/errors.ts";
export { enableLog } from "./src/base/log.ts";
export type { LogSink } from "./src/base/log.ts";

// Typed events
export type {
  Acknowledgement,
  AllButLast,
  AnyFunction,
  AnyListener,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventNamesWithError,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  FirstNonErrorTuple,
  FirstOnly,
  HasAcknowledgement,
  HasErrorFirst,
  IsAny,
  LacksAcknowledgement,
  Last,
  MultiplyArray,
  RemoveAcknowledgements,
  ReservedOrUserEventNames,
  ReservedOrUserListener,
  TypedEventBroadcaster,
  Untyped,
  UntypedIfNever,
  WithResponses,
  WithTimeoutError,
} from "./src/base/events.ts";
export { Emitter } from "./src/base/emitter.ts";
export type {
  EventEmitterReservedEventsMap,
  EventName,
  StrictEventEmitter,
} from "./src/base/emitter.ts";
