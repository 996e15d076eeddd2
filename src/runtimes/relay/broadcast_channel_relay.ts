import { duration } from "../../base/checks.ts";
import { randomId } from "../../base/ids.ts";
import { log } from "../../base/log.ts";
import type { Relay, RelayedRequest, RelayService } from "../../engine/channel.ts";
import { RelayEdge } from "./edge.ts";
import { RelayLobby } from "./lobby.ts";
import { RelayOwner } from "./owner.ts";
import type { RelayEnvelope, RelayParcel } from "./parcel.ts";

/** Options of a {@link BroadcastChannelRelay}. */
export interface BroadcastChannelRelayOptions {
  /**
   * What the names of the channels begin with. Servers of the same name and path are behind the same address.
   *
   * @default "engine.io"
   */
  channelName?: string;
  /**
   * How many milliseconds the server that has a session may take to begin an answer, or to say that it will come
   * later, before the session counts as lost.
   *
   * @default 5_000
   */
  responseTimeout?: number;
}

/** How many characters of a session's id are those of its server. */
const NODE_LENGTH = 8;

/**
 * Lets each worker of a process receive any request, whichever worker has the session: HTTP long-polling and upgrades
 * work under `deno serve --parallel` and with workers of one's own, without sticky sessions. A request that reaches
 * another worker is handed to the one that has the session; a WebSocket that is opened there stays, and its frames are
 * handed on.
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 * import { BroadcastChannelAdapter, BroadcastChannelRelay } from "@fetchio/server/adapter";
 *
 * const io = new Server({ adapter: BroadcastChannelAdapter, relay: new BroadcastChannelRelay() });
 * await io.close();
 * ```
 */
export class BroadcastChannelRelay implements Relay {
  readonly #name: string;
  readonly #responseTimeout: number;
  #node = "";
  #serve: RelayService | undefined;
  #lobby: RelayLobby | undefined;
  /** What has been handed to others, by its number. */
  readonly #edges = new Map<number, { readonly node: string; readonly edge: RelayEdge }>();
  /** What others have handed over, by who and its number. */
  readonly #owners = new Map<string, { readonly node: string; readonly owner: RelayOwner }>();
  #count = 0;

  /**
   * Starts nothing: the channels are opened with the first request.
   *
   * @param options which channels, and how long to wait
   * @throws {RangeError} if the time is not above 0, or more than a timer can wait
   */
  constructor(options: BroadcastChannelRelayOptions = {}) {
    this.#name = options.channelName ?? "engine.io";
    this.#responseTimeout = duration("responseTimeout", options.responseTimeout ?? 5_000);
  }

  /** Begins; the engine calls it. */
  join(path: string, serve: RelayService): string {
    if (this.#node !== "") return this.#node;
    this.#node = randomId().slice(0, NODE_LENGTH);
    this.#serve = serve;
    this.#lobby = new RelayLobby(`${this.#name}${path}#`, this.#node, {
      receive: (envelope) => this.#receive(envelope),
      gone: (node) => this.#abandon(node),
    });
    return this.#node;
  }

  /** Tells whether another server has a session, by its id; the engine calls it. */
  async knows(sid: string): Promise<boolean> {
    const node = sid.slice(0, NODE_LENGTH);
    return node !== this.#node && await this.#lobby?.meets(node) === true;
  }

  /** Hands a request over; the engine calls it. */
  async hand(request: RelayedRequest): Promise<Response | undefined> {
    const node = request.sid.slice(0, NODE_LENGTH);
    if (this.#lobby?.has(node) !== true) return undefined;
    const id = this.#count++;
    const edge = new RelayEdge(
      request,
      (parcel) => this.#lobby?.send(node, { edge: this.#node, id, parcel }),
      () => this.#edges.delete(id),
    );
    this.#edges.set(id, { node, edge });
    const timer = setTimeout(() => edge.expire(), this.#responseTimeout);
    try {
      return await edge.answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Leaves the others; the engine calls it. */
  close(): void {
    this.#lobby?.close();
    this.#lobby = undefined;
    this.#node = "";
  }

  #abandon(node: string): void {
    for (const it of [...this.#edges.values()]) if (it.node === node) it.edge.abandon();
    for (const it of [...this.#owners.values()]) if (it.node === node) it.owner.abandon();
  }

  #receive({ edge, id, parcel }: RelayEnvelope): void {
    if (edge === this.#node) return this.#edges.get(id)?.edge.take(parcel);
    const key = `${edge}${id}`;
    if (parcel.kind === "request") void this.#take(edge, id, key, parcel);
    else this.#owners.get(key)?.owner.take(parcel);
  }

  async #take(
    node: string,
    id: number,
    key: string,
    parcel: RelayParcel & { kind: "request" },
  ): Promise<void> {
    const owner = new RelayOwner(
      (parcel) => this.#lobby?.send(node, { edge: node, id, parcel }),
      () => this.#owners.delete(key),
    );
    this.#owners.set(key, { node, owner });
    try {
      await owner.serve(parcel, this.#serve!);
    } catch (error) {
      log("engine:relay", "a request that was handed over failed: %s", error);
      owner.fail();
    }
  }
}
