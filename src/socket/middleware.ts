import { shown } from "../base/checks.ts";
import { isThenable } from "../base/emitter.ts";

/** An error whose `data` reaches the client. */
export interface ExtendedError extends Error {
  /** Sent to the client beside the message. */
  data?: unknown;
}

/** Goes on to the next middleware, or refuses. */
export type Next = (error?: ExtendedError) => void;

/**
 * A middleware in one of two forms. With two parameters it goes on by calling `next()`, and refuses by `next(error)`.
 * With one parameter it goes on by returning, or when its promise resolves, and refuses by throwing or rejecting. With
 * none, or with rest parameters, it is of the first form.
 */
export type Middleware<Value> = (value: Value, next: Next) => void;

/**
 * Adds a middleware behind others. What is none would end their run as if all had agreed.
 *
 * @throws {TypeError} if it is not a function
 */
export function withMiddleware<Value>(
  middlewares: readonly Middleware<Value>[],
  added: Middleware<Value>,
): readonly Middleware<Value>[] {
  if (typeof added !== "function") {
    throw new TypeError(`use() needs a function (…, next), got ${shown(added)}`);
  }
  return [...middlewares, added];
}

/** The error that a client is refused with. Of an object that is none, its `message` and `data` count, as on Node. */
export function refusalOf(reason: unknown): ExtendedError {
  if (reason instanceof Error) return reason;
  if (typeof reason !== "object" || reason === null) return new Error(String(reason));
  const { message, data } = reason as Partial<ExtendedError>;
  const refusal: ExtendedError = new Error(typeof message === "string" ? message : "refused");
  if (data !== undefined) refusal.data = data;
  return refusal;
}

/**
 * Runs middlewares one after the other; without an asynchronous one among them, before it returns.
 *
 * @param done called once: with the error of the middleware that refused, or without one
 */
export function runMiddlewares<Value>(
  middlewares: readonly Middleware<Value>[],
  value: Value,
  done: (error?: unknown) => void,
): void {
  let index = 0;
  const step: Next = (error) => {
    if (error) return done(error);
    const middleware = middlewares[index++];
    if (middleware === undefined) done();
    else runMiddleware(middleware, value, step);
  };
  step();
}

function runMiddleware<Value>(middleware: Middleware<Value>, value: Value, step: Next): void {
  let over = false;
  const next = (error?: unknown) => {
    if (over) return;
    over = true;
    step(error as ExtendedError | undefined);
  };
  const refuse = (error: unknown) => next(error || new Error("refused"));
  // A function of `...args` has a length of 0, and may be one that calls next() much later: it has to.
  const returns = middleware.length === 1;
  try {
    const result: unknown = middleware(value, next);
    if (isThenable(result)) result.then(returns ? () => next() : undefined, refuse);
    else if (returns) next();
  } catch (error) {
    refuse(error);
  }
}
