import type { Emitter } from "../base/emitter.ts";
import type { DefaultEventsMap } from "../base/events.ts";
import type { Packet } from "../wire/engine_packet.ts";
import type { MessagePart } from "../wire/frame.ts";
import type { CloseDetails, TransportState } from "./transport.ts";

/** The states of a connection. */
export type ReadyState = "opening" | "open" | "closing" | "closed";

/**
 * Why a connection ended.
 *
 * | reason | what happened |
 * | --- | --- |
 * | `transport close` | the client closed, or the network did |
 * | `transport error` | the transport broke, the client broke a rule of it, or read too slowly |
 * | `ping timeout` | the client did not answer a ping in time |
 * | `parse error` | the client sent what is no packet |
 * | `forced close` | the server closed |
 */
export type CloseReason =
  | "transport close"
  | "transport error"
  | "ping timeout"
  | "parse error"
  | "forced close";

/** The events of an {@link EngineSocket}. */
export interface EngineSocketEvents {
  /** The handshake is done. */
  open: () => void;
  /** A message came in: text as a string, binary as a `Uint8Array`. */
  message: (data: string | Uint8Array) => void;
  /** Same as `message`. */
  data: (data: string | Uint8Array) => void;
  /** The connection is over. */
  close: (reason: CloseReason, details?: CloseDetails) => void;
  /** A packet came in. */
  packet: (packet: Packet) => void;
  /** A message is about to be sent. */
  packetCreate: (packet: Packet) => void;
  /** What was written is about to be handed to the transport: `buffer` as in {@link EngineSocket.writeBuffer}. */
  flush: (buffer: readonly Packet[]) => void;
  /** What was written has been handed to the transport. */
  drain: () => void;
  /** The client answered a ping, or sent one if it is of the third revision. */
  heartbeat: () => void;
  /** The client has probed another transport. */
  upgrading: (transport: TransportState) => void;
  /** The client has moved to another transport. */
  upgrade: (transport: TransportState) => void;
}

/** One connection to a client, over whichever transport: `socket.conn`, and what an Engine.IO server hands out. */
export interface EngineSocket extends Emitter<DefaultEventsMap, EngineSocketEvents> {
  /** The session id. It is a secret between server and client: whoever knows it can take the connection over. */
  readonly id: string;
  /** The revision of the Engine.IO protocol. */
  readonly protocol: number;
  /** The client's IP address, `""` if the runtime cannot tell. */
  readonly remoteAddress: string;
  /** The first request of the connection, usable at any time. It has no body. */
  readonly request: Request;
  /** `open` until the connection is closing. */
  readonly readyState: ReadyState;
  /** The transport in use. */
  readonly transport: TransportState;
  /** Whether the client is trying another transport. */
  readonly upgrading: boolean;
  /** Whether the client has moved to another transport. */
  readonly upgraded: boolean;
  /** What waits to be sent. The listeners of `close` find in it what was not sent any more. */
  readonly writeBuffer: readonly Packet[];
  /** How much waits for the client, here and with the runtime: characters of text plus bytes. */
  readonly bufferedAmount: number;
  /**
   * Sends a message.
   *
   * @param data text, or bytes
   * @param options `compress`: whether a transport that compresses should
   * @param callback called when the message has been handed to the transport
   */
  send(data: MessagePart, options?: SendOptions | SendCallback, callback?: SendCallback): this;
  /** Same as `send`. */
  write(data: MessagePart, options?: SendOptions | SendCallback, callback?: SendCallback): this;
  /**
   * Waits until the client has read so much that it may be sent more: no more than 64 KiB wait.
   *
   * @returns resolved at once if that is so already; also when the connection is over
   */
  drained(): Promise<void>;
  /**
   * Closes the connection, after what has been written is sent.
   *
   * @param discard do not wait
   */
  close(discard?: boolean): void;
}

/** Learns that a message has been handed to the transport. */
export type SendCallback = (transport: TransportState) => void;

/** Options of `conn.send`. */
export interface SendOptions {
  /** Whether a transport that compresses should; `true` by default. */
  compress?: boolean;
}
