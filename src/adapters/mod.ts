/**
 * What adapters are made of: the one in memory, and the base of those that join several servers.
 *
 * @example
 * ```ts
 * import { type AnyNamespace, Server } from "@fetchio/server";
 * import {
 *   ClusterAdapterWithHeartbeat,
 *   type ClusterMessage,
 *   type ClusterResponse,
 * } from "@fetchio/server/adapter";
 *
 * class ChannelAdapter extends ClusterAdapterWithHeartbeat {
 *   readonly #channel: BroadcastChannel;
 *
 *   constructor(nsp: AnyNamespace) {
 *     super(nsp);
 *     this.#channel = new BroadcastChannel("socket.io");
 *     this.#channel.onmessage = ({ data }) => this.onMessage(data);
 *   }
 *
 *   protected override doPublish(message: ClusterMessage): Promise<string> {
 *     this.#channel.postMessage(message);
 *     return Promise.resolve("");
 *   }
 *
 *   protected override doPublishResponse(_to: string, response: ClusterResponse): Promise<void> {
 *     this.#channel.postMessage(response);
 *     return Promise.resolve();
 *   }
 *
 *   override async close(): Promise<void> {
 *     await super.close();
 *     this.#channel.close();
 *   }
 * }
 *
 * const io = new Server({ adapter: ChannelAdapter });
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
