import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { TokenBucket } from "../../src/base/token_bucket.ts";

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

Deno.test("TokenBucket lends a sixteenth of the burst, and takes back what is left", () => {
  using time = new FakeTime();
  const bucket = new TokenBucket({ perSecond: 100, burst: 100 });
  assertEquals([bucket.lend(), bucket.full], [6, false]);
  bucket.settle(6);
  assertEquals([bucket.full, bucket.take(97), bucket.lend(), bucket.lend()], [true, true, 3, 0]);
  bucket.settle(-5);
  assertEquals([bucket.lend(), bucket.wait(1)], [0, 60]);
  time.tick(60);
  assertEquals([bucket.take(1), bucket.take(1)], [true, false]);
});

Deno.test("TokenBucket lends nothing of less than sixteen, and no more than a small number", () => {
  assertEquals(new TokenBucket({ perSecond: 1, burst: 15 }).lend(), 0);
  assertEquals(new TokenBucket({ perSecond: 1, burst: 1e12 }).lend(), 2 ** 30 - 1);
});
