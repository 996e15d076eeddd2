import type { Channel, Receiver } from "./channel.ts";
import { dialectOf, type Revision } from "./dialect.ts";
import { type Engine, resumeSession } from "./engine.ts";
import { HandshakeRequest, type HeaderRecord } from "./handshake.ts";
import type { Locals } from "./http/locals.ts";
import type { Session } from "./session.ts";
import type { TransportName } from "./transport.ts";

/** What has to be known of a session over a WebSocket to go on with it. */
export interface SavedSession {
  readonly id: string;
  readonly url: string;
  readonly headers: HeaderRecord;
  readonly address: string;
  readonly secure: boolean;
  readonly revision: Revision;
  readonly transport: TransportName;
  readonly locals: Locals | undefined;
}

/** Describes a session. */
export function saveSession({ id, handshake }: Session): SavedSession {
  const { url, headers, address, secure, revision, transport, locals } = handshake;
  return { id, url, headers, address, secure, revision, transport, locals };
}

/** Goes on with a session, over a WebSocket that has stayed open. */
export function restoreSession(
  engine: Engine,
  saved: SavedSession,
  channel: Channel,
): { readonly session: Session; readonly receiver: Receiver } {
  const { id, url, revision, transport, locals } = saved;
  const headers = new Headers(saved.headers);
  const handshake = new HandshakeRequest(url, { headers }, saved, revision, transport);
  handshake.locals = locals;
  const dialect = dialectOf({ url, headers });
  return resumeSession(engine, id, handshake, dialect, channel);
}
