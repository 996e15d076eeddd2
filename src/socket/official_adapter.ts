import { isThenable } from "../base/emitter.ts";
import { Adapter, type AdapterConstructor, type Room, type SocketId } from "./adapter.ts";
import type { AnyNamespace } from "./namespace.ts";

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
 * Makes the adapter of a namespace.
 *
 * @param adapter a class, or a function that returns an adapter
 * @param report told of what it fails at with nobody waiting: a broker that is gone, for example
 */
export function createAdapter(
  adapter: AdapterConstructor,
  nsp: AnyNamespace,
  report: (error: unknown) => void,
): Adapter {
  // Both can be called by `new`, an arrow function cannot.
  const made = adapter.prototype === undefined
    ? (adapter as (nsp: AnyNamespace) => Adapter | OfficialAdapter)(nsp)
    : new (adapter as new (nsp: AnyNamespace) => Adapter | OfficialAdapter)(nsp);
  return adopt(made, report);
}

/**
 * Lets an adapter serve a namespace: one of ours, or one that extends the official base.
 *
 * @param report told of what it fails at with nobody waiting: a broker that is gone, for example
 */
function adopt(
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
