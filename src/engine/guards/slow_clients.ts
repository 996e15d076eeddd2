import { shown } from "../../base/checks.ts";
import type { EngineSocket } from "../engine_socket.ts";

/**
 * What happens to a client for whom more than `maxBufferedAmount` waits.
 *
 * | value | what happens |
 * | --- | --- |
 * | `close` | its connection is closed |
 * | `drop-volatile` | it loses no more than its volatile events, as every slow client does; all others wait, and take memory until it has read them, or fails to answer the heartbeat |
 */
export type SlowClientPolicy = "close" | "drop-volatile";

/** Decides about a slow client; asked anew with each message that has to wait. */
export type SlowClientDecision = (conn: EngineSocket) => SlowClientPolicy;

/**
 * Checks the option.
 *
 * @throws {TypeError} if it is no policy
 */
export function resolveSlowClients(
  option: SlowClientPolicy | SlowClientDecision,
): SlowClientPolicy | SlowClientDecision {
  if (option === "close" || option === "drop-volatile" || typeof option === "function") {
    return option;
  }
  throw new TypeError(
    `slowClients must be "close", "drop-volatile" or a function, got ${shown(option)}`,
  );
}

/**
 * Whether a slow client is to be closed.
 *
 * @param fault receives what a function of the user's throws; the client is closed then
 */
export function mustClose(
  option: SlowClientPolicy | SlowClientDecision,
  conn: EngineSocket,
  fault: (error: unknown) => void,
): boolean {
  if (typeof option !== "function") return option === "close";
  try {
    return option(conn) !== "drop-volatile";
  } catch (error) {
    fault(error);
    return true;
  }
}
