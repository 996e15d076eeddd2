import { type AnyEmitter, fire } from "../base/emitter.ts";
import { logFault } from "../base/log.ts";

/**
 * Tells a server that something of the application's has failed: its listeners of `error`, or else the console.
 *
 * @param socket the one that it was for, if it was for one
 * @param event what was being done
 */
export function reportFailure(
  server: AnyEmitter,
  error: unknown,
  socket: { readonly id: string } | undefined,
  event: string | symbol,
): void {
  const failed = (_: unknown, error: unknown) =>
    logFault('A listener of the server\'s "error" failed:', error);
  const heard = fire<AnyEmitter>(server, "error", [error, socket], failed);
  if (heard) return;
  const where = socket === undefined ? "" : ` of socket ${socket.id}`;
  logFault(`Uncaught error in a handler of "${String(event)}"${where}:`, error);
}
