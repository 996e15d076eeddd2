import { AckTimeoutError, DisconnectedError } from "../base/errors.ts";

/** Receives the arguments of an acknowledgement, or why there will be none. */
export type AckHandler = (error: Error | null, args: unknown[]) => void;

interface PendingAck {
  readonly handler: AckHandler;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

/** The acknowledgements that one socket still owes. Each is settled exactly once. */
export class Acks {
  readonly #pending = new Map<number, PendingAck>();

  /** How many are pending. */
  get size(): number {
    return this.#pending.size;
  }

  /**
   * Waits for one.
   *
   * @param timeout after how many milliseconds to give up, if at all
   */
  add(id: number, handler: AckHandler, timeout: number | undefined): void {
    const timer = timeout === undefined
      ? undefined
      : setTimeout(() => this.#take(id)?.(new AckTimeoutError(), []), timeout);
    this.#pending.set(id, { handler, timer });
  }

  /** Settles one with what the client sent; an unknown id is ignored. */
  settle(id: number, args: unknown[]): void {
    this.#take(id)?.(null, args);
  }

  /** Forgets one. */
  drop(id: number): void {
    this.#take(id);
  }

  /** Settles all: the client is gone. */
  close(reason: string): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.(new DisconnectedError(reason), []);
  }

  #take(id: number): AckHandler | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    return pending.handler;
  }
}
