import type { NodeIncoming, NodeSocket } from "./types.ts";

/** What is to become a WebSocket. */
export interface NodeUpgrade {
  /** The request. */
  readonly incoming: NodeIncoming;
  /** Its connection. */
  readonly socket: NodeSocket;
  /** What has come after it already. */
  readonly head: Uint8Array;
}

/** What `fetch` is given beside a request that came over a server of `node:http`. */
export class NodeContext {
  /** The request. */
  readonly incoming: NodeIncoming;
  /** What is to become a WebSocket, if anything. */
  readonly upgrade: NodeUpgrade | undefined;
  /** Whether it did: then there is nothing to answer. */
  upgraded = false;

  constructor(incoming: NodeIncoming, upgrade?: NodeUpgrade) {
    this.incoming = incoming;
    this.upgrade = upgrade;
  }
}
