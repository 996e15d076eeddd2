import type { Channel } from "../engine/channel.ts";
import { append, type Batch, type Data, forgetFirst } from "./batch.ts";
import { atEndOfTurn, callAtEndOfTurn } from "./end_of_turn.ts";
import type { BunWebSocket } from "./types.ts";

/** A WebSocket of Bun's. */
export class BunChannel implements Channel {
  readonly #ws: BunWebSocket;
  readonly #threshold: number;
  /** What waits for the end of the turn. */
  #waiting: Batch | undefined;

  /** @param threshold the size from which on frames are compressed, in characters or bytes */
  constructor(ws: BunWebSocket, threshold: number) {
    this.#ws = ws;
    this.#threshold = threshold;
  }

  get buffered(): number {
    return this.#ws.getBufferedAmount() + (this.#waiting?.size ?? 0);
  }

  send(data: Data, mayCompress: boolean, shared: boolean): void {
    const compress = mayCompress && data.length >= this.#threshold;
    const waiting = this.#waiting;
    if (waiting === undefined && !shared) return this.#send(data, compress);
    this.#waiting = append(waiting, data, compress);
    if (waiting === undefined) atEndOfTurn(this);
  }

  soon(callback: () => void): void {
    callAtEndOfTurn(callback);
  }

  forget(): void {
    this.#waiting = undefined;
  }

  close(code?: number, reason?: string): void {
    this.flush();
    this.#ws.close(code, reason);
  }

  /** Sends what waits: in one write, if it is several frames. */
  flush(): void {
    const batch = this.#waiting;
    forgetFirst();
    if (batch === undefined) return;
    this.#waiting = undefined;
    if (batch.before === undefined) this.#send(batch.data, batch.compress);
    else this.#ws.cork(() => this.#sendAll(batch.all));
  }

  #sendAll(batches: readonly Batch[]): void {
    for (const { data, compress } of batches) this.#send(data, compress);
  }

  // Over a limit that only others can have set, Bun drops frames: a gap that nobody would notice.
  #send(data: Data, compress: boolean): void {
    if (this.#ws.send(data, compress) === 0 && data.length > 0) this.#ws.terminate();
  }
}
