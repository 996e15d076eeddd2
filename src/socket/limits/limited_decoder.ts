import { RateLimitError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import type { Share } from "../../engine/guards/per_address.ts";
import type { PacketDecoder } from "../../wire/parser.ts";
import { type Packet, PacketType } from "../../wire/socket_packet.ts";
import { utf8Length } from "../../wire/utf8.ts";
import { Allowance } from "./allowance.ts";
import type { Connection } from "../connection.ts";
import type { RateExcess } from "./rate_limit.ts";
import type { RateLimiter } from "./rate_limiter.ts";
import { type AnySocket, failSocket } from "../socket.ts";
import type { Event } from "../socket_events.ts";

/** A decoder that keeps back what comes too early. */
export class LimitedDecoder implements PacketDecoder {
  readonly addFrom?: (text: string, start: number) => void;
  readonly #limiter: RateLimiter;
  readonly #connection: Connection;
  readonly #decoder: PacketDecoder;
  readonly #own: Allowance;
  readonly #share: Share<Allowance> | undefined;
  readonly #shared: Allowance | undefined;
  readonly #measures: boolean;
  readonly #weighs: boolean;
  /** The bytes of the packet that is coming in. */
  #size = 0;
  #over = false;

  constructor(limiter: RateLimiter, connection: Connection, decoder: PacketDecoder) {
    this.#limiter = limiter;
    this.#connection = connection;
    this.#decoder = decoder;
    const { events, bytes, bytesPerAddress, cost } = limiter.options;
    this.#own = new Allowance(events, bytes);
    this.#share = limiter.acquire(connection.conn.remoteAddress);
    this.#shared = this.#share?.value;
    this.#measures = bytes !== undefined || bytesPerAddress !== undefined;
    this.#weighs = cost !== undefined;
    if (decoder.addFrom !== undefined) this.addFrom = this.#addFrom;
  }

  get incomplete(): boolean {
    return this.#decoder.incomplete === true;
  }

  on(_event: "decoded", listener: (packet: Packet) => void): this {
    this.#decoder.on("decoded", (packet) => {
      if (this.#admits(packet)) listener(packet);
    });
    return this;
  }

  add(message: string | Uint8Array): void {
    if (this.#measures) {
      this.#size += typeof message === "string" ? utf8Length(message) : message.length;
    }
    this.#decoder.add(message);
  }

  /** Whether an event may pass that needs no decoder, and has come as this text. */
  admitsEvent(socket: AnySocket, event: unknown[], id: number | undefined, text: string): boolean {
    const size = this.#measures ? utf8Length(text) : 0;
    const count = this.#weighs ? this.#limiter.cost(event as Event, socket) : 1;
    const limit = this.#exceeded(count, size);
    if (limit === undefined) return true;
    const packet: Packet = { type: PacketType.EVENT, nsp: socket.nsp.name, id, data: event };
    return this.#passes(packet, limit, count, size, socket);
  }

  destroy(): void {
    this.#decoder.destroy();
    if (!this.#over && this.#share !== undefined) this.#limiter.release(this.#share);
    this.#over = true;
  }

  #addFrom(text: string, start: number): void {
    if (this.#measures) this.#size += utf8Length(text);
    this.#decoder.addFrom!(text, start);
  }

  #admits(packet: Packet): boolean {
    const size = this.#size;
    this.#size = 0;
    const socket = this.#connection.find(packet.nsp);
    const count = isEvent(packet)
      ? this.#limiter.cost(packet.data as Event, socket)
      : isConnect(packet, this.#connection)
      ? 1
      : 0;
    const limit = this.#exceeded(count, size);
    return limit === undefined || this.#passes(packet, limit, count, size, socket);
  }

  // Takes from both allowances, or from none.
  #exceeded(count: number, size: number): RateExcess["limit"] | undefined {
    const own = this.#own;
    const shared = this.#shared;
    if (!own.covers(count, size)) {
      const lack = own.lacks(count, size);
      if (lack !== undefined) return lack;
    }
    if (shared !== undefined) {
      if (!shared.covers(count, size)) {
        const lack = shared.lacks(count, size);
        if (lack !== undefined) return `${lack}PerAddress`;
      }
      shared.spend(count, size);
    }
    own.spend(count, size);
    return undefined;
  }

  #wait(limit: RateExcess["limit"], count: number, size: number): number {
    switch (limit) {
      case "events":
        return this.#own.wait("events", count);
      case "eventsPerAddress":
        return this.#shared!.wait("events", count);
      case "bytes":
        return this.#own.wait("bytes", size);
      case "bytesPerAddress":
        return this.#shared!.wait("bytes", size);
    }
  }

  // Whether it passes all the same; if not, the client is told as the options say.
  #passes(
    packet: Packet,
    limit: RateExcess["limit"],
    count: number,
    size: number,
    socket: AnySocket | undefined,
  ): boolean {
    const event = isEvent(packet) ? String((packet.data as Event)[0]) : undefined;
    const retryAfter = this.#wait(limit, count, size);
    const action = this.#limiter.choose({ limit, retryAfter, event }, socket);
    log("socket.io:client", "rateLimit.%s is exceeded: %s", limit, action);
    if (action === "pass") return true;
    // The server waits for acknowledgements, and whoever wants to leave may.
    const matters = event !== undefined || isConnect(packet, this.#connection);
    if (action !== "disconnect" && !matters) return true;
    // In a flood, what is dropped should cost nothing.
    if (action === "drop" && event !== undefined) return false;
    const error = new RateLimitError(limit, retryAfter, event);
    if (action === "disconnect") this.#connection.violate(error.message);
    else if (event === undefined) this.#connection.refuse(packet.nsp, error);
    else if (socket !== undefined) {
      const answer = { error: error.message, limit, retryAfter };
      if (packet.id !== undefined) this.#connection.acknowledge(packet.nsp, packet.id, [answer]);
      failSocket(socket, error);
    }
    return false;
  }
}

function isEvent({ type }: Packet): boolean {
  return type === PacketType.EVENT || type === PacketType.BINARY_EVENT;
}

// A second CONNECT is another thing: it breaks the protocol.
function isConnect({ type, nsp }: Packet, connection: Connection): boolean {
  return type === PacketType.CONNECT && !connection.knows(nsp);
}
