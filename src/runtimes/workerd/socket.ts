import type { WorkerdWebSocket } from "./types.ts";

const OPEN = 1;

/** Sends a frame, unless the WebSocket is closed. */
export function sendTo(socket: WorkerdWebSocket, data: string | Uint8Array<ArrayBuffer>): void {
  if (socket.readyState === OPEN) socket.send(data);
}

/** Closes a WebSocket, if it is not. */
export function closeWith(
  socket: WorkerdWebSocket,
  code: number | undefined,
  reason?: string,
): void {
  if (socket.readyState > 2) return;
  // The codes that say how one ended without a code must not be sent.
  const isSendable = code !== undefined && code >= 1000 && code !== 1005 && code !== 1006 &&
    code !== 1015;
  try {
    if (isSendable) socket.close(code, reason);
    else socket.close();
  } catch {
    // It has gone.
  }
}
