import type { AnyNamespace } from "../socket/adapter.ts";
import type { ClusterMessage, ClusterResponse, Offset, ServerId } from "./cluster_message.ts";
import {
  type ClusterAdapterOptions,
  ClusterAdapterWithHeartbeat,
} from "./cluster_with_heartbeat.ts";
import { type Contents, pack, unpack } from "./contents.ts";

/** Options of a {@link BroadcastChannelAdapter}. Times are in milliseconds. */
export interface BroadcastChannelAdapterOptions extends ClusterAdapterOptions {
  /**
   * The name of the channel. Servers of the same name are one cluster.
   *
   * @default "socket.io"
   */
  channelName?: string;
}

/** What goes over the channel. As JSON, so that other servers get of an object what clients of this one get. */
interface Parcel extends Contents {
  /** The server it is for; all others without it. */
  readonly to: ServerId | undefined;
}

/**
 * Joins the servers in the workers of one process: `deno serve --parallel`, or workers of one's own. There is no other
 * process on the channel.
 *
 * Clients stay with the worker that they have a WebSocket to; HTTP long-polling needs each request to reach the worker
 * that has the session.
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 * import { BroadcastChannelAdapter } from "@fetchio/server/adapter";
 *
 * const io = new Server({ adapter: BroadcastChannelAdapter, transports: ["websocket"] });
 * await io.close();
 * ```
 */
export class BroadcastChannelAdapter extends ClusterAdapterWithHeartbeat {
  readonly #name: string;
  #channel: BroadcastChannel | undefined;

  /**
   * Made for each namespace.
   *
   * @param nsp the namespace that it serves
   * @param options which channel, and when servers are heard and counted out
   * @throws {RangeError} if a time is not above 0
   */
  constructor(nsp: AnyNamespace, options: BroadcastChannelAdapterOptions = {}) {
    super(nsp, options);
    this.#name = `${options.channelName ?? "socket.io"}#${nsp.name}`;
  }

  /** Opens the channel. */
  override init(): void | Promise<void> {
    const channel = this.#channel = new BroadcastChannel(this.#name);
    channel.onmessage = ({ data }) => this.#receive(data);
    return super.init();
  }

  /** Tells the others that this server leaves, and closes the channel. */
  override async close(): Promise<void> {
    await super.close();
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** Sends a message to the other servers; there is no log. */
  protected override doPublish(message: ClusterMessage): Promise<Offset> {
    this.#post(message, undefined);
    return Promise.resolve("");
  }

  /** Sends an answer to the server that has asked. */
  protected override doPublishResponse(
    requesterUid: ServerId,
    response: ClusterResponse,
  ): Promise<void> {
    this.#post(response, requesterUid);
    return Promise.resolve();
  }

  #post(message: ClusterMessage | ClusterResponse, to: ServerId | undefined): void {
    const parcel: Parcel = { to, ...pack(message) };
    this.#channel?.postMessage(parcel);
  }

  #receive(parcel: Parcel): void {
    const { to } = parcel;
    if (to !== undefined && to !== this.uid) return;
    this.onMessage(unpack(parcel) as ClusterMessage);
  }
}
