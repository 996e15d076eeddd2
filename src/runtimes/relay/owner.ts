import type {
  Channel,
  Listener,
  Peer,
  Receiver,
  RelayService,
  Runtime,
} from "../../engine/channel.ts";
import { type RelayParcel, sizeOf } from "./parcel.ts";

const INTERNAL_ERROR = 1011;

/** The part of a request that has been handed over which is with the session: to its engine, it is the runtime. */
export class RelayOwner implements Runtime, Channel {
  readonly checksLength = true;
  readonly noticesLoss = true;
  readonly #post: (parcel: RelayParcel) => void;
  readonly #ended: () => void;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #receiver: Receiver | undefined;
  #abandoned = false;
  #given = 0;
  #sent = 0;

  /**
   * @param post sends to the server that the client has reached
   * @param ended called when there is nothing more to come
   */
  constructor(post: (parcel: RelayParcel) => void, ended: () => void) {
    this.#post = post;
    this.#ended = ended;
  }

  /** Has a request answered. */
  async serve(parcel: RelayParcel & { kind: "request" }, service: RelayService): Promise<void> {
    const { method, url, headers, body } = parcel;
    const request = new Request(url, {
      method,
      headers: headers.map(([...it]) => it),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    });
    const response = await service(request, this);
    if (this.#abandoned) return void await response.body?.cancel();
    // What follows goes by the WebSocket.
    if (this.#receiver !== undefined) return;
    this.#post({ kind: "head", status: response.status, headers: [...response.headers] });
    await this.#sendBody(response.body);
    this.#post({ kind: "end" });
    this.#ended();
  }

  /** Takes what the other server says. */
  take(parcel: RelayParcel): void {
    switch (parcel.kind) {
      case "cancel":
        return this.abandon();
      case "open":
        return this.#receiver?.open(this);
      case "frame":
        return this.#receiver?.message(parcel.data);
      case "sent":
        this.#sent = parcel.bytes;
        return;
      case "close":
        return this.#lose(parcel.code ?? 1005, parcel.reason);
    }
  }

  /** Gives up, and tells the other server: there will be no answer. */
  fail(): void {
    this.#post({ kind: "close", code: INTERNAL_ERROR, reason: "" });
    this.abandon();
  }

  /** Gives up: the client is gone, or the other server with it. */
  abandon(): void {
    this.#abandoned = true;
    this.#reader?.cancel().catch(() => {});
    this.#lose(1006, "");
  }

  // As the runtime of the request.

  peer(): Peer {
    return { address: "" };
  }

  hold(): void {
    this.#post({ kind: "hold" });
  }

  upgrade(
    _request: Request,
    _context: unknown,
    receiver: Receiver,
    headers = new Headers(),
  ): Response | undefined {
    if (this.#abandoned) return undefined;
    this.#receiver = receiver;
    this.#post({ kind: "accept", headers: [...headers] });
    // A status of 101 is not for users to make.
    return new Response(null);
  }

  listen(): Listener {
    throw new TypeError("There are no ports behind a relay");
  }

  // As the WebSocket.

  get buffered(): number {
    return this.#given - this.#sent;
  }

  send(data: string | Uint8Array, compress: boolean): void {
    this.#given += sizeOf(data);
    this.#post({ kind: "frame", data, compress });
  }

  close(code?: number, reason = ""): void {
    this.#post({ kind: "close", code, reason });
    this.#lose(code ?? 1005, reason);
  }

  async #sendBody(body: ReadableStream<Uint8Array> | null): Promise<void> {
    if (body === null) return;
    const reader = this.#reader = body.getReader();
    for (let it = await reader.read(); !it.done; it = await reader.read()) {
      this.#post({ kind: "chunk", data: it.value });
    }
  }

  #lose(code: number, reason: string): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#ended();
    receiver?.close(code, reason);
  }
}
