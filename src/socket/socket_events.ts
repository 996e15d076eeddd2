import type { Untyped } from "../base/events.ts";
import type { CloseReason } from "../engine/engine_socket.ts";
import type { CloseDetails } from "../engine/transport.ts";

/**
 * Why a socket was disconnected: because its connection ended, for one of the engine's reasons, or
 *
 * | reason | what happened |
 * | --- | --- |
 * | `client namespace disconnect` | the client left the namespace |
 * | `server namespace disconnect` | the server made it leave |
 * | `server shutting down` | the server was closed |
 * | `forced server close` | the client broke the protocol, or joined no namespace in time |
 */
export type DisconnectReason =
  | CloseReason
  | "server shutting down"
  | "forced server close"
  | "client namespace disconnect"
  | "server namespace disconnect";

/** The events of a socket that the client cannot send. */
export interface SocketReservedEventsMap {
  /** The socket is disconnected. */
  disconnect: (reason: DisconnectReason, details?: CloseDetails) => void;
  /** The socket is about to be disconnected; it is still in its rooms. */
  disconnecting: (reason: DisconnectReason, details?: CloseDetails) => void;
  /** A middleware has refused an event, or the client has sent something unreadable. */
  error: (err: Error) => void;
}

/** The arguments of a middleware of `socket.use()`: the name of the event, then what came with it. */
export type Event = [eventName: string, ...args: Untyped[]];
