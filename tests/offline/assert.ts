/**
 * The part of `@std/assert` that the tests use, over `node:assert`, for machines that cannot reach
 * JSR. Signatures are those of `@std/assert`. Comparison is stricter here (`0` is not `-0`, a
 * prototype counts, buffers are compared by content), so what passes here passes there.
 *
 * @module
 */
import nodeAssert, { AssertionError } from "node:assert";

export { AssertionError };

// deno-lint-ignore no-explicit-any -- a class of errors is one whatever its constructor takes
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;
// deno-lint-ignore no-explicit-any
type AnyClass = abstract new (...args: any[]) => any;

type Message = string | undefined;
type Expectation = [msg?: Message] | [wanted: ErrorClass<Error>, includes?: Message, msg?: Message];
type ExpectedError = [wanted: ErrorClass<Error> | undefined, includes: Message, msg: Message];

/** Puts the message before what the comparison itself has to say. */
function compare(comparison: () => void, msg: Message): void {
  try {
    comparison();
  } catch (error) {
    if (msg === undefined || !(error instanceof AssertionError)) throw error;
    throw new AssertionError({ message: `${msg}: ${error.message}`, stackStartFn: compare });
  }
}

/** Fails, unless `expr` is truthy. */
export function assert(expr: unknown, msg?: string): asserts expr {
  if (!expr) fail(msg);
}

/** Fails, unless both values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  compare(() => nodeAssert.deepStrictEqual(actual, expected), msg);
}

/** Fails, if both values are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  compare(() => nodeAssert.notDeepStrictEqual(actual, expected), msg);
}

/** Fails, unless both values are the same one. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  compare(() => nodeAssert.strictEqual(actual, expected), msg);
}

/** Fails, if the value is `undefined` or `null`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) fail(msg ?? `Expected a value, got ${actual}`);
}

/** Fails, unless the value is an instance of the class. */
export function assertInstanceOf<T extends AnyClass>(
  actual: unknown,
  expectedType: T,
  msg?: string,
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  fail(msg ?? `Expected an instance of ${expectedType.name}, got ${describe(actual)}`);
}

/** Fails, unless the string matches the expression. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  compare(() => nodeAssert.match(actual, expected), msg);
}

/** Fails, unless the string contains the other one. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  fail(msg ?? `Expected ${JSON.stringify(actual)} to contain ${JSON.stringify(expected)}`);
}

/** Fails, unless the function throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  ...expected: Expectation
): unknown {
  const [wanted, includes, msg] = expectation(expected);
  try {
    fn();
  } catch (error) {
    return matching(error, wanted, includes, msg);
  }
  return fail(msg ?? "Expected the function to throw");
}

/** Fails, unless the promise that the function returns rejects; resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  ...expected: Expectation
): Promise<unknown> {
  const [wanted, includes, msg] = expectation(expected);
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    fail(msg ?? `Expected the function to return a promise, but it threw ${describe(error)}`);
  }
  try {
    await promise;
  } catch (error) {
    return matching(error, wanted, includes, msg);
  }
  return fail(msg ?? "Expected the promise to reject");
}

/** Fails. */
export function fail(msg?: string): never {
  throw new AssertionError({ message: msg ?? "Failed assertion", stackStartFn: fail });
}

function expectation(expected: Expectation): ExpectedError {
  const [first, includes, msg] = expected;
  return typeof first === "function" ? [first, includes, msg] : [undefined, undefined, first];
}

function matching(
  error: unknown,
  wanted: ErrorClass<Error> | undefined,
  includes: string | undefined,
  msg: string | undefined,
): unknown {
  if (wanted === undefined) return error;
  assertInstanceOf(error, wanted, msg);
  if (includes !== undefined) assertStringIncludes(error.message, includes, msg);
  return error;
}

function describe(value: unknown): string {
  return value instanceof Error ? `${value.name}: ${value.message}` : String(value);
}
