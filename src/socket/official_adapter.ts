import { isThenable } from "../base/emitter.ts";
import { Adapter, type Room, type SocketId } from "./adapter.ts";

/** An adapter that extends the official base, from npm: what it reads of a namespace is there under the official names. */
export interface OfficialAdapter {
  /** The sockets of each room. */
  readonly rooms: Map<Room, Set<SocketId>>;
  /** The rooms of each socket. */
  readonly sids: Map<SocketId, Set<Room>>;
  /** Writes packets. */
  readonly encoder: unknown;
}

/** What is asked of adapters without waiting for it; the official ones answer some of it by a promise. */
const UNAWAITED = [
  "broadcast",
  "addSockets",
  "delSockets",
  "disconnectSockets",
  "serverSideEmit",
  "delAll",
] as const;

/**
 * Lets an adapter serve a namespace: one of ours, or one that extends the official base.
 *
 * @param report told of what it fails at with nobody waiting: a broker that is gone, for example
 */
export function adopt(
  adapter: Adapter | OfficialAdapter,
  report: (error: unknown) => void,
): Adapter {
  // An official one offers the members of ours that this server calls, all but the private ones.
  const adopted = adapter as Adapter;
  for (const name of UNAWAITED) {
    const method = adopted[name] as (...args: unknown[]) => unknown;
    if (method === Adapter.prototype[name]) continue;
    Object.defineProperty(adopted, name, {
      configurable: true,
      writable: true,
      value: (...args: unknown[]) => {
        const result = method.apply(adopted, args);
        if (isThenable(result)) result.then(undefined, report);
      },
    });
  }
  return adopted;
}
