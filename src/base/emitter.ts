import type {
  AnyListener,
  EventsMap,
  ReservedOrUserEventNames,
  ReservedOrUserListener,
  TypedEventBroadcaster,
  Untyped,
} from "./events.ts";
import { SmallMap } from "./small_map.ts";

/** The name of an event. */
export type EventName = string | symbol;
type Wrapped = AnyListener & { listener?: AnyListener };

const NONE: readonly Wrapped[] = [];

/** Receives what a listener threw, or what its promise was rejected with. */
export type FaultHandler<Source> = (source: Source, error: unknown, event: EventName) => void;

/** Receives what a listener returned, or its promise resolved to, unless it is `undefined`. */
export type ResultHandler = (result: unknown) => void;

/** An emitter, whatever its events. */
export type AnyEmitter = Emitter<Untyped, Untyped>;

/** The events of every emitter. */
export interface EventEmitterReservedEventsMap {
  /** A listener is about to be added. */
  newListener: (event: EventName, listener: AnyListener) => void;
  /** A listener was removed. */
  removeListener: (event: EventName, listener: AnyListener) => void;
}

/** Receives typed events and sends others: a server, a namespace or a socket. */
export type StrictEventEmitter<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ReservedEvents extends EventsMap = Record<never, never>,
> = Emitter<ListenEvents, ReservedEvents> & TypedEventBroadcaster<EmitEvents>;

/**
 * Calls the listeners of an event. What one of them throws, or rejects with, goes to `onFault`, and the next is called
 * all the same.
 *
 * @returns whether there was a listener
 */
export let fire: <Source extends AnyEmitter>(
  source: Source,
  event: EventName,
  args: unknown[],
  onFault: FaultHandler<Source>,
  onResult?: ResultHandler,
) => boolean;

/** As {@linkcode fire}, with an event as it came in: its name, then its arguments. */
export let fireEvent: <Source extends AnyEmitter>(
  source: Source,
  event: unknown[],
  onFault: FaultHandler<Source>,
  onResult?: ResultHandler,
) => boolean;

/** Whether an emitter has any listener. */
export let isHeard: (emitter: AnyEmitter) => boolean;

/** Lets `emitter` add and remove listeners of `owner`. */
export let shareListeners: (emitter: AnyEmitter, owner: AnyEmitter) => void;

/**
 * Typed event listeners with the method names of Node's `EventEmitter`. Only its owner can fire events.
 */
export class Emitter<ListenEvents extends EventsMap, ReservedEvents extends EventsMap = EventsMap> {
  // The lists are replaced, never changed, so that a listener may add and remove while its event fires. Most events have
  // one listener, which stands for itself: a list for each would take much of what a quiet socket does.
  #listeners: SmallMap<EventName, Wrapped | readonly Wrapped[]> | undefined;

