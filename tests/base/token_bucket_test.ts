import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { TokenBucket } from "../../src/base/token_bucket.ts";
import { randomly } from "../kit/random.ts";

Deno.test("TokenBucket gives a burst at once, then so many a second", () => {
  using time = new FakeTime();
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 });
  const taken = () => {
    let count = 0;
    while (bucket.take(1)) count++;
    return count;
  };
  assertEquals(taken(), 3);
  assertEquals(bucket.wait(1), 500);
  time.tick(499);
  assertEquals(taken(), 0);
  time.tick(1);
  assertEquals(taken(), 1);
  time.tick(2_000);
  assertEquals(taken(), 3, "not 4");
});

Deno.test("TokenBucket lets pass what is larger than it is when it is full, and that leaves a debt", () => {
  using time = new FakeTime();
  const bucket = new TokenBucket({ perSecond: 10, burst: 10 });
  assertEquals(bucket.take(25), true);
  assertEquals(bucket.take(0), true);
  assertEquals([bucket.take(1), bucket.wait(1), bucket.wait(25)], [false, 1_600, 2_500]);
  time.tick(2_400);
  assertEquals([bucket.take(25), bucket.wait(25)], [false, 100]);
  time.tick(100);
  assertEquals(bucket.take(25), true);
});

Deno.test("TokenBucket takes nothing for what it refuses", () => {
  using _time = new FakeTime();
  const bucket = new TokenBucket({ perSecond: 1, burst: 5 });
  bucket.take(2);
  for (let n = 0; n < 10; n++) bucket.take(4);
  assertEquals([bucket.take(3), bucket.wait(0)], [true, 0]);
});

Deno.test("TokenBucket is not confused by a clock that is set back", () => {
  using time = new FakeTime();
  const bucket = new TokenBucket({ perSecond: 1, burst: 2 });
  const { now } = Date;
  let shift = 0;
  Date.now = () => now() + shift;
  try {
    bucket.take(2);
    shift = -3_600_000;
    assertEquals([bucket.take(1), bucket.wait(1)], [false, 1_000]);
    time.tick(1_000);
    assertEquals([bucket.take(1), bucket.take(1)], [true, false]);
  } finally {
    Date.now = now;
  }
});

Deno.test("TokenBucket looks at the clock once for a sixteenth of the burst", () => {
  using time = new FakeTime();
  const { now } = Date;
  let looks = 0;
  const bucket = new TokenBucket({ perSecond: 160, burst: 160 });
  Date.now = () => (looks++, now());
  try {
    for (let n = 0; n < 160; n++) assertEquals(bucket.take(1), true);
    assertEquals([looks, bucket.take(1)], [16, false]);
    time.tick(1_000);
    assertEquals(bucket.take(160), true);
  } finally {
    Date.now = now;
  }
});

Deno.test("TokenBucket gives a sixteenth more than the burst after a pause, and no more", () => {
  using time = new FakeTime();
  const bucket = new TokenBucket({ perSecond: 32, burst: 32 });
  assertEquals(bucket.take(1), true);
  time.tick(60_000);
  let taken = 0;
  while (bucket.take(1)) taken++;
  assert(taken >= 32 && taken <= 34, `${taken} were taken`);
});

Deno.test(
  "TokenBucket never gives more than the burst, a sixteenth of it, and what came since, nor less than is there",
  randomly((random) => {
    using time = new FakeTime();
    for (let round = 0; round < 200; round++) {
      const burst = random.pick([1, 3, 15, 16, 100, 5_000]);
      const perSecond = random.pick([1, 10, 100, 1_000]);
      const size = random.pick([1, 1, 2, 7]);
      const bucket = new TokenBucket({ perSecond, burst });
      // Both have a debt left by what is larger than they are, and are as full as can be at first.
      const [strict, loose] = [burst, burst * 17 / 16].map((most) => ({ most, tokens: most }));
      for (let step = 0; step < 300; step++) {
        const passed = random.pick([0, 0, 0, 1, 20, 1_000]);
        time.tick(passed);
        for (const it of [strict!, loose!]) {
          it.tokens = Math.min(it.most, it.tokens + passed * perSecond / 1000);
        }
        const needed = Math.min(size, burst);
        const takes = bucket.take(size);
        if (takes) assert(loose!.tokens > needed - 1e-6, `${burst} ${perSecond} ${size}: too many`);
        else assert(strict!.tokens < needed + 1e-6, `${burst} ${perSecond} ${size}: too few`);
        if (takes) { for (const it of [strict!, loose!]) it.tokens -= size; }
      }
    }
  }),
);
