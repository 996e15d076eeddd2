/** How the server of a soak is, after its garbage was collected. */
export interface State {
  /** Bytes of the heap in use. */
  readonly heap: number;
  /** Resident memory in bytes. */
  readonly rss: number;
  readonly namespaces: number;
  readonly sessions: number;
  readonly sockets: number;
  readonly rooms: number;
  /** Sockets that an adapter knows. */
  readonly members: number;
  readonly timers: number;
  /** Open files and connections. */
  readonly descriptors: number;
  /** What was reported. */
  readonly faults: readonly string[];
}

/** What has to be as it was before, whatever happened meanwhile. */
export const COUNTS = [
  "namespaces",
  "sessions",
  "sockets",
  "rooms",
  "members",
  "timers",
  "descriptors",
] as const;
