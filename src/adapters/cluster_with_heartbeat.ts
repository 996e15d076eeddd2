import { duration, positive } from "../base/checks.ts";
import type { AnyNamespace } from "../socket/adapter.ts";
import { ClusterAdapter } from "./cluster.ts";
import {
  type ClusterMessage,
  type ClusterMessageBody,
  MessageType,
  type Offset,
  readMessage,
  type ServerId,
} from "./cluster_message.ts";

/** Options of a {@link ClusterAdapterWithHeartbeat}. Times are in milliseconds. */
export interface ClusterAdapterOptions {
  /**
   * How long a server may be silent before it says that it is there.
   *
   * @default 5_000
   */
  heartbeatInterval?: number;
  /**
   * How long a server may be silent before the others count it out.
   *
   * @default 10_000
   */
  heartbeatTimeout?: number;
}

const EMITTER = "emitter";
const SWEEP_INTERVAL = 1_000;

/** A {@link ClusterAdapter} whose servers know each other, by messages that say that they are there. */
export abstract class ClusterAdapterWithHeartbeat extends ClusterAdapter {
  readonly #interval: number;
  readonly #timeout: number;
  /** When each of the other servers was heard last. */
  readonly #heard = new Map<ServerId, number>();
  #beat: ReturnType<typeof setTimeout> | undefined;
  #sweep: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  /**
   * Made for each namespace.
   *
   * @param nsp the namespace that it serves
   * @param options when servers are heard and counted out
   * @throws {RangeError} if a time is not above 0, or the interval is more than a timer can wait
   */
  constructor(nsp: AnyNamespace, options: ClusterAdapterOptions = {}) {
    super(nsp);
    this.#interval = duration("heartbeatInterval", options.heartbeatInterval ?? 5_000);
    this.#timeout = positive("heartbeatTimeout", options.heartbeatTimeout ?? 10_000);
  }

  /** Tells the others that this server is there. */
  override init(): void | Promise<void> {
    this.publish({ type: MessageType.INITIAL_HEARTBEAT });
    this.#sweep = setInterval(() => this.#removeSilent(), SWEEP_INTERVAL);
  }

  /** Tells the others that this server leaves. */
  override close(): void | Promise<void> {
    this.publish({ type: MessageType.ADAPTER_CLOSE });
    this.#closed = true;
    clearTimeout(this.#beat);
    clearInterval(this.#sweep);
    return super.close();
  }

  /** How many servers there are. */
  override serverCount(): Promise<number> {
    return Promise.resolve(1 + this.#heard.size);
  }

  /** The servers that are there. */
  protected override expected(): Promise<ReadonlySet<ServerId>> {
    return Promise.resolve(new Set(this.#heard.keys()));
  }

  /** Takes a message from the bus, and notes that its sender is there. */
  protected override onMessage(message: ClusterMessage, offset?: Offset): void {
    const read = readMessage(message);
    if (read === undefined || read.uid === this.uid || read.nsp !== this.nsp.name) return;
    if (read.uid !== EMITTER && !this.#closed) this.#heard.set(read.uid, Date.now());
    switch (read.type) {
      case MessageType.INITIAL_HEARTBEAT:
        return this.publish({ type: MessageType.HEARTBEAT });
      case MessageType.HEARTBEAT:
        return;
      case MessageType.ADAPTER_CLOSE:
        return this.#remove(read.uid);
      default:
        super.onMessage(message, offset);
    }
  }

  /** Sends a message; the next heartbeat is due after it. */
  protected override publishAndReturnOffset(message: ClusterMessageBody): Promise<Offset> {
    this.#scheduleHeartbeat();
    return super.publishAndReturnOffset(message);
  }

  #scheduleHeartbeat(): void {
    clearTimeout(this.#beat);
    if (this.#closed) return;
    this.#beat = setTimeout(() => this.publish({ type: MessageType.HEARTBEAT }), this.#interval);
  }

  #removeSilent(): void {
    const oldest = Date.now() - this.#timeout;
    for (const [server, heard] of this.#heard) if (heard < oldest) this.#remove(server);
  }

  #remove(server: ServerId): void {
    this.#heard.delete(server);
    this.forget(server);
  }
}
