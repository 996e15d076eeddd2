import type { Channel } from "../engine/channel.ts";
import { atEndOfTurn, callAtEndOfTurn } from "./end_of_turn.ts";
import type { BunWebSocket } from "./types.ts";

type Frames = (string | Uint8Array<ArrayBuffer> | boolean)[];

/** A WebSocket of Bun's. */
export class BunChannel implements Channel {
  readonly #ws: BunWebSocket;
  readonly #threshold: number;
  /** Frames that wait for the end of the turn, each followed by whether to compress it. */
  #waiting: Frames | undefined;
  /** How long they are together, in characters or bytes. */
  #size = 0;

  /** @param threshold the size from which on frames are compressed, in characters or bytes */
  constructor(ws: BunWebSocket, threshold: number) {
    this.#ws = ws;
    this.#threshold = threshold;
  }

  get buffered(): number {
    return this.#ws.getBufferedAmount() + this.#size;
  }

  send(data: string | Uint8Array<ArrayBuffer>, mayCompress: boolean, shared: boolean): void {
    const compress = mayCompress && data.length >= this.#threshold;
    if (this.#waiting === undefined && !shared) return this.#send(data, compress);
    this.#size += data.length;
    if (this.#waiting !== undefined) this.#waiting.push(data, compress);
    else {
      this.#waiting = [data, compress];
      atEndOfTurn(this);
    }
  }

  soon(callback: () => void): void {
    callAtEndOfTurn(callback);
  }

  close(code?: number, reason?: string): void {
    this.flush();
    this.#ws.close(code, reason);
  }

  /** Sends what waits: in one write, if it is several frames. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#size = 0;
    if (waiting.length === 2) this.#sendAll(waiting);
    else this.#ws.cork(() => this.#sendAll(waiting));
  }

  #sendAll(waiting: Readonly<Frames>): void {
    for (let i = 0; i < waiting.length; i += 2) {
      this.#send(waiting[i] as string | Uint8Array<ArrayBuffer>, waiting[i + 1] as boolean);
    }
  }

  // Over a limit that only others can have set, Bun drops frames: a gap that nobody would notice.
  #send(data: string | Uint8Array<ArrayBuffer>, compress: boolean): void {
    if (this.#ws.send(data, compress) === 0 && data.length > 0) this.#ws.terminate();
  }
}
