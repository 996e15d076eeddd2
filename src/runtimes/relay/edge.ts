import type { Channel, RelayedRequest, RelayReceiver } from "../../engine/channel.ts";
import { type RelayParcel, sizeOf } from "./parcel.ts";

// How often the other side hears how much is unsent: by size, or at the latest after a time in milliseconds.
const REPORT_BYTES = 16 * 1024;
const REPORT_TIME = 100;
/** The close code that says that the other end is no more. */
const GOING_AWAY = 1001;

/** The part of a request that has been handed over which is with the client. */
export class RelayEdge {
  readonly #request: RelayedRequest;
  readonly #post: (parcel: RelayParcel) => void;
  readonly #ended: () => void;
  #resolve!: (answer: Response | undefined | Promise<never>) => void;
  /** The answer; `undefined` if it was given up before. */
  readonly answer: Promise<Response | undefined> = new Promise((resolve) => {
    this.#resolve = resolve;
  });
  #body: ReadableStreamDefaultController<Uint8Array> | undefined;
  #channel: Channel | undefined;
  /** How many bytes came for the WebSocket, and how many of them the other side believes sent. */
  #received = 0;
  #reported = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #held = false;
  #over = false;

  /**
   * @param post sends to the server that has the session
   * @param ended called when there is nothing more to come
   */
  constructor(request: RelayedRequest, post: (parcel: RelayParcel) => void, ended: () => void) {
    this.#request = request;
    this.#post = post;
    this.#ended = ended;
    const { method, url, headers, body } = request;
    post({ kind: "request", method, url, headers, body });
  }

  /** Takes what the other server says. */
  take(parcel: RelayParcel): void {
    switch (parcel.kind) {
      case "hold":
        this.#held = true;
        return;
      case "head":
        return this.#begin(parcel.status, parcel.headers);
      case "chunk":
        return this.#body?.enqueue(parcel.data);
      case "end":
        this.#body?.close();
        return this.#end();
      case "accept":
        return void this.#upgrade(parcel.headers);
      case "frame":
        this.#channel?.send(parcel.data as string, parcel.compress, false);
        return this.#count(sizeOf(parcel.data));
      case "close":
        return this.#break(parcel.code, parcel.reason);
    }
  }

  /** Gives up if the other server takes too long, and has not said that it will. */
  expire(): void {
    if (this.#held) return;
    this.#post({ kind: "cancel" });
    this.abandon();
  }

  /** Gives up: the other server is gone. */
  abandon(): void {
    this.#break(GOING_AWAY, undefined);
  }

  #break(code: number | undefined, reason: string | undefined): void {
    this.#body?.error(new Error("The server that has the session is gone"));
    // The runtime may tell of the close from within the call.
    this.#channel?.close(code, reason);
    this.#end();
  }

  #begin(status: number, headers: readonly (readonly [string, string])[]): void {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#body = controller;
      },
      cancel: () => {
        this.#post({ kind: "cancel" });
        this.#body = undefined;
        this.#end();
      },
    });
    this.#resolve(new Response(body, { status, headers: headers.map(([...it]) => it) }));
  }

  async #upgrade(headers: readonly (readonly [string, string])[]): Promise<void> {
    const upgrade = this.#request.upgrade!;
    try {
      const response = await upgrade(this.#receiver, new Headers(headers.map(([...it]) => it)));
      this.#resolve(response);
      if (response !== undefined) return;
    } catch (error) {
      this.#resolve(Promise.reject(error));
    }
    this.#closed(1006, "");
  }

  get #receiver(): RelayReceiver {
    return {
      open: (channel) => {
        // Given up while the client was on its way.
        if (this.#over) return channel.close(GOING_AWAY);
        this.#channel = channel;
        this.#post({ kind: "open" });
      },
      message: (data) => this.#post({ kind: "frame", data, compress: false }),
      close: (code, reason) => this.#closed(code, reason),
    };
  }

  #closed(code: number, reason: string): void {
    this.#post({ kind: "close", code, reason });
    this.#end();
  }

  #count(bytes: number): void {
    this.#received += bytes;
    if (this.#received - this.#reported >= REPORT_BYTES) this.#report();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#report();
      // Until all is sent.
      if (this.#reported < this.#received) this.#count(0);
    }, REPORT_TIME);
  }

  #report(): void {
    const bytes = this.#received - (this.#channel?.buffered ?? 0);
    if (bytes <= this.#reported) return;
    this.#reported = bytes;
    this.#post({ kind: "sent", bytes });
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#channel = undefined;
    this.#resolve(undefined);
    this.#ended();
  }
}
