// Imports by the public name, so that the stand-in and, where JSR can be reached, the real
// package are held to the same behaviour.
import {
  assert,
  assertEquals,
  assertExists,
  assertInstanceOf,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";

function failure(fn: () => unknown): Error {
  try {
    fn();
  } catch (error) {
    if (error instanceof AssertionError) return error;
    throw error;
  }
  throw new Error("The assertion held");
}

Deno.test("assert throws an AssertionError with the message, given a falsy value", () => {
  assert(1);
  assertStringIncludes(failure(() => assert(0, "zero")).message, "zero");
});

Deno.test("assertEquals compares deeply, and tells bytes and missing keys apart", () => {
  assertEquals({ a: [new Uint8Array([1, 2])] }, { a: [new Uint8Array([1, 2])] });
  assertEquals(new Map([["a", new Set([1])]]), new Map([["a", new Set([1])]]));
  assertEquals(NaN, NaN);
  failure(() => assertEquals(new Uint8Array([1]), new Uint8Array([2])));
  failure(() => assertEquals<object>({ a: undefined }, {}));
  failure(() => assertEquals<unknown>([1], ["1"]));
});

Deno.test("assertNotEquals throws, given deeply equal values", () => {
  assertNotEquals({ a: 1 }, { a: 2 });
  failure(() => assertNotEquals({ a: 1 }, { a: 1 }));
});

Deno.test("assertStrictEquals throws, given two equal objects", () => {
  const one = {};
  assertStrictEquals(one, one);
  failure(() => assertStrictEquals(one, {}));
});

Deno.test("assertExists throws, given undefined or null, and lets other falsy values pass", () => {
  assertExists(0);
  failure(() => assertExists(undefined));
  failure(() => assertExists(null));
});

Deno.test("assertInstanceOf throws, given a value of another class", () => {
  assertInstanceOf(new TypeError("a"), Error);
  failure(() => assertInstanceOf(new Error("a"), TypeError));
});

Deno.test("assertMatch and assertStringIncludes throw, given a string without the part", () => {
  assertMatch("abc", /b/);
  failure(() => assertMatch("abc", /d/));
  assertStringIncludes("abc", "bc");
  failure(() => assertStringIncludes("abc", "d"));
});

Deno.test("assertThrows returns the error, and throws when class or message differ", () => {
  const thrower = () => {
    throw new TypeError("no such room");
  };
  const error: TypeError = assertThrows(thrower, TypeError, "such");
  assertEquals(error.message, "no such room");
  assertInstanceOf(assertThrows(thrower), TypeError);
  failure(() => assertThrows(thrower, RangeError));
  failure(() => assertThrows(thrower, TypeError, "another"));
  failure(() => assertThrows(() => {}));
  failure(() => assertThrows(() => {}, TypeError));
});

Deno.test("assertRejects resolves to the reason, and rejects when class or message differ", async () => {
  const rejecter = () => Promise.reject(new TypeError("no such room"));
  const error: TypeError = await assertRejects(rejecter, TypeError, "such");
  assertEquals(error.message, "no such room");
  await assertRejects(() => assertRejects(rejecter, RangeError), AssertionError);
  await assertRejects(() => assertRejects(rejecter, TypeError, "another"), AssertionError);
  await assertRejects(() => assertRejects(() => Promise.resolve()), AssertionError);
});

Deno.test("assertRejects rejects, given a function that throws instead of rejecting", async () => {
  const thrower = () => {
    throw new TypeError("at once");
  };
  await assertRejects(() => assertRejects(thrower, TypeError), AssertionError);
});

Deno.test("fail throws an AssertionError with the message", () => {
  assertStringIncludes(failure(() => fail("unreachable")).message, "unreachable");
});
