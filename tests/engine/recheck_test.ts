import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Deadlines } from "../../src/engine/deadlines.ts";
import { recheck } from "../../src/engine/recheck.ts";

/** When a question is asked that is answered with yes after some times: in turns, then in milliseconds. */
function asked(yesAfter: number, hasTurns: boolean): { turns: number; times: number[] } {
  using time = new FakeTime();
  const deadlines = new Map<number, Deadlines>();
  const waiting: (() => void)[] = [];
  const times: number[] = [];
  let turns = 0;
  const patience = {
    soon: (callback: () => void) => hasTurns && waiting.push(callback) > 0,
    deadlines: (ms: number) => {
      const known = deadlines.get(ms) ?? new Deadlines(ms);
      deadlines.set(ms, known);
      return known;
    },
  };
  recheck(patience, () => {
    if (waiting.length === 0) times.push(time.now - time.start);
    return turns + times.length === yesAfter;
  });
  for (; waiting.length > 0; waiting.shift()) {
    turns++;
    waiting[0]!();
  }
  while (time.next());
  return { turns, times };
}

Deno.test("recheck asks at the end of some turns, and then ever more seldom, until the answer is yes", () => {
  assertEquals(asked(3, true), { turns: 3, times: [] });
  assertEquals(asked(11, true), { turns: 8, times: [1, 3, 7] });
});

Deno.test("recheck asks by timers alone where there is no end of a turn, every 64 ms at last", () => {
  const { turns, times } = asked(10, false);
  assertEquals([turns, times], [0, [1, 3, 7, 15, 31, 63, 127, 191, 255, 319]]);
});
