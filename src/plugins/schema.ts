/**
 * Checks what clients send, with the schemas of any library that follows Standard Schema: Zod, Valibot, ArkType and
 * others. The types of the events come from the schemas.
 *
 * @module
 */

import type { AnyFunction, AnySocket, Event, ExtendedError, Middleware, Next } from "../../mod.ts";

/** What a schema finds wrong. */
export interface SchemaIssue {
  /** What it is, in words. */
  readonly message: string;
  /** Where in the value it is. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema makes of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** A schema, as {@link https://standardschema.dev | Standard Schema} has it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What libraries agree on. */
  readonly "~standard": {
    /** The version of the agreement. */
    readonly version: 1;
    /** The library. */
    readonly vendor: string;
    /** Checks a value. */
    readonly validate: (
      value: unknown,
    ) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** The schemas of an event's arguments; with `ack`, the client has to ask for an answer, and that is checked, too. */
export type EventSchema =
  | readonly StandardSchema[]
  | { readonly args: readonly StandardSchema[]; readonly ack: StandardSchema };

/** The schemas of events by their names. */
export type EventSchemas = Readonly<Record<string, EventSchema>>;

/** The events as handlers receive them: the `ListenEvents` of a server. */
export type CheckedEvents<Schemas extends EventSchemas> = {
  [Ev in keyof Schemas]: (
    ...args: [...Outputs<ArgsOf<Schemas[Ev]>>, ...Ack<InputOf<AckOf<Schemas[Ev]>>>]
  ) => void;
};

/** The events as clients send them: the `EmitEvents` of a client. */
export type SentEvents<Schemas extends EventSchemas> = {
  [Ev in keyof Schemas]: (
    ...args: [...Inputs<ArgsOf<Schemas[Ev]>>, ...Ack<OutputOf<AckOf<Schemas[Ev]>>>]
  ) => void;
};

/** The schemas of an event's arguments. */
export type ArgsOf<Schema extends EventSchema> = Schema extends readonly StandardSchema[] ? Schema
  : Schema extends { readonly args: infer Args extends readonly StandardSchema[] } ? Args
  : never;
/** The schema of the answer to an event, if one is asked for. */
export type AckOf<Schema extends EventSchema> = Schema extends { readonly ack: infer Ack } ? Ack
  : never;
/** The parameter that answers an event, if one is asked for. */
export type Ack<Answer> = [Answer] extends [never] ? [] : [ack: (answer: Answer) => void];
/** What a schema takes. */
export type InputOf<Schema> = Schema extends StandardSchema<infer Input, infer _> ? Input : never;
/** What a schema gives. */
export type OutputOf<Schema> = Schema extends StandardSchema<infer _, infer Output> ? Output
  : never;
/** What schemas take, one by one. */
export type Inputs<Schemas extends readonly StandardSchema[]> = {
  -readonly [Index in keyof Schemas]: InputOf<Schemas[Index]>;
};
/** What schemas give, one by one. */
export type Outputs<Schemas extends readonly StandardSchema[]> = {
  -readonly [Index in keyof Schemas]: OutputOf<Schemas[Index]>;
};

/** Says what a schema has found wrong. */
export class SchemaError extends Error implements ExtendedError {
  /** Its name. */
  override readonly name = "SchemaError";
  /** The event. */
  readonly event: string;
  /** What is wrong. */
  readonly issues: readonly SchemaIssue[];

  /**
   * Made when an event does not fit.
   *
   * @param event the name of the event
   * @param issues what is wrong
   * @param part which argument it is about, or the answer
   */
  constructor(event: string, issues: readonly SchemaIssue[], part: string) {
    super(`"${event}": ${part}: ${issues.map(describe).join(", ")}`);
    this.event = event;
    this.issues = issues;
  }
}

/** Options of {@link checkEvents}. */
export interface CheckOptions {
  /**
   * What happens to events without a schema.
   *
   * @default "refuse"
   */
  others?: "refuse" | "pass";
  /**
   * Called with each event that is refused: to answer it, or to send the client away. In any case the socket's `error`
   * event brings the error, and no handler is called.
   */
  refused?: (error: SchemaError, socket: AnySocket, ack: AnyFunction | undefined) => void;
}

/**
 * Makes a middleware for `io.use` or `nsp.use` that lets only events through whose arguments fit their schemas. Handlers
 * receive what the schemas make of the arguments: with defaults filled in, and without what is not known.
 *
 * @param schemas the schemas of the events' arguments
 * @param options what happens to other events
 * @throws {TypeError} if what an event is given is neither a list of schemas nor `{ args, ack }`
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 * import { type CheckedEvents, checkEvents, type StandardSchema } from "@fetchio/server/schema";
 *
 * // z.string() of Zod, v.string() of Valibot and their like are used the same way.
 * const text: StandardSchema<string> = {
 *   "~standard": {
 *     version: 1,
 *     vendor: "by hand",
 *     validate: (value) =>
 *       typeof value === "string" ? { value } : { issues: [{ message: "must be text" }] },
 *   },
 * };
 * const events = { say: [text], shout: { args: [text], ack: text } } as const;
 *
 * const io = new Server<CheckedEvents<typeof events>>();
 * io.use(checkEvents(events, { refused: (error, _socket, ack) => ack?.({ error: error.message }) }));
 * io.on("connection", (socket) => {
 *   socket.on("say", (text) => socket.broadcast.emit("say", text));
 *   socket.on("shout", (text, ack) => ack(text.toUpperCase()));
 * });
 * ```
 */
export function checkEvents(
  schemas: EventSchemas,
  options: CheckOptions = {},
): Middleware<AnySocket> {
  const byName = partsByName(schemas);
  return (socket, next) => {
    socket.use((event: Event, next: Next) => {
      const name = String(event[0]);
      const ack = typeof event.at(-1) === "function" ? event.pop() as AnyFunction : undefined;
      const refuse = (issues: readonly SchemaIssue[], part: string) => {
        const error = new SchemaError(name, issues, part);
        options.refused?.(error, socket, ack);
        next(error);
      };
      const parts = byName.get(name);
      if (parts === undefined) {
        if (ack !== undefined) event.push(ack);
        if (options.others === "pass") return next();
        return refuse([{ message: "has no schema" }], "event");
      }
      const { args, ack: answer } = parts;
      if (answer !== undefined && ack === undefined) {
        return refuse([{ message: "must be asked for" }], "acknowledgement");
      }
      if (event.length - 1 > args.length) {
        return refuse([{ message: `at most ${args.length}` }], "arguments");
      }
      const checked = (results: readonly SchemaResult<unknown>[]) => {
        const wrong = results.findIndex((it) => it.issues !== undefined);
        if (wrong >= 0) return refuse(results[wrong]!.issues!, `argument ${wrong + 1}`);
        event.splice(1, Infinity, ...results.map((it) => "value" in it ? it.value : undefined));
        if (ack !== undefined) {
          event.push(answer === undefined ? ack : checkedAck(name, ack, answer));
        }
        next();
      };
      const results = validateAll(args, event);
      if (!results.some(isPromise)) return checked(results as SchemaResult<unknown>[]);
      return Promise.all(results).then(checked);
    });
    next();
  };
}

interface Parts {
  readonly args: readonly StandardSchema[];
  readonly ack?: StandardSchema;
}

function partsByName(schemas: EventSchemas): Map<string, Parts> {
  if (typeof schemas !== "object" || schemas === null) {
    throw new TypeError("checkEvents() needs the schemas of events by their names");
  }
  const byName = new Map<string, Parts>();
  for (const [name, given] of Object.entries(schemas)) {
    const parts = partsOf(given);
    if (parts === undefined) {
      const wanted = "a list of schemas, or { args: [schemas], ack: schema }";
      throw new TypeError(`checkEvents() needs ${wanted}, for "${name}"`);
    }
    byName.set(name, parts);
  }
  return byName;
}

/** `undefined` if they are not what the types ask for. */
function partsOf(given: EventSchema | undefined): Parts | undefined {
  const parts: Partial<Parts> = given instanceof Array ? { args: given } : { ...given };
  const { args, ack } = parts;
  if (!Array.isArray(args) || ![...args].every(isSchema)) return undefined;
  if (ack === undefined) return { args };
  return isSchema(ack) ? { args, ack } : undefined;
}

function isSchema(value: Partial<StandardSchema> | null | undefined): boolean {
  return typeof value?.["~standard"]?.validate === "function";
}

type Validated = ReturnType<StandardSchema["~standard"]["validate"]>;

function validateAll(schemas: readonly StandardSchema[], event: Event): Validated[] {
  const results: Validated[] = [];
  try {
    for (const it of schemas) {
      results.push(it["~standard"].validate(event[results.length + 1]));
    }
  } catch (error) {
    // Nobody else looks at those that are under way, and may fail, too.
    void Promise.allSettled(results);
    throw error;
  }
  return results;
}

// What a handler answers is its own fault: it is told by a throw.
function checkedAck(event: string, ack: AnyFunction, schema: StandardSchema): AnyFunction {
  return (answer: unknown) => {
    const result = schema["~standard"].validate(answer);
    if (isPromise(result)) {
      throw new TypeError(`The answer to "${event}" needs a synchronous schema`);
    }
    if (result.issues !== undefined) throw new SchemaError(event, result.issues, "answer");
    ack(result.value);
  };
}

// Not all promises are of this realm's class.
function isPromise<T extends object>(value: T | Promise<T>): value is Promise<T> {
  return "then" in value;
}

function describe({ message, path = [] }: SchemaIssue): string {
  const where = path.map((it) => String(typeof it === "object" ? it.key : it)).join(".");
  return where === "" ? message : `${where}: ${message}`;
}
