/** The socket of an admin UI's front end, and all that it was told. */
import type { Socket } from "socket.io-client";
import type { Untyped } from "../../mod.ts";
import { connected } from "../runtimes/client.ts";

/** How long a test waits for anything, in milliseconds. */
const PATIENCE = 30_000;

/** A front end. */
export class AdminFront {
  readonly socket: Socket;
  readonly #told: [name: string, ...args: unknown[]][] = [];
  #heard = (): void => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.onAny((name, ...args) => {
      this.#told.push([name, ...args]);
      this.#heard();
    });
  }

  /** Connects. */
  async open(): Promise<void> {
    await connected(this.socket);
  }

  /**
   * The arguments of the first event of a name that a condition holds for, told already or soon.
   *
   * @throws {Error} if there is none in time
   */
  async told(
    name: string,
    condition: (...args: Untyped[]) => boolean = () => true,
  ): Promise<Untyped[]> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const found = this.#told.find(([it, ...args]) => it === name && condition(...args));
      if (found !== undefined) return found.slice(1);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`No such "${name}" among ${JSON.stringify(this.#told)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#heard = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The arguments of each event of a name that it was told. */
  heard(name: string): Untyped[][] {
    return this.#told.flatMap(([it, ...args]) => it === name ? [args] : []);
  }

  /** The names of the events that it was told. */
  names(): string[] {
    return [...new Set(this.#told.map(([name]) => name))];
  }

  /** The sums of what the server has counted. */
  counts(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const [{ aggregatedEvents }] of this.heard("server_stats")) {
      for (const { type, subType, count } of aggregatedEvents) {
        const name = subType === undefined ? type : `${type} ${subType}`;
        sums.set(name, (sums.get(name) ?? 0) + count);
      }
    }
    return sums;
  }
}
