import type { PrivateSessionId, Room, SocketId } from "../adapter.ts";
import type { Auth } from "../handshake.ts";

/** What makes a socket go on where another one was. */
export interface SocketState {
  /** Its id. */
  readonly sid: SocketId;
  /** The secret that the client comes back with, if clients may. */
  readonly pid?: PrivateSessionId | undefined;
  /** What the client sent along. */
  readonly auth?: Auth | undefined;
  /** When it was made, in milliseconds since 1970. */
  readonly issued?: number;
  /** Its rooms. */
  readonly rooms: Room[];
  /** Its data. */
  readonly data: unknown;
}
