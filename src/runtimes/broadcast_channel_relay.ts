import { duration } from "../base/checks.ts";
import { randomId } from "../base/ids.ts";
import { log } from "../base/log.ts";
import type { Relay, RelayedRequest, RelayService } from "../engine/channel.ts";
import { RelayEdge } from "./relay_edge.ts";
import { RelayOwner } from "./relay_owner.ts";
import type { RelayEnvelope, RelayParcel } from "./relay_parcel.ts";

/** Options of a {@link BroadcastChannelRelay}. */
export interface BroadcastChannelRelayOptions {
  /**
   * What the names of the channels begin with. Servers of the same name and path are behind the same address.
   *
   * @default "engine.io"
   */
  channelName?: string;
  /**
   * How many milliseconds the server that has a session may take to begin an answer, before the session counts as lost.
   *
   * @default 5_000
   */
  responseTimeout?: number;
}

/** What a server tells all others. */
interface Notice {
  readonly kind: "hello" | "here" | "bye";
  readonly node: string;
}

/** How many characters of a session's id are those of its server. */
const NODE_LENGTH = 8;
// How long a server that has just begun waits to hear of the others, in milliseconds.
const INTRODUCTION = 1_000;

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
  #prefix = "";
  #begun = 0;
  #serve: RelayService | undefined;
  /** Where all hear of each other. */
  #lobby: BroadcastChannel | undefined;
  /** Where others send to this server. */
  #inbox: BroadcastChannel | undefined;
  /** Where the others are sent to. */
  readonly #others = new Map<string, BroadcastChannel>();
  /** What has been handed to others, by its number. */
  readonly #edges = new Map<number, { readonly node: string; readonly edge: RelayEdge }>();
  /** What others have handed over, by who and its number. */
  readonly #owners = new Map<string, { readonly node: string; readonly owner: RelayOwner }>();
  #waiting: (() => void)[] = [];
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
    this.#prefix = `${this.#name}${path}#`;
    this.#begun = Date.now();
    this.#serve = serve;
    this.#inbox = open(this.#prefix + this.#node, (data) => this.#receive(data as RelayEnvelope));
    this.#lobby = open(this.#prefix, (data) => this.#hear(data as Notice));
    this.#tell("hello");
    return this.#node;
  }

  /** Tells whether another server has a session, by its id; the engine calls it. */
  async knows(sid: string): Promise<boolean> {
    const node = sid.slice(0, NODE_LENGTH);
    return node !== this.#node && await this.#meets(node);
  }

  /** Hands a request over; the engine calls it. */
  async hand(request: RelayedRequest): Promise<Response | undefined> {
    const node = request.sid.slice(0, NODE_LENGTH);
    if (!this.#others.has(node)) return undefined;
    const id = this.#count++;
    const edge = new RelayEdge(
      request,
      (parcel) => this.#send(node, { edge: this.#node, id, parcel }),
      () => this.#edges.delete(id),
    );
    this.#edges.set(id, { node, edge });
    const timer = setTimeout(() => edge.abandon(), this.#responseTimeout);
    try {
      return await edge.answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Leaves the others; the engine calls it. */
  close(): void {
    if (this.#node === "") return;
    this.#tell("bye");
    for (const node of [...this.#others.keys()]) this.#forget(node);
    this.#lobby?.close();
    this.#inbox?.close();
    this.#node = "";
  }

  #tell(kind: Notice["kind"]): void {
    const notice: Notice = { kind, node: this.#node };
    this.#lobby?.postMessage(notice);
  }

  #hear({ kind, node }: Notice): void {
    if (kind === "bye") return this.#forget(node);
    if (kind === "hello") this.#tell("here");
    if (this.#others.has(node)) return;
    log("engine:relay", "server %s is there", node);
    this.#others.set(node, open(this.#prefix + node));
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #forget(node: string): void {
    log("engine:relay", "server %s is gone", node);
    this.#others.get(node)?.close();
    this.#others.delete(node);
    for (const it of [...this.#edges.values()]) if (it.node === node) it.edge.abandon();
    for (const it of [...this.#owners.values()]) if (it.node === node) it.owner.abandon();
  }

  /** Whether a server is there; one that has just begun gives the others time to say so. */
  async #meets(node: string): Promise<boolean> {
    const end = this.#begun + INTRODUCTION;
    while (!this.#others.has(node)) {
      const left = end - Date.now();
      if (left <= 0) return false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
    return true;
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
      (parcel) => this.#send(node, { edge: node, id, parcel }),
      () => this.#owners.delete(key),
    );
    this.#owners.set(key, { node, owner });
    try {
      await owner.serve(parcel, this.#serve!);
    } catch (error) {
      log("engine:relay", "a request that was handed over failed: %s", error);
      owner.abandon();
    }
  }

  #send(node: string, envelope: RelayEnvelope): void {
    this.#others.get(node)?.postMessage(envelope);
  }
}

function open(name: string, receive?: (data: unknown) => void): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  if (receive !== undefined) channel.onmessage = ({ data }) => receive(data);
  // A server that listens keeps its process alive by itself.
  (channel as { unref?: () => void }).unref?.();
  return channel;
}
