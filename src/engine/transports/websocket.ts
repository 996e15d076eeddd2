import type { ProtocolError } from "../../base/errors.ts";
import type { Packet } from "../../wire/engine_packet.ts";
import type { Frame } from "../../wire/frame.ts";
import { utf8Length } from "../../wire/utf8.ts";
import type { Channel, Receiver } from "../channel.ts";
import type { ClosingSockets } from "../guards/closing_sockets.ts";
import type { Dialect } from "../dialect.ts";
import type { ResolvedEngineOptions } from "../options.ts";
import type { Transport, TransportConsumer } from "../transport.ts";

// Above this, the network is what a client waits for, and one more message would only wait with the others.
const CONGESTED = 64 * 1024;
// Above this, frames wait in the session: there, all receivers share them, and they are gone as soon as the session is.
// What a runtime has accepted is a copy for each, and Deno keeps it as long as the client does not read.
const HIGH_WATER = 256 * 1024;
/** Stands for what is unsent while the runtime gets no more; a small integer for every engine. */
const STALLED = 2 ** 30;
const TOO_BIG = 1009;
const MESSAGE = 52; // "4"
/** How many bytes of UTF-8 one UTF-16 unit makes, at the most. */
const BYTES_PER_UNIT = 3;

/** What WebSockets need of their engine. */
export class WebSocketHost {
  /** The engine's options. */
  readonly options: ResolvedEngineOptions;
  /** Those that are closed, and not gone yet. */
  readonly closing: ClosingSockets;
  /** How much may be unsent before frames wait in the session, in bytes. */
  readonly highWater: number;

  constructor(options: ResolvedEngineOptions, closing: ClosingSockets) {
    this.options = options;
    this.closing = closing;
    this.highWater = Math.min(HIGH_WATER, options.maxBufferedAmount);
  }
}

/** The transport over a WebSocket: one packet per frame. */
export class WebSocketTransport implements Transport, Receiver {
  // What each frame needs comes first, as in a session.
  consumer!: TransportConsumer;
  readonly #host: WebSocketHost;
  readonly #dialect: Dialect;
  #channel: Channel | undefined;
  /** What can be unsent at the most, in bytes: the runtime is asked only when that may be too much. */
  #unsent = 0;

  readonly name = "websocket";
  readonly #address: string;
  /** Forgotten when it has been called: it knows the request, which is large. */
  #opened: ((transport: WebSocketTransport) => void) | undefined;

  /**
   * @param dialect how the client reads and writes
   * @param address whose it is
   * @param opened called when the WebSocket is open; gives the transport to a consumer, or discards it
   */
  constructor(
    host: WebSocketHost,
    dialect: Dialect,
    address: string,
    opened: (transport: WebSocketTransport) => void,
  ) {
    this.#host = host;
    this.#dialect = dialect;
    this.#address = address;
    this.#opened = opened;
  }

  get writable(): boolean {
    return this.#channel !== undefined && this.#unsent !== STALLED;
  }

  get buffered(): number {
    return this.#channel?.buffered ?? 0;
  }

  get options(): ResolvedEngineOptions {
    return this.#host.options;
  }

  get lasting(): boolean {
    return this.#channel?.keep !== undefined;
  }

  get congested(): boolean {
    return this.#channel !== undefined && this.#channel.buffered > CONGESTED;
  }

  send(frame: Frame): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    const parts = this.#dialect.parts(frame);
    for (let i = 0; i < parts.length; i++) channel.send(parts[i]!, frame.compress, frame.shared);
    this.#count(channel, frame.size);
  }

  sendText(text: string, compress: boolean): boolean {
    const channel = this.#channel;
    if (channel === undefined || this.#unsent === STALLED) return false;
    channel.send(text, compress, false);
    this.#count(channel, text.length);
    return true;
  }

  resumes(): boolean {
    const unsent = this.buffered;
    if (unsent > this.#host.highWater) return false;
    this.#unsent = unsent;
    return true;
  }

  soon(callback: () => void): boolean {
    const channel = this.#channel;
    if (channel?.soon === undefined) return false;
    channel.soon(callback);
    return true;
  }

  forget(): void {
    this.#channel?.forget?.();
  }

  end(done: () => void): void {
    done();
  }

  discard(): void {
    this.#shut();
  }

  keep(state: unknown): void {
    this.#channel?.keep?.(state);
  }

  forsake(): void {
    this.#channel = undefined;
  }

  // Called by the runtime.

  open(channel: Channel): void {
    this.#channel = channel;
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.(this);
  }

  message(data: string | Uint8Array): void {
    if (this.#channel === undefined) return;
    if (isLarger(data, this.#host.options.maxHttpBufferSize)) {
      this.#shut(TOO_BIG);
      return this.consumer.transportFailed("message is larger than maxHttpBufferSize");
    }
    if (typeof data === "string" && data.charCodeAt(0) === MESSAGE) this.consumer.message(data, 1);
    else if (typeof data !== "string" && this.#dialect.revision === 4) {
      this.consumer.message(data, 0);
    } else this.#decode(data);
  }

  close(code: number, reason: string): void {
    if (this.#channel === undefined) return this.#host.closing.delete(this);
    this.#channel = undefined;
    this.consumer.transportClosed({ code, description: reason || "websocket closed" });
  }

  beat(heardAt: number, lastBeat: number): void {
    if (this.#channel !== undefined) this.consumer.beat?.(heardAt, lastBeat);
  }

  #decode(data: string | Uint8Array): void {
    let packet: Packet;
    try {
      packet = this.#dialect.packet(data);
    } catch (error) {
      return this.consumer.unreadable(error as ProtocolError);
    }
    this.consumer.packet(packet);
  }

  #count(channel: Channel, size: number): void {
    this.#unsent += size * BYTES_PER_UNIT;
    if (this.#unsent > this.#host.highWater) this.#ask(channel);
  }

  #ask(channel: Channel): void {
    this.#unsent = channel.buffered;
    if (this.#unsent <= this.#host.highWater) return;
    this.#unsent = STALLED;
    this.consumer.stalled();
  }

  #shut(code?: number): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    // First, since some runtimes report the close from within the call.
    this.#channel = undefined;
    if (channel.lingers) this.#host.closing.add(this, this.#address);
    channel.close(code);
  }
}

function isLarger(data: string | Uint8Array, limit: number): boolean {
  if (typeof data !== "string") return data.length > limit;
  return data.length * BYTES_PER_UNIT > limit && utf8Length(data) > limit;
}
