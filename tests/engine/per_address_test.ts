import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { type Rate, TokenBucket } from "../../src/base/token_bucket.ts";
import { addressGroup } from "../../src/engine/guards/address_group.ts";
import { PerAddress } from "../../src/engine/guards/per_address.ts";

const bucketsOf = (rate: Required<Rate>) => new PerAddress(() => new TokenBucket(rate), rate);

Deno.test("addressGroup() counts the first half of IPv6, and the whole of IPv4", () => {
  const same = (a: string, b: string) => addressGroup(a) === addressGroup(b);
  assertEquals(same("2001:db8::1", "2001:db8:0:0:ffff::9"), true);
  assertEquals(same("2001:db8::1", "2001:db8:0:1::1"), false);
  assertEquals(same("10.0.0.1", "10.0.0.2"), false);
  assertEquals(same("::ffff:10.0.0.1", "10.0.0.1"), true);
  assertEquals(same("::ffff:10.0.0.1", "::ffff:10.0.0.2"), false);
  assertEquals(addressGroup("::ffff:255.255.255.255"), "255.255.255.255");
  assertEquals(addressGroup("some:thing else"), "some:thing else");
});

Deno.test("PerAddress has one bucket for an address, as long as it is in use", () => {
  using time = new FakeTime();
  const buckets = bucketsOf({ perSecond: 1, burst: 10 });
  const bucket = buckets.acquire("10.0.0.1")!;
  assertStrictEquals(buckets.acquire("10.0.0.1"), bucket);
  buckets.release(bucket);
  time.tick(1_000_000);
  assertStrictEquals(buckets.acquire("10.0.0.1"), bucket);
  assertEquals([buckets.size, time.next()], [1, false]);
  assertEquals(buckets.acquire(""), undefined);
});

Deno.test("PerAddress forgets a bucket when it is full again, and has no timer then", () => {
  using time = new FakeTime();
  const buckets = bucketsOf({ perSecond: 1, burst: 10 });
  for (const address of ["10.0.0.1", "10.0.0.2"]) {
    const bucket = buckets.acquire(address)!;
    bucket.value.take(10);
    buckets.release(bucket);
  }
  time.tick(9_999);
  const again = buckets.acquire("10.0.0.2")!;
  assertEquals(again.value.take(10), false);
  time.tick(1);
  assertEquals(buckets.size, 1);
  buckets.release(again);
  time.tick(10_000);
  assertEquals([buckets.size, time.next()], [0, false]);
});

Deno.test("PerAddress remembers a debt until it is paid, though nobody is there", () => {
  using time = new FakeTime();
  const buckets = bucketsOf({ perSecond: 1, burst: 10 });
  const bucket = buckets.acquire("10.0.0.1")!;
  bucket.value.take(35);
  buckets.release(bucket);
  time.tick(30_000);
  const again = buckets.acquire("10.0.0.1")!;
  assertEquals([again.value.take(6), again.value.take(5)], [false, true]);
  buckets.release(again);
  time.tick(20_000);
  assertEquals([buckets.size, time.next()], [0, false]);
});

Deno.test("PerAddress keeps 100,000 unused buckets at the most, and forgets the oldest", () => {
  using time = new FakeTime();
  const buckets = bucketsOf({ perSecond: 1, burst: 10 });
  const visit = (address: string) => {
    const bucket = buckets.acquire(address)!;
    const taken = bucket.value.take(10);
    buckets.release(bucket);
    return taken;
  };
  for (let n = 0; n < 100_100; n++) {
    visit(`2001:db8:${(n >> 16).toString(16)}:${(n & 65535).toString(16)}::1`);
  }
  assertEquals(buckets.size, 100_000);
  assertEquals([visit("2001:db8:0:ffff::1"), visit("2001:db8:0:0::1")], [false, true]);
  buckets.clear();
  assertEquals([buckets.size, time.next()], [0, false]);
});
