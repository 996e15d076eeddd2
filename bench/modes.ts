/** What is measured. */
export interface Mode {
  /** What it is called in tables. */
  readonly title: string;
  /** What its value counts. */
  readonly unit: string;
  /** Whether less is better. */
  readonly lower?: true;
  /** Whether it wants a fresh server. */
  readonly fresh?: true;
  /** Milliseconds between heartbeats, if not the default. */
  readonly pingInterval?: number;
  /** Whether `framed` has no such thing. */
  readonly unframed?: true;
}

const CPU = "per server CPU-second";

/** The modes, by the names that the load generator knows, too. */
export const MODES: Readonly<Record<string, Mode>> = {
  ack1: { title: "ack, 1 in flight", unit: CPU },
  ack16: { title: "ack, 16 in flight", unit: CPU },
  echo16: { title: "event echo, 16 in flight", unit: CPU },
  fanout1: { title: "`io.emit` to 1,000, 1 at a time", unit: `deliveries ${CPU}` },
  fanout4: { title: "`io.emit` to 1,000, 4 at a time", unit: `deliveries ${CPU}` },
  rooms: { title: "`io.to(room)`, 100 rooms of 10", unit: `deliveries ${CPU}` },
  others: { title: "`socket.to(room)`, 100 rooms of 10", unit: `deliveries ${CPU}` },
  polling: { title: "polling, POST and GET", unit: `cycles ${CPU}` },
  connect: { title: "connect, join, leave", unit: `visits ${CPU}` },
  latency: { title: "latency at 5,000 acks/s", unit: "ms, median", lower: true },
  memory: { title: "idle connection", unit: "KiB RSS", lower: true, fresh: true },
  heartbeat: {
    title: "heartbeats",
    unit: CPU,
    fresh: true,
    pingInterval: 500,
    unframed: true,
  },
};
