import type { Packet } from "../wire/engine_packet.ts";
import type { Frame } from "../wire/frame.ts";
import type { Reply } from "./http/reply.ts";

/** The transports, and what each may be upgraded to. */
export const UPGRADES: Readonly<Record<TransportName, readonly TransportName[]>> = {
  polling: ["websocket"],
  websocket: [],
};

/** The name of a transport, as in the `transport` query parameter. */
export type TransportName = "polling" | "websocket";

/** What users see of a transport. */
export interface TransportState {
  /** Its name. */
  readonly name: TransportName;
  /** Whether it takes a message now. */
  readonly writable: boolean;
}

/** How a session's packets get to its client and back. */
export interface Transport extends TransportState {
  /** Who receives what comes in. */
  consumer: TransportConsumer;
  /** Bytes that the runtime has accepted and not yet handed to the network. */
  readonly buffered: number;
  /** Whether a frame that may be dropped should be: much is waiting already. */
  readonly congested: boolean;
  /** Whether it stays open while the runtime puts the server away; then the runtime says when a heartbeat is due. */
  readonly lasting?: boolean;
  /** Keeps what the session needs to go on, if it is lasting; see `Channel.keep`. */
  keep?(state: unknown): void;
  /** Lets go of what an earlier life of the server has opened. */
  forsake?(): void;
  /** Asks the runtime whether a transport that has stalled is writable again. */
  resumes?(): boolean;
  /** Calls at the end of this turn of the event loop, when more may have been sent; `false` if it cannot. */
  soon?(callback: () => void): boolean;
  /** Answers a request of the session, if the transport takes several. */
  handle?(request: Request, reply: Reply): Response | Promise<Response>;
  /** Sends a frame; only while writable. */
  send(frame: Frame): void;
  /** Sends a packet of text, if the transport needs no frame for it; `false` if it is not writable. */
  sendText?(text: string, compress: boolean): boolean;
  /** Drops what it can still take back, for a client that does not read. */
  forget?(): void;
  /** Waits until the client can be told to go, or it takes too long; `done` then discards the transport. */
  end(done: () => void): void;
  /**
   * Goes without waiting for the client.
   *
   * @param moved whether the client has another transport by now
   */
  discard(moved?: boolean): void;
}

/** What a transport calls: the session, or an upgrade that is being tried. */
export interface TransportConsumer {
  /** The transport has become writable. */
  ready(): void;
  /** The transport is not writable, until `resumes()` says so: the client reads too slowly. */
  stalled(): void;
  /** A message came in: bytes, or the text that begins at `start`. */
  message(data: string | Uint8Array, start: number): void;
  /** A packet came in; a message may come this way, too. */
  packet(packet: Packet): void;
  /** The client closed the transport, or the network did. */
  transportClosed(details: CloseDetails): void;
  /** The transport broke. */
  transportFailed(description: string): void;
  /** What came in is no packet. */
  unreadable(error: Error): void;
  /** A heartbeat is due; see `Receiver.beat`. */
  beat?(heardAt: number, lastBeat: number): void;
}

/** How a transport ended. */
export interface CloseDetails {
  /** The close code of a WebSocket. */
  readonly code?: number;
  /** What happened, in words. */
  readonly description: string;
}
