import type { Session } from "../engine/session.ts";
import type { Frame } from "../wire/frame.ts";

/** Sends what `encodePacket` has written for a client. */
export function sendMessage(
  conn: Session,
  message: string | Frame,
  compress: boolean,
  volatile: boolean,
): void {
  if (typeof message !== "string") sendFrame(conn, message, volatile);
  else if (!volatile || conn.accepts) conn.writeText(message, compress);
}

/** Sends a frame to a client; `false` if it was dropped. */
export function sendFrame(conn: Session, frame: Frame, volatile: boolean): boolean {
  if (volatile && !conn.accepts) return false;
  conn.writeFrame(frame);
  return true;
}
