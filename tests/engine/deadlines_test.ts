import { assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Deadlines, DeadlineTable, type Limited } from "../../src/engine/deadlines.ts";

function rig(length: number) {
  const log: [name: string, time: number][] = [];
  const begin = Date.now();
  const deadlines = new Deadlines(length);
  const item = (name: string, then?: () => void) => ({
    expired: () => {
      log.push([name, Date.now() - begin]);
      then?.();
    },
  });
  return { deadlines, item, log };
}

Deno.test("Deadlines ends each limit in time, in the order of their beginnings", () => {
  using time = new FakeTime();
  const { deadlines, item, log } = rig(100);
  deadlines.start(item("a"));
  time.tick(30);
  deadlines.start(item("b"));
  deadlines.start(item("c"));
  time.tick(500);
  assertEquals(log, [["a", 100], ["b", 130], ["c", 130]]);
  assertEquals(time.next(), false);
});

Deno.test("Deadlines begins a limit anew, and lifts one", () => {
  using time = new FakeTime();
  const { deadlines, item, log } = rig(100);
  const [a, b] = [item("a"), item("b")];
  deadlines.start(a);
  deadlines.start(b);
  time.tick(60);
  deadlines.start(a);
  deadlines.stop(b);
  deadlines.stop(b);
  time.tick(500);
  assertEquals(log, [["a", 160]]);
});

Deno.test("Deadlines keeps no timer while there is no limit", () => {
  using time = new FakeTime();
  const { deadlines, item, log } = rig(100);
  const a = item("a");
  deadlines.start(a);
  deadlines.stop(a);
  assertEquals(time.next(), false);
  deadlines.start(a);
  time.tick(100);
  assertEquals([log.length, time.next()], [1, false]);
});

Deno.test("Deadlines may be started and stopped from within an end", () => {
  using time = new FakeTime();
  const { deadlines, item, log } = rig(100);
  const c = item("c");
  let again = 2;
  const a = item("a", () => {
    deadlines.stop(c);
    if (again-- > 0) deadlines.start(a);
  });
  const b = item("b");
  for (const it of [a, b, c]) deadlines.start(it);
  time.tick(1000);
  assertEquals(log, [["a", 100], ["b", 100], ["a", 200], ["a", 300]]);
  assertEquals(time.next(), false);
});

for (const hours of [-3, 3]) {
  Deno.test(`Deadlines ends each limit in time, though the clock is set by ${hours} hours`, () => {
    using time = new FakeTime();
    const { deadlines, item, log } = rig(1000);
    const order = () => log.map(([name]) => name);
    const { now } = Date;
    let shift = 0;
    Date.now = () => now() + shift;
    try {
      deadlines.start(item("a"));
      time.tick(500);
      deadlines.start(item("b"));
      shift = hours * 3_600_000;
      time.tick(499);
      assertEquals(order(), []);
      time.tick(1);
      assertEquals(order(), ["a"]);
      time.tick(499);
      assertEquals(order(), ["a"]);
      time.tick(1);
      assertEquals(order(), ["a", "b"]);
    } finally {
      Date.now = now;
    }
  });
}

Deno.test("Deadlines ends the others all the same, when one of them throws", () => {
  using time = new FakeTime();
  const { deadlines, item, log } = rig(100);
  const lost = item("a", () => {
    throw new Error("lost");
  });
  deadlines.start(lost);
  deadlines.start(item("b"));
  assertThrows(() => time.tick(100), Error, "lost");
  time.tick(1);
  deadlines.start(item("c"));
  time.tick(100);
  assertEquals(log.map(([name]) => name), ["a", "b", "c"]);
});

Deno.test("Deadlines of no length end one after the other, though each begins the next", () => {
  using time = new FakeTime();
  const { deadlines, item, log } = rig(0);
  const again: Limited = item("again", () => log.length < 1_000 && deadlines.start(again));
  deadlines.start(again);
  time.tick(3);
  assertEquals(log, [["again", 1], ["again", 2], ["again", 3]]);
  deadlines.stop(again);
});

Deno.test("DeadlineTable has one of each length, and forgets those of which none is under way", () => {
  using time = new FakeTime();
  const { item, log } = rig(0);
  const table = new DeadlineTable();
  const [used, unused] = [table.of(1), table.of(2)];
  used.start(item("a"));
  assertEquals([table.of(1) === used, table.of(2) === unused], [true, true]);
  for (let length = 3; length < 1000; length++) table.of(length);
  assertEquals([table.of(1) === used, table.of(2) === unused], [true, false]);
  unused.start(item("b"));
  time.tick(2);
  assertEquals(log, [["a", 1], ["b", 2]]);
  assertEquals(time.next(), false);
});
