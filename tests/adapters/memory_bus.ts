/** Servers that are joined by a bus in memory, under time that stands still. */
import type { AnyNamespace } from "../../mod.ts";
import {
  ClusterAdapterWithHeartbeat,
  type ClusterMessage,
  type ClusterResponse,
  type MessageType,
} from "../../src/adapters/mod.ts";
import { ServerRig, withServer } from "../kit/memory_client.ts";

/** Carries messages as JSON, in order. */
export class MemoryBus {
  readonly #members = new Set<BusAdapter>();
  /** What was sent. */
  readonly sent: (ClusterMessage | ClusterResponse)[] = [];
  /** Which messages get lost. */
  loses: (type: MessageType) => boolean = () => false;
  /** Whether messages have offsets. */
  numbered = false;

  /** An adapter on this bus. */
  readonly adapter = (nsp: AnyNamespace): BusAdapter => {
    const adapter = new BusAdapter(nsp, this);
    this.#members.add(adapter);
    return adapter;
  };

  /** Takes an adapter off the bus. */
  cut(adapter: unknown): void {
    this.#members.delete(adapter as BusAdapter);
  }

  /** Hands anything to all. */
  inject(message: unknown, from?: BusAdapter): string {
    const { type } = message as ClusterMessage ?? {};
    const offset = this.numbered ? `1-${this.sent.length}` : "";
    this.sent.push(message as ClusterMessage);
    if (this.loses(type)) return offset;
    for (const it of this.#members) if (it !== from) it.take(message, offset);
    return offset;
  }
}

/** An adapter on a {@link MemoryBus}. */
export class BusAdapter extends ClusterAdapterWithHeartbeat {
  readonly #bus: MemoryBus;

  constructor(nsp: AnyNamespace, bus: MemoryBus) {
    super(nsp);
    this.#bus = bus;
  }

  protected override doPublish(message: ClusterMessage): Promise<string> {
    return Promise.resolve(this.#bus.inject(JSON.parse(JSON.stringify(message)), this));
  }

  protected override doPublishResponse(_to: string, response: ClusterResponse): Promise<void> {
    this.#bus.inject(JSON.parse(JSON.stringify(response)), this);
    return Promise.resolve();
  }

  /** Takes what comes. */
  take(message: unknown, offset: string): void {
    this.onMessage(message as ClusterMessage, offset === "" ? undefined : offset);
  }
}

/** Runs a test of two servers on one bus. */
export async function withCluster(
  test: (a: ServerRig, b: ServerRig, bus: MemoryBus) => Promise<void>,
  options: { connectionStateRecovery?: Record<never, never> } = {},
): Promise<void> {
  const bus = new MemoryBus();
  bus.numbered = options.connectionStateRecovery !== undefined;
  await withServer({ ...options, adapter: bus.adapter }, async (a) => {
    const b = new ServerRig({ ...options, adapter: bus.adapter }, a.time);
    await a.settle();
    try {
      await test(a, b, bus);
    } finally {
      await b.io.close();
    }
  });
}
