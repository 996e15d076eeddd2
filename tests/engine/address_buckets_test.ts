import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { AddressBuckets } from "../../src/engine/guards/address_buckets.ts";
import { addressGroup } from "../../src/engine/guards/address_group.ts";

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

Deno.test("AddressBuckets has one bucket for an address, as long as it is in use", () => {
  using time = new FakeTime();
  const buckets = new AddressBuckets({ perSecond: 1, burst: 10 });
  const bucket = buckets.acquire("10.0.0.1")!;
  assertStrictEquals(buckets.acquire("10.0.0.1"), bucket);
  buckets.release(bucket);
  time.tick(1_000_000);
  assertStrictEquals(buckets.acquire("10.0.0.1"), bucket);
  assertEquals([buckets.size, time.next()], [1, false]);
  assertEquals(buckets.acquire(""), undefined);
});

Deno.test("AddressBuckets forgets a bucket when it is full again, and has no timer then", () => {
  using time = new FakeTime();
  const buckets = new AddressBuckets({ perSecond: 1, burst: 10 });
  for (const address of ["10.0.0.1", "10.0.0.2"]) {
    const bucket = buckets.acquire(address)!;
    bucket.take(10);
    buckets.release(bucket);
  }
  time.tick(9_999);
  const again = buckets.acquire("10.0.0.2")!;
  assertEquals(again.take(10), false);
  time.tick(1);
  assertEquals(buckets.size, 1);
  buckets.release(again);
  time.tick(10_000);
  assertEquals([buckets.size, time.next()], [0, false]);
});

Deno.test("AddressBuckets keeps 100,000 unused buckets at the most, and forgets the oldest", () => {
  using time = new FakeTime();
  const buckets = new AddressBuckets({ perSecond: 1, burst: 10 });
  const visit = (address: string) => {
    const bucket = buckets.acquire(address)!;
    const taken = bucket.take(10);
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
