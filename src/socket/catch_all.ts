import { call, Emitter, type FaultHandler } from "../base/emitter.ts";
import type { AnyListener, EventsMap, Untyped } from "../base/events.ts";

type Listeners = readonly AnyListener[];
type AnyCatchAll = CatchAll<Untyped, Untyped>;

/** The listeners for all events of the client, if there are any. */
export let incomingListeners: (source: AnyCatchAll) => Listeners | undefined;
/** The listeners for all events that are sent to the client, if there are any. */
export let outgoingListeners: (source: AnyCatchAll) => Listeners | undefined;

/** An emitter with listeners for events of every name, in both directions. */
export class CatchAll<ListenEvents extends EventsMap, ReservedEvents extends EventsMap>
  extends Emitter<ListenEvents, ReservedEvents> {
  // Replaced, never changed, as the listeners of single events are.
  #incoming: Listeners | undefined;
  #outgoing: Listeners | undefined;

  /** Adds a listener for all events of the client, called with the event's name and arguments. */
  onAny(listener: AnyListener): this {
    this.#incoming = [...this.#incoming ?? [], listener];
    return this;
  }

  /** Adds a listener for all events of the client, before the others. */
  prependAny(listener: AnyListener): this {
    this.#incoming = [listener, ...this.#incoming ?? []];
    return this;
  }

  /** Removes a listener for all events of the client, or all such listeners. */
  offAny(listener?: AnyListener): this {
    this.#incoming = without(this.#incoming, listener);
    return this;
  }

  /** The listeners for all events of the client. */
  listenersAny(): AnyListener[] {
    return [...this.#incoming ?? []];
  }

  /**
   * Adds a listener for all events that are sent to the client, broadcasts included, called with the event's name and
   * arguments.
   */
  onAnyOutgoing(listener: AnyListener): this {
    this.#outgoing = [...this.#outgoing ?? [], listener];
    return this;
  }

  /** Adds a listener for all events that are sent to the client, before the others. */
  prependAnyOutgoing(listener: AnyListener): this {
    this.#outgoing = [listener, ...this.#outgoing ?? []];
    return this;
  }

  /** Removes a listener for all events that are sent to the client, or all such listeners. */
  offAnyOutgoing(listener?: AnyListener): this {
    this.#outgoing = without(this.#outgoing, listener);
    return this;
  }

  /** The listeners for all events that are sent to the client. */
  listenersAnyOutgoing(): AnyListener[] {
    return [...this.#outgoing ?? []];
  }

  static {
    incomingListeners = (source) => source.#incoming;
    outgoingListeners = (source) => source.#outgoing;
  }
}

/** Calls listeners with an event, each with a list of its own. */
export function callAll<Source>(
  source: Source,
  listeners: Listeners,
  event: readonly unknown[],
  onFault: FaultHandler<Source>,
): void {
  for (const listener of listeners) call(source, listener, [...event], String(event[0]), onFault);
}

function without(
  listeners: Listeners | undefined,
  listener: AnyListener | undefined,
): Listeners | undefined {
  if (listener === undefined || listeners === undefined) return undefined;
  const index = listeners.indexOf(listener);
  if (index < 0) return listeners;
  return listeners.length === 1 ? undefined : listeners.toSpliced(index, 1);
}
