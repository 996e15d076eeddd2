import { controlFrame, type Frame } from "../wire/frame.ts";
import type { ResolvedEngineOptions } from "./options.ts";
import type { TransportName } from "./transport.ts";

/**
 * The packet that opens a session.
 *
 * @param sid the id of the session
 * @param upgrades the transports that the client may move to
 */
export function openFrame(
  sid: string,
  upgrades: readonly TransportName[],
  { pingInterval, pingTimeout, maxHttpBufferSize: maxPayload }: ResolvedEngineOptions,
): Frame {
  return controlFrame(
    "0" + JSON.stringify({ sid, upgrades, pingInterval, pingTimeout, maxPayload }),
  );
}
