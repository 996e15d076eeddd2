import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { Rate } from "../../src/base/token_bucket.ts";
import { Allowance } from "../../src/socket/limits/allowance.ts";
import { randomly } from "../kit/random.ts";

const SIXTEEN = { perSecond: 16, burst: 16 };

/** What a decoder does: takes both, or tells what there is not enough of. */
function take(allowance: Allowance, events: number, bytes: number): string | undefined {
  const lack = allowance.covers(events, bytes) ? undefined : allowance.lacks(events, bytes);
  if (lack === undefined) allowance.spend(events, bytes);
  return lack;
}

function takeAll(allowance: Allowance): number {
  let count = 0;
  while (take(allowance, 1, 0) === undefined) count++;
  return count;
}

Deno.test("Allowance looks at the clock once for a sixteenth of the burst", () => {
  using time = new FakeTime();
  const { now } = Date;
  let looks = 0;
  const allowance = new Allowance({ perSecond: 160, burst: 160 }, undefined);
  Date.now = () => (looks++, now());
  try {
    for (let n = 0; n < 160; n++) assertEquals(take(allowance, 1, 9), undefined);
    assertEquals([looks, take(allowance, 1, 9)], [16, "events"]);
    time.tick(1_000);
    assertEquals(take(allowance, 160, 9), undefined);
  } finally {
    Date.now = now;
  }
});

Deno.test("Allowance gives a sixteenth more than the burst after a pause, and no more", () => {
  using time = new FakeTime();
  const allowance = new Allowance({ perSecond: 32, burst: 32 }, undefined);
  assertEquals(take(allowance, 1, 0), undefined);
  time.tick(60_000);
  const taken = takeAll(allowance);
  assert(taken >= 32 && taken <= 34, `${taken} were taken`);
});

Deno.test("Allowance takes nothing of either when there is not enough of one", () => {
  using _time = new FakeTime();
  const allowance = new Allowance(SIXTEEN, SIXTEEN);
  assertEquals(take(allowance, 1, 10), undefined);
  for (let n = 0; n < 5; n++) assertEquals(take(allowance, 3, 7), "bytes");
  assertEquals([allowance.wait("events", 16), allowance.wait("bytes", 7)], [63, 63]);
  for (let n = 0; n < 5; n++) assertEquals(take(allowance, 16, 1), "events");
  assertEquals(take(allowance, 15, 6), undefined);
});

Deno.test("Allowance lets pass what needs nothing of a bucket that is in debt", () => {
  using _time = new FakeTime();
  const allowance = new Allowance(SIXTEEN, SIXTEEN);
  assertEquals(take(allowance, 100, 0), undefined);
  assertEquals([take(allowance, 0, 16), take(allowance, 0, 0)], [undefined, undefined]);
  assertEquals([take(allowance, 1, 0), take(allowance, 0, 1)], ["events", "bytes"]);
});

Deno.test("Allowance without a rate has enough of anything, and is full", () => {
  const none = new Allowance(undefined, undefined);
  for (let n = 0; n < 5; n++) assertEquals(take(none, 2 ** 29, 2 ** 31), undefined);
  assertEquals([none.full, none.wait("bytes", 1)], [true, 0]);
});

Deno.test("Allowance is full when both buckets are, whatever they have lent", () => {
  using time = new FakeTime();
  const allowance = new Allowance({ perSecond: 100, burst: 100 }, { perSecond: 10, burst: 100 });
  assertEquals([take(allowance, 10, 20), allowance.full], [undefined, false]);
  time.tick(1_999);
  assertEquals(allowance.full, false);
  time.tick(1);
  assertEquals([allowance.full, takeAll(allowance)], [true, 100]);
});

Deno.test(
  "Allowance never gives more than the bursts, a sixteenth, and what came since, nor less than is there",
  randomly((random) => {
    using time = new FakeTime();
    for (let round = 0; round < 200; round++) {
      const rates = [0, 1].map((): Required<Rate> => ({
        burst: random.pick([1, 3, 15, 16, 100, 5_000]),
        perSecond: random.pick([1, 10, 100, 1_000]),
      }));
      const allowance = new Allowance(rates[0], rates[1]);
      // Each has a debt left by what is larger than it is, and is as full as can be at first.
      const models = rates.map(({ burst, perSecond }) => ({
        burst,
        perSecond,
        strict: burst,
        loose: burst * 17 / 16,
      }));
      for (let step = 0; step < 300; step++) {
        const passed = random.pick([0, 0, 0, 1, 20, 1_000]);
        time.tick(passed);
        for (const it of models) {
          const came = passed * it.perSecond / 1000;
          it.strict = Math.min(it.burst, it.strict + came);
          it.loose = Math.min(it.burst * 17 / 16, it.loose + came);
        }
        const sizes = [random.pick([0, 1, 1, 2]), random.pick([0, 1, 7])];
        const lack = take(allowance, sizes[0]!, sizes[1]!);
        for (const [i, it] of models.entries()) {
          const needed = Math.min(sizes[i]!, it.burst);
          const name = ["events", "bytes"][i];
          if (lack === undefined) {
            assert(needed === 0 || it.loose > needed - 1e-6, `too many ${name}`);
            it.strict -= sizes[i]!;
            it.loose -= sizes[i]!;
          } else if (lack === name) assert(it.strict < needed + 1e-6, `too few ${name}`);
        }
      }
    }
  }),
);
