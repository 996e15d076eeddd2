import { log } from "../../base/log.ts";
import type { RelayEnvelope } from "./parcel.ts";

/** What a server tells all others. */
interface Notice {
  readonly kind: "hello" | "here" | "bye";
  readonly node: string;
}

// How long a server that has just begun waits to hear of the others, in milliseconds.
const INTRODUCTION = 1_000;

/** What hears of the other servers. */
export interface RelayLobbyHost {
  /** Another server has sent something. */
  receive(envelope: RelayEnvelope): void;
  /** Another server is gone. */
  gone(node: string): void;
}

/** Where servers in several workers hear of each other, and the way from one to another. */
export class RelayLobby {
  readonly #prefix: string;
  readonly #node: string;
  readonly #host: RelayLobbyHost;
  readonly #begun = Date.now();
  /** Where all hear of each other. */
  readonly #hall: BroadcastChannel;
  /** Where others send to this server. */
  readonly #inbox: BroadcastChannel;
  /** Where the others are sent to. */
  readonly #others = new Map<string, BroadcastChannel>();
  readonly #waiting = new Set<() => void>();

  /**
   * Opens the channels, and says hello.
   *
   * @param prefix what the names of the channels begin with
   * @param node the name of this server
   */
  constructor(prefix: string, node: string, host: RelayLobbyHost) {
    this.#prefix = prefix;
    this.#node = node;
    this.#host = host;
    this.#inbox = open(prefix + node, (data) => host.receive(data as RelayEnvelope));
    this.#hall = open(prefix, (data) => this.#hear(data as Notice));
    this.#tell("hello");
  }

  /** Whether a server is there. */
  has(node: string): boolean {
    return this.#others.has(node);
  }

  /** The same, but in the time after the beginning the others are given time to say so. */
  async meets(node: string): Promise<boolean> {
    const end = this.#begun + INTRODUCTION;
    for (let left = end - Date.now(); left > 0 && !this.has(node); left = end - Date.now()) {
      await this.#news(left);
    }
    return this.has(node);
  }

  /** Sends something to a server that is there. */
  send(node: string, envelope: RelayEnvelope): void {
    this.#others.get(node)?.postMessage(envelope);
  }

  /** Says goodbye, and closes the channels. */
  close(): void {
    this.#tell("bye");
    for (const node of [...this.#others.keys()]) this.#forget(node);
    this.#hall.close();
    this.#inbox.close();
  }

  #tell(kind: Notice["kind"]): void {
    const notice: Notice = { kind, node: this.#node };
    this.#hall.postMessage(notice);
  }

  #hear({ kind, node }: Notice): void {
    if (kind === "bye") return this.#forget(node);
    if (kind === "hello") this.#tell("here");
    if (this.has(node)) return;
    log("engine:relay", "server %s is there", node);
    this.#others.set(node, open(this.#prefix + node));
    for (const resolve of this.#waiting) resolve();
  }

  #forget(node: string): void {
    log("engine:relay", "server %s is gone", node);
    this.#others.get(node)?.close();
    this.#others.delete(node);
    this.#host.gone(node);
  }

  /** Waits until another server is there, or a time is over. */
  async #news(limit: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let done: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      this.#waiting.add(done = resolve);
      timer = setTimeout(resolve, limit);
    });
    clearTimeout(timer);
    this.#waiting.delete(done!);
  }
}

function open(name: string, receive?: (data: unknown) => void): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  if (receive !== undefined) channel.onmessage = ({ data }) => receive(data);
  // A server that listens keeps its process alive by itself.
  (channel as { unref?: () => void }).unref?.();
  return channel;
}