  /**
   * Adds a listener, called with each event of that name.
   *
   * @param event name of the event
   * @param listener called with the event's arguments; `this` is the emitter
   */
  on<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    return this.#add(event, listener, false);
  }

  /** Same as {@link Emitter.on}. */
  addListener<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    return this.#add(event, listener, false);
  }

  /** Adds a listener before the others. */
  prependListener<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    return this.#add(event, listener, true);
  }

  /** Adds a listener that is removed before its first call. */
  once<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    return this.#add(event, this.#wrapOnce(event, listener), false);
  }

  /** Adds a listener before the others that is removed before its first call. */
  prependOnceListener<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    return this.#add(event, this.#wrapOnce(event, listener), true);
  }

  /**
   * Removes a listener: the one added last if it was added several times. Without a listener, all of the event; without
   * an event, all.
   */
  off<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event?: Ev,
    listener?: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    if (event === undefined || listener === undefined) return this.removeAllListeners(event);
    const list = this.#list(event);
    const index = list.findLastIndex((it) => it === listener || it.listener === listener);
    const found = list[index];
    if (found === undefined) return this;
    this.#keep(event, list.toSpliced(index, 1));
    this.#announce("removeListener", event, found.listener ?? found);
    return this;
  }

  /** Same as {@link Emitter.off}. */
  removeListener<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event?: Ev,
    listener?: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    return this.off(event, listener);
  }

  /** Removes all listeners of an event, or of all events. */
  removeAllListeners(event?: EventName): this {
    const events = event === undefined ? this.eventNames() : [event];
    // Those who listen for removals go last, to hear of the others.
    events.sort((a, b) => Number(a === "removeListener") - Number(b === "removeListener"));
    for (const name of events) {
      const list = this.#list(name);
      this.#keep(name, []);
      for (const it of list.toReversed()) this.#announce("removeListener", name, it.listener ?? it);
    }
    return this;
  }

  /** The listeners of an event, in the order of their calls. */
  listeners<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
  ): ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>[] {
    return this.#list(event).map((it) => it.listener ?? it) as ReservedOrUserListener<
      ReservedEvents,
      ListenEvents,
      Ev
    >[];
  }

  /** The listeners of an event as stored: those of {@link Emitter.once} in their wrapper. */
  rawListeners(event: EventName): AnyListener[] {
    return [...this.#list(event)];
  }

  /** How many listeners an event has. */
  listenerCount(event: EventName): number {
    const heard = this.#listeners?.get(event);
    return typeof heard === "function" ? 1 : heard?.length ?? 0;
  }

  /** The events that have listeners. */
  eventNames(): EventName[] {
    return this.#listeners?.keys() ?? [];
  }

  /** Kept for compatibility: the number of listeners is not limited. */
  setMaxListeners(_count: number): this {
    return this;
  }

  /** Kept for compatibility: the number of listeners is not limited. */
  getMaxListeners(): number {
    return Infinity;
  }

  #add(event: EventName, listener: AnyListener, first: boolean): this {
    if (typeof listener !== "function") {
      throw new TypeError(
        `The listener of "${String(event)}" must be a function, got ${typeof listener}`,
      );
    }
    this.#announce("newListener", event, (listener as Wrapped).listener ?? listener);
    const list = this.#list(event);
    if (list.length === 0) (this.#listeners ??= new SmallMap()).set(event, listener);
    else this.#keep(event, first ? [listener, ...list] : [...list, listener]);
    return this;
  }

  #list(event: EventName): readonly Wrapped[] {
    const heard = this.#listeners?.get(event) ?? NONE;
    return typeof heard === "function" ? [heard] : heard;
  }

  #keep(event: EventName, list: readonly Wrapped[]): void {
    const all = this.#listeners ??= new SmallMap();
    if (list.length === 0) all.delete(event);
    else all.set(event, list.length === 1 ? list[0]! : list);
  }

  #wrapOnce(event: EventName, listener: AnyListener): Wrapped {
    // deno-lint-ignore no-this-alias -- the wrapper's own `this` is what it hands on
    const emitter: AnyEmitter = this;
    let called = false;
    const wrapped: Wrapped = function (this: unknown, ...args) {
      // The event may be firing over a list that still holds it.
      if (called) return;
      called = true;
      emitter.off(event, wrapped);
      return listener.apply(this, args);
    };
    wrapped.listener = listener;
    return wrapped;
  }

  #announce(change: "newListener" | "removeListener", event: EventName, listener: unknown): void {
    for (const it of this.#list(change)) it.call(this, event, listener);
  }

  static {
    fire = (source, event, args, onFault, onResult) => {
      const heard = source.#listeners?.get(event);
      if (heard === undefined) return false;
      if (typeof heard === "function") call(source, heard, args, event, onFault, onResult);
      else for (const it of heard) call(source, it, args, event, onFault, onResult);
      return true;
    };
    fireEvent = (source, event, onFault, onResult) => {
      const name = typeof event[0] === "number" ? `${event[0]}` : event[0] as EventName;
      const heard = source.#listeners?.get(name);
      if (heard === undefined) return false;
      if (typeof heard === "function") callWith(source, heard, event, name, onFault, onResult);
      else for (const it of heard) callWith(source, it, event, name, onFault, onResult);
      return true;
    };
    isHeard = (emitter) => emitter.#listeners !== undefined && emitter.#listeners.size > 0;
    shareListeners = (emitter, owner) => {
      emitter.#listeners = owner.#listeners ??= new SmallMap();
    };
  }
}

/** Calls one listener; what it throws or rejects with goes to `onFault`. */
export function call<Source>(
  source: Source,
  listener: AnyListener,
  args: unknown[],
  event: EventName,
  onFault: FaultHandler<Source>,
  onResult?: ResultHandler,
): void {
  try {
    take(source, listener.apply(source, args), event, onFault, onResult);
  } catch (error) {
    onFault(source, error, event);
  }
}

function callWith<Source>(
  source: Source,
  listener: AnyListener,
  event: unknown[],
  name: EventName,
  onFault: FaultHandler<Source>,
  onResult: ResultHandler | undefined,
): void {
  try {
    take(source, apply(listener, source, event), name, onFault, onResult);
  } catch (error) {
    onFault(source, error, name);
  }
}

// Most events have few arguments: these need no list of their own.
function apply(listener: AnyListener, source: unknown, event: unknown[]): unknown {
  switch (event.length) {
    case 1:
      return listener.call(source);
    case 2:
      return listener.call(source, event[1]);
    case 3:
      return listener.call(source, event[1], event[2]);
    default:
      return listener.apply(source, event.slice(1));
  }
}

function take<Source>(
  source: Source,
  result: unknown,
  event: EventName,
  onFault: FaultHandler<Source>,
  onResult: ResultHandler | undefined,
): void {
  if (isThenable(result)) {
    const settled = onResult === undefined ? result : result.then((it) => given(it, onResult));
    settled.then(undefined, (error) => onFault(source, error, event));
  } else if (onResult !== undefined) given(result, onResult);
}

function given(result: unknown, onResult: ResultHandler): void {
  if (result !== undefined) onResult(result);
}

/** Tells whether a value can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null &&
    typeof (value as PromiseLike<unknown>).then === "function";
}
