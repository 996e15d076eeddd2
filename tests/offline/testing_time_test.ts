// Imports by the public name: see assert_test.ts.
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";

Deno.test("FakeTime moves Date and timers by what tick says, and by nothing else", () => {
  using time = new FakeTime(1000);
  const seen: number[] = [];
  setTimeout(() => seen.push(Date.now()), 20);
  const interval = setInterval(() => seen.push(Date.now()), 15);
  time.tick(19);
  assertEquals(seen, [1015]);
  time.tick(30);
  assertEquals(seen, [1015, 1020, 1030, 1045]);
  clearInterval(interval);
  time.tick(100);
  assertEquals(seen.length, 4);
  assertEquals([time.start, time.now, Date.now(), new Date().getTime()], [1000, 1149, 1149, 1149]);
});

Deno.test("FakeTime runs timers that timers set, when they are due within the same tick", () => {
  using time = new FakeTime();
  const seen: string[] = [];
  setTimeout(() => {
    seen.push("outer");
    setTimeout(() => seen.push("inner"), 10);
  }, 10);
  time.tick(20);
  assertEquals(seen, ["outer", "inner"]);
});

Deno.test("FakeTime.tickAsync runs microtasks before it moves on", async () => {
  using time = new FakeTime();
  let fired = false;
  Promise.resolve().then(() => setTimeout(() => fired = true, 5));
  await time.tickAsync(5);
  assert(fired);
});

Deno.test("FakeTime.runMicrotasks lets settled promises go on, without moving time", async () => {
  using time = new FakeTime(0);
  let steps = 0;
  (async () => {
    for (; steps < 10; steps++) await null;
  })();
  await time.runMicrotasks();
  assertEquals([steps, time.now], [10, 0]);
});

Deno.test("FakeTime.next moves to the next timer, and says when there is none", () => {
  using time = new FakeTime(0);
  const seen: string[] = [];
  setTimeout(() => seen.push("b"), 20);
  setTimeout(() => seen.push("a"), 10);
  assertEquals([time.next(), time.now, ...seen], [true, 10, "a"]);
  assertEquals([time.next(), time.now, ...seen], [true, 20, "a", "b"]);
  assertEquals([time.next(), time.now], [false, 20]);
});

Deno.test("FakeTime.restore gives back the real functions, once", () => {
  const real = [Date, setTimeout, clearTimeout, setInterval, clearInterval];
  const time = new FakeTime();
  assert(setTimeout !== real[1]);
  time.restore();
  [Date, setTimeout, clearTimeout, setInterval, clearInterval]
    .forEach((current, index) => assertStrictEquals(current, real[index]));
  assertThrows(() => time.restore());
});

Deno.test("FakeTime refuses to go backwards", () => {
  using time = new FakeTime(10);
  assertThrows(() => time.now = 9);
});

Deno.test("FakeTime refuses to start at no time, and leaves the real one in place", () => {
  const real = Date;
  assertThrows(() => new FakeTime("no date"));
  assertStrictEquals(Date, real);
});
