import type { Channel } from "../../engine/channel.ts";
import { atEndOfTurn, callAtEndOfTurn } from "../end_of_turn.ts";
import type { NodeSocket, WsWebSocket } from "./types.ts";

const OPEN = 1;
const COMPRESSED = { compress: true };
const PLAIN = { compress: false };

/** A WebSocket of the package `ws`. */
export class NodeChannel implements Channel {
  readonly #ws: WsWebSocket;
  readonly #socket: NodeSocket | undefined;
  /** Whether what is sent waits. */
  #corked = false;

  /** @param socket its connection, if that is known */
  constructor(ws: WsWebSocket, socket: NodeSocket | undefined) {
    this.#ws = ws;
    this.#socket = socket;
  }

  get buffered(): number {
    return this.#ws.bufferedAmount;
  }

  send(data: string | Uint8Array<ArrayBuffer>, compress: boolean, shared: boolean): void {
    if (this.#ws.readyState !== OPEN) return;
    if (!this.#corked && this.#socket !== undefined) this.#cork(shared);
    this.#ws.send(data, compress ? COMPRESSED : PLAIN);
  }

  soon(callback: () => void): void {
    callAtEndOfTurn(callback);
  }

  close(code?: number, reason?: string): void {
    this.#ws.close(code, reason);
  }

  /** Writes what waits. */
  flush(): void {
    this.#corked = false;
    this.#socket?.uncork();
  }

  // A write costs most. What answers the messages that came together is written together.
  #cork(shared: boolean): void {
    this.#corked = true;
    this.#socket?.cork();
    if (shared) atEndOfTurn(this);
    else queueMicrotask(() => this.flush());
  }
}
