import type { ConnectionLimits } from "./connection_limits.ts";

/**
 * WebSockets that the server has closed, and that are still there: Deno keeps them until their clients answer or go.
 * Each counts as a connection of its address, or clients that do not answer could have any number of them.
 */
export class ClosingSockets {
  readonly #limits: ConnectionLimits;
  readonly #addresses = new Map<object, string>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** How many there are. */
  get size(): number {
    return this.#addresses.size;
  }

  /** One is being closed. */
  add(socket: object, address: string): void {
    this.#addresses.set(socket, address);
    this.#limits.add(address);
  }

  /** One is gone; may be told more than once, and of others. */
  delete(socket: object): void {
    const address = this.#addresses.get(socket);
    if (address === undefined) return;
    this.#addresses.delete(socket);
    this.#limits.remove(address);
  }

  /** All are gone, and nobody will tell. */
  clear(): void {
    for (const socket of [...this.#addresses.keys()]) this.delete(socket);
  }
}
