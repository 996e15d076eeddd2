/**
 * What is different for clients of Socket.IO 1 and 2, which speak Engine.IO 3: a connection is in the main namespace by
 * itself, and `CONNECT` carries a query instead of `auth`.
 *
 * @module
 */
import { randomId } from "../base/ids.ts";
import type { Session } from "../engine/session.ts";
import { type Packet, PacketType } from "../wire/socket_packet.ts";
import type { ExtendedError } from "./middleware.ts";

/** Whether a connection is one of an old client. */
export function isLegacy({ protocol }: Session): boolean {
  return protocol === 3;
}

/** Draws the id of a socket. Old clients do not get to know it: they derive it from that of the connection. */
export function newSocketId(conn: Session, nsp: string): string {
  if (!isLegacy(conn)) return randomId();
  return nsp === "/" ? conn.id : `${nsp}#${conn.id}`;
}

/** What a client learns when it is connected. */
export function welcome(
  conn: Session,
  sid: string,
  pid: string | undefined,
): { sid: string; pid?: string } | undefined {
  if (isLegacy(conn)) return undefined;
  return pid === undefined ? { sid } : { sid, pid };
}

/** What a client learns when it is refused. */
export function rejection(conn: Session, { message, data }: ExtendedError): unknown {
  if (isLegacy(conn)) return data || message;
  return data === undefined ? { message } : { message, data };
}

/** Takes the query off the namespace that a client asks for, and puts it in the place of `auth`. */
export function withoutQuery(packet: Packet): Packet {
  const { type, nsp } = packet;
  if (type !== PacketType.CONNECT) return packet;
  const end = nsp.indexOf("?");
  if (end < 0) return { type, nsp };
  const query = new URLSearchParams(nsp.slice(end + 1));
  return { type, nsp: nsp.slice(0, end), data: Object.fromEntries(query) };
}
