/**
 * The type-level helpers behind typed events. Names and meaning are the official ones, so that type annotations move
 * over from `socket.io` unchanged.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any -- a listener's parameters are only known to the caller, and `unknown[]` refuses every listener

/** Maps event names to the type of their listener. */
export interface EventsMap {
  /** An event's listener. */
  [event: string]: any;
}

/** The map in force where none is given: every event name, any arguments. */
export interface DefaultEventsMap {
  /** An event's listener. */
  [event: string]: (...args: any[]) => void;
}

/** The event names of a map. */
export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);

/** The arguments of the listener of event `Ev`. */
export type EventParams<Map extends EventsMap, Ev extends EventNames<Map>> = Parameters<Map[Ev]>;

/** Any function. */
export type AnyFunction = (...args: any[]) => any;
/** Whether a type is `any`. */
export type IsAny<T> = 0 extends 1 & T ? true : false;
/** The last argument of a listener. */
export type Acknowledgement<Listener> = Listener extends (...args: infer Args) => any ? Last<Args>
  : never;

/** The type of the last element of a tuple. */
export type Last<Tuple extends readonly unknown[]> = Tuple extends readonly [infer Only] ? Only
  : Tuple extends readonly [unknown, ...infer Tail] ? Last<Tail>
  : Tuple extends readonly (infer Element)[] ? Element
  : never;

/** A tuple without its last element. */
export type AllButLast<Tuple extends any[]> = Tuple extends [...infer Head, any] ? Head : any[];

/** The first element that is not an error: the second one if the first is. */
export type FirstNonErrorTuple<Tuple extends unknown[]> = Tuple[0] extends Error ? Tuple[1]
  : Tuple[0];

/** What a promise of an acknowledgement resolves to: its first argument that is not an error. */
export type FirstNonErrorArg<Ack> = Ack extends (...args: infer Args) => any
  ? FirstNonErrorTuple<Args>
  : any;

/** Whether a listener's last argument is an acknowledgement. */
export type HasAcknowledgement<Listener extends AnyFunction> = IsAny<Listener> extends true ? true
  : Parameters<Listener> extends never[] ? false
  : IsAny<Acknowledgement<Listener>> extends true ? true
  : Acknowledgement<Listener> extends AnyFunction ? true
  : false;

/** Whether a listener may be called without an acknowledgement. */
export type LacksAcknowledgement<Listener extends AnyFunction> = IsAny<Listener> extends true ? true
  : Parameters<Listener> extends never[] ? true
  : IsAny<Acknowledgement<Listener>> extends true ? true
  : Acknowledgement<Listener> extends AnyFunction ? false
  : true;

/** Whether a listener's acknowledgement takes an error first. */
export type HasErrorFirst<Listener> = IsAny<Listener> extends true ? true
  : IsAny<Acknowledgement<Listener>> extends true ? true
  : Acknowledgement<Listener> extends (...args: infer Args) => any
    ? Args[0] extends Error ? true : false
  : false;

/** The events whose last argument is an acknowledgement. */
export type EventNamesWithAck<
  Map extends EventsMap,
  Ev extends EventNames<Map> = EventNames<Map>,
> = Ev extends unknown ? HasAcknowledgement<Map[Ev]> extends true ? Ev : never : never;

/** The events without an acknowledgement. */
export type EventNamesWithoutAck<
  Map extends EventsMap,
  Ev extends EventNames<Map> = EventNames<Map>,
> = Ev extends unknown ? LacksAcknowledgement<Map[Ev]> extends true ? Ev : never : never;

/** The events whose acknowledgement takes an error first. */
export type EventNamesWithError<
  Map extends EventsMap,
  Ev extends EventNamesWithAck<Map> = EventNamesWithAck<Map>,
> = Ev extends unknown ? HasErrorFirst<Map[Ev]> extends true ? Ev : never : never;

/** The map without the events that take an acknowledgement. */
export type RemoveAcknowledgements<Map extends EventsMap> = {
  [Ev in EventNamesWithoutAck<Map>]: Map[Ev];
};

/** Arrays of each element's type. */
export type MultiplyArray<Tuple extends unknown[]> = {
  [Index in keyof Tuple]: Tuple[Index][];
};

/** A tuple of just the first element, under its name. */
export type FirstOnly<Tuple extends any[]> = Tuple extends [any, ...infer Rest]
  ? Tuple extends [...infer First, ...Rest] ? First : never
  : never;

/** Arguments whose acknowledgement takes an error first. */
export type WithTimeoutError<Args extends any[]> = {
  [Index in keyof Args]: Args[Index] extends (...args: infer Params) => infer Result
    ? Params[0] extends Error ? Args[Index]
    : (err: Error, ...args: Params) => Result
    : Args[Index];
};

/** Arguments whose acknowledgement takes lists. */
export type WithResponses<Args extends any[]> = {
  [Index in keyof Args]: Args[Index] extends (...args: infer Params) => infer Result
    ? Params extends [Error] ? (err: Error) => Result
    : Params extends [Error, ...infer Rest]
      ? (err: Error, ...args: FirstOnly<MultiplyArray<Rest>>) => Result
    : Params extends [] ? () => Result
    : (...args: FirstOnly<MultiplyArray<Params>>) => Result
    : Args[Index];
};

/** After `timeout()`, acknowledgements take an error first. */
export type DecorateAcknowledgements<Map> = {
  [Ev in keyof Map]: Map[Ev] extends (...args: infer Params) => infer Result
    ? (...args: WithTimeoutError<Params>) => Result
    : Map[Ev];
};

/** In a broadcast, acknowledgements take one response per client. */
export type DecorateAcknowledgementsWithMultipleResponses<Map> = {
  [Ev in keyof Map]: Map[Ev] extends (...args: infer Params) => infer Result
    ? (...args: WithResponses<Params>) => Result
    : Map[Ev];
};

/** In a broadcast after `timeout()`: an error first, then one response per client. */
export type DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Map> = {
  [Ev in keyof Map]: Map[Ev] extends (...args: infer Params) => infer Result
    ? (...args: WithResponses<WithTimeoutError<Params>>) => Result
    : Map[Ev];
};

/** The event names one may listen to. */
export type ReservedOrUserEventNames<
  ReservedEvents extends EventsMap,
  UserEvents extends EventsMap,
> = EventNames<ReservedEvents> | EventNames<UserEvents>;

/** The listener of a reserved event or of one of the user's. */
export type ReservedOrUserListener<
  ReservedEvents extends EventsMap,
  UserEvents extends EventsMap,
  Ev extends ReservedOrUserEventNames<ReservedEvents, UserEvents>,
> = UntypedIfNever<
  Ev extends EventNames<ReservedEvents> ? ReservedEvents[Ev]
    : Ev extends EventNames<UserEvents> ? UserEvents[Ev]
    : never
>;

/** Leaves a listener untyped while the event map, still generic, resolves to `never`. */
export type UntypedIfNever<T> = [T] extends [never] ? (...args: any[]) => void : T;

/** Something that emits typed events to clients. */
export interface TypedEventBroadcaster<EmitEvents extends EventsMap> {
  /** Sends an event. */
  emit<Ev extends EventNames<EmitEvents>>(ev: Ev, ...args: EventParams<EmitEvents, Ev>): boolean;
}

/** A catch-all listener. */
export type AnyListener = (...args: any[]) => void;

/** Stands for a type parameter that only users know. */
export type Untyped = any;
