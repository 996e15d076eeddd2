import type { Packet } from "../wire/engine_packet.ts";
import type { EventHeaders } from "./http/header_edits.ts";
import type { ErrorCode } from "./http/refusal.ts";
import type { EngineSocket } from "./engine_socket.ts";

/** What is known of a refused request. */
export interface ConnectionError {
  /** The request. */
  readonly req: Request;
  /** The error code, as in the body of the answer. */
  readonly code: ErrorCode;
  /** What the code means. */
  readonly message: string;
  /** What else is known. */
  readonly context: Record<string, unknown>;
}

/** The events of an {@link Engine}. */
export interface EngineEvents {
  /** A client has connected. */
  connection: (conn: EngineSocket) => void;
  /** A request was refused. */
  connection_error: (error: ConnectionError) => void;
  /** The answer that opens a session is about to be sent; what is put into `headers` is added to it. */
  initial_headers: (headers: EventHeaders, request: Request) => void;
  /** An answer is about to be sent; what is put into `headers` is added to it. */
  headers: (headers: EventHeaders, request: Request) => void;
  /** A connection is about to hand its messages to its transport; heard of connections that are made from now on. */
  flush: (conn: EngineSocket, buffer: readonly Packet[]) => void;
  /** A connection has handed its messages to its transport; heard of connections that are made from now on. */
  drain: (conn: EngineSocket) => void;
  /** A listener or a hook has failed. Without a listener for it, the failure goes to `console.error`. */
  error: (error: unknown, conn: EngineSocket | undefined) => void;
}
