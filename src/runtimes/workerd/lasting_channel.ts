import type { Channel, Receiver } from "../../engine/channel.ts";
import { closeWith, sendTo } from "./socket.ts";
import type { DurableObjectState, WorkerdWebSocket } from "./types.ts";

/** What the keys of states begin with that are too long for an attachment. */
export const STATE_KEY = "socket.io:state:";
/** How long such a state waits for the next one, in milliseconds: writing costs money, and clients can cause it. */
const STORE_DELAY = 1000;

interface Attachment {
  /** When the client was heard of last, as far as the object has noted. */
  readonly heardAt: number;
  /** What the session needs to go on; none if there is nothing yet, or in the object's storage. */
  readonly state?: unknown;
}

/** A WebSocket that outlives its Durable Object in memory. */
export class LastingChannel implements Channel {
  readonly #ctx: DurableObjectState;
  readonly #key: string;
  readonly #report: (error: unknown) => void;
  #socket: WorkerdWebSocket;
  #heardAt: number;
  /** Whether its state is in the storage. */
  #isStored: boolean;
  /** What waits to be stored. */
  #waiting: unknown;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Who receives what comes in, once it is known. */
  receiver: Receiver | undefined;

  /**
   * @param id of its own, within its object
   * @param isStored whether its state is in the storage
   * @param report told of what the storage fails at
   */
  constructor(
    ctx: DurableObjectState,
    socket: WorkerdWebSocket,
    id: string,
    isStored: boolean,
    report: (error: unknown) => void,
  ) {
    this.#ctx = ctx;
    this.#socket = socket;
    this.#key = STATE_KEY + id;
    this.#isStored = isStored;
    this.#report = report;
    const { heardAt } = this.#attachment;
    this.#heardAt = heardAt ?? Date.now();
    if (heardAt === undefined) this.#attach({ heardAt: this.#heardAt });
  }

  /** What was kept, unless it is in the storage. */
  get state(): unknown {
    return this.#attachment.state;
  }

  get buffered(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    sendTo(this.#socket, data);
  }

  close(code?: number, reason?: string): void {
    closeWith(this.#socket, code, reason);
  }

  keep(state: unknown): void {
    const heardAt = this.#heardAt;
    try {
      this.#attach({ heardAt, state });
      this.#forget();
    } catch (error) {
      if (error instanceof DOMException && error.name === "DataCloneError") throw error;
      this.#waiting = state;
      // The object is not put away while a timer runs.
      this.#timer ??= setTimeout(() => this.#store(), STORE_DELAY);
    }
  }

  /** A frame came in. */
  message(socket: WorkerdWebSocket, data: string | ArrayBuffer): void {
    this.#socket = socket;
    this.#heardAt = Date.now();
    // The answer to a heartbeat: nothing else may be heard of the client until the next one.
    if (data === "3") this.#attach({ ...this.#attachment, heardAt: this.#heardAt });
    this.receiver?.message(typeof data === "string" ? data : new Uint8Array(data));
  }

  /** It is gone. */
  closed(socket: WorkerdWebSocket, code: number, reason: string): void {
    closeWith(socket, code, reason);
    this.#forget();
    this.receiver?.close(code, reason);
  }

  /** A heartbeat is due. */
  beat(socket: WorkerdWebSocket, lastBeat: number): void {
    this.#socket = socket;
    const answeredAt = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    const heardAt = Math.max(this.#heardAt, answeredAt);
    this.receiver?.beat?.(heardAt, lastBeat);
  }

  get #attachment(): Partial<Attachment> {
    return this.#socket.deserializeAttachment() as Attachment | null ?? {};
  }

  #attach(attachment: Attachment): void {
    this.#socket.serializeAttachment(attachment);
  }

  #store(): void {
    this.#timer = undefined;
    this.#isStored = true;
    this.#ctx.storage.put(this.#key, this.#waiting).catch(this.#report);
    this.#waiting = undefined;
    this.#attach({ heardAt: this.#heardAt });
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#waiting = undefined;
    if (!this.#isStored) return;
    this.#isStored = false;
    this.#ctx.storage.delete(this.#key).catch(this.#report);
  }
}
