import type { Traffic } from "./traffic.ts";

/** What the load generator is told. */
export interface Plan {
  /** Where the server listens. */
  readonly port: number;
  /** The name of a mode. */
  readonly mode: string;
  /** Seconds before the count begins. */
  readonly warmup: number;
  /** Seconds for which it counts. */
  readonly seconds: number;
  /** A part of the clients, for a quick look: 1 is all. */
  readonly scale: number;
  /** What a load of messages looks like, in the mode `traffic`. */
  readonly traffic?: Traffic;
}
