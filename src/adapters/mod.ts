/**
 * What joins several servers: a ready adapter for the workers of one process, and what other adapters are made of.
 *
 * @example Workers of one process, as `deno serve --parallel` starts them
 * ```ts
 * import { Server } from "@fetchio/server";
 * import { BroadcastChannelAdapter, BroadcastChannelRelay } from "@fetchio/server/adapter";
 *
 * const io = new Server({ adapter: BroadcastChannelAdapter, relay: new BroadcastChannelRelay() });
 * await io.close();
 * ```
 *
 * @example A bus of one's own
 * ```ts
 * import { type AnyNamespace, Server } from "@fetchio/server";
 * import {
 *   ClusterAdapterWithHeartbeat,
 *   type ClusterMessage,
 *   type ClusterResponse,
 * } from "@fetchio/server/adapter";
 *
 * const bus = new EventTarget();
 *
 * class BusAdapter extends ClusterAdapterWithHeartbeat {
 *   readonly #hear = (event: Event) => this.onMessage((event as CustomEvent).detail);
 *
 *   constructor(nsp: AnyNamespace) {
 *     super(nsp);
 *     bus.addEventListener("message", this.#hear);
 *   }
 *
 *   protected override doPublish(message: ClusterMessage): Promise<string> {
 *     bus.dispatchEvent(new CustomEvent("message", { detail: message }));
 *     return Promise.resolve("");
 *   }
 *
 *   protected override doPublishResponse(_to: string, response: ClusterResponse): Promise<void> {
 *     bus.dispatchEvent(new CustomEvent("message", { detail: response }));
 *     return Promise.resolve();
 *   }
 *
 *   override async close(): Promise<void> {
 *     await super.close();
 *     bus.removeEventListener("message", this.#hear);
 *   }
 * }
 *
 * const io = new Server({ adapter: BusAdapter });
 * await io.close();
 * ```
 *
 * @module
 */
export { Adapter, SessionAwareAdapter } from "../../mod.ts";
export type {
  AdapterConstructor,
  AdapterEvents,
  AnyNamespace,
  BroadcastFlags,
  BroadcastOptions,
  OfficialAdapter,
  PrivateSessionId,
  Room,
  Session,
  SocketDetails,
  SocketId,
} from "../../mod.ts";
export { BroadcastChannelAdapter } from "./broadcast_channel.ts";
export type { BroadcastChannelAdapterOptions } from "./broadcast_channel.ts";
export { BroadcastChannelRelay } from "../runtimes/relay/broadcast_channel_relay.ts";
export type { BroadcastChannelRelayOptions } from "../runtimes/relay/broadcast_channel_relay.ts";
export { ClusterAdapter } from "./cluster.ts";
export { ClusterAdapterWithHeartbeat } from "./cluster_with_heartbeat.ts";
export type { ClusterAdapterOptions } from "./cluster_with_heartbeat.ts";
export { MessageType } from "./cluster_message.ts";
export type {
  ClusterMessage,
  ClusterMessageBody,
  ClusterResponse,
  ClusterResponseBody,
  EncodedOptions,
  Envelope,
  Offset,
  ServerId,
} from "./cluster_message.ts";
export type { Expected } from "./requests.ts";
