import { log } from "../../base/log.ts";
import { type Rate, TokenBucket } from "../../base/token_bucket.ts";
import { addressGroup } from "./address_group.ts";
import { PerAddress } from "./per_address.ts";
import { ERRORS, type Refusal, refuse } from "../http/refusal.ts";

/** How many seconds a client should stay away from a server that is full. */
const FULL_RETRY = 10;

/** How many connections there may be. */
export interface ConnectionLimitOptions {
  /** In all. */
  readonly maxConnections: number;
  /** Of one address. */
  readonly maxConnectionsPerAddress: number;
  /** How often one address may begin one. */
  readonly handshakeRate: Required<Rate> | undefined;
}

/** A connection that has begun; it is counted until it ends. */
export class Place {
  readonly address: string;
  readonly #limits: ConnectionLimits;
  #state: "held" | "left" | "kept" = "held";

  constructor(limits: ConnectionLimits, address: string) {
    this.#limits = limits;
    this.address = address;
    limits.add(address);
  }

  /** The session has begun, and keeps the place; `false` if it came too late, and the place is taken. */
  keep(): boolean {
    if (this.#state === "left") {
      const excess = this.#limits.excess(this.address);
      if (excess !== undefined) {
        log("engine", "WebSocket closed: %s", excess.context.limit);
        return false;
      }
      this.#limits.add(this.address);
    }
    this.#state = "kept";
    return true;
  }

  /** The request is answered: what has not begun by now may never begin. */
  leave(): void {
    if (this.#state !== "held") return;
    this.#state = "left";
    this.#limits.remove(this.address);
  }
}

/** Counts connections, in all and by address, from their first request on. */
export class ConnectionLimits {
  readonly #options: ConnectionLimitOptions;
  readonly #handshakes: PerAddress<TokenBucket> | undefined;
  readonly #byAddress: Map<string, number> | undefined;
  #count = 0;

  constructor(options: ConnectionLimitOptions) {
    this.#options = options;
    const { maxConnectionsPerAddress, handshakeRate } = options;
    if (maxConnectionsPerAddress < Infinity) this.#byAddress = new Map();
    if (handshakeRate !== undefined) {
      this.#handshakes = new PerAddress(() => new TokenBucket(handshakeRate), handshakeRate);
    }
  }

  /** Gives a place to a new connection, unless there is none. */
  admit(address: string): Place | Refusal {
    return this.#tooOften(address) ?? this.excess(address) ?? new Place(this, address);
  }

  /**
   * Which limit keeps an address from one more connection, if any.
   *
   * @param held how many it has already that the new one is to take the place of
   */
  excess(address: string, held = 0): Refusal | undefined {
    const { maxConnections, maxConnectionsPerAddress } = this.#options;
    if (this.#count - held >= maxConnections) {
      return refuseFor("maxConnections", "The server is full", 503, FULL_RETRY);
    }
    const own = this.#byAddress?.get(addressGroup(address)) ?? 0;
    return own - held < maxConnectionsPerAddress
      ? undefined
      : refuseFor("maxConnectionsPerAddress", "Too many connections", 429);
  }

  /** Counts a connection. */
  add(address: string): void {
    this.#count++;
    // An unknown one is that of all clients.
    if (this.#byAddress === undefined || address === "") return;
    const group = addressGroup(address);
    this.#byAddress.set(group, (this.#byAddress.get(group) ?? 0) + 1);
  }

  /** A connection has ended. */
  remove(address: string): void {
    this.#count--;
    if (this.#byAddress === undefined || address === "") return;
    const group = addressGroup(address);
    const count = this.#byAddress.get(group)!;
    if (count > 1) this.#byAddress.set(group, count - 1);
    else this.#byAddress.delete(group);
  }

  /** Forgets how often addresses have come. */
  clear(): void {
    this.#handshakes?.clear();
  }

  #tooOften(address: string): Refusal | undefined {
    const share = this.#handshakes?.acquire(address);
    if (share === undefined) return undefined;
    const bucket = share.value;
    const refusal = bucket.take(1)
      ? undefined
      : refuseFor("handshakeRate", "Too many requests", 429, Math.ceil(bucket.wait(1) / 1000));
    this.#handshakes!.release(share);
    return refusal;
  }
}

function refuseFor(limit: string, message: string, status: number, retryAfter?: number): Refusal {
  const refusal = refuse(ERRORS.FORBIDDEN, { name: "LIMIT_REACHED", limit, message });
  return { ...refusal, status, retryAfter };
}
