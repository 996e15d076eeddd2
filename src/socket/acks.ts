import { AckTimeoutError, DisconnectedError } from "../base/errors.ts";
import type { Deadlines, Limited } from "../engine/deadlines.ts";

/** Receives the arguments of an acknowledgement, or why there will be none. */
export type AckHandler = (error: Error | null, args: unknown[]) => void;

class PendingAck implements Limited {
  readonly handler: AckHandler;
  readonly limit: Deadlines | undefined;
  readonly #acks: Acks;
  readonly #id: number;

  constructor(acks: Acks, id: number, handler: AckHandler, limit: Deadlines | undefined) {
    this.#acks = acks;
    this.#id = id;
    this.handler = handler;
    this.limit = limit;
  }

  expired(): void {
    this.#acks.drop(this.#id);
    this.handler(new AckTimeoutError(), []);
  }
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
   * @param limit the time limit that it is under, if any: a timer of its own would be one of the 10,000 that workerd has
   */
  add(id: number, handler: AckHandler, limit: Deadlines | undefined): void {
    const pending = new PendingAck(this, id, handler, limit);
    this.#pending.set(id, pending);
    limit?.start(pending);
  }

  /** Settles one with what the client sent; an unknown id is ignored. */
  settle(id: number, args: unknown[]): void {
    this.#take(id)?.(null, args);
  }

  /** Forgets one, if it is not settled yet. */
  drop(id: number): boolean {
    return this.#take(id) !== undefined;
  }

  /** Settles all: the client is gone. */
  close(reason: string): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.(new DisconnectedError(reason), []);
  }

  #take(id: number): AckHandler | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    pending.limit?.stop(pending);
    return pending.handler;
  }
}
