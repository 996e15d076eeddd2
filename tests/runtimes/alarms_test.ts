/** The heartbeat and the user share the one alarm of a Durable Object. */
import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Alarms } from "../../src/runtimes/workerd/alarms.ts";
import type { DurableObjectStorage } from "../../src/runtimes/workerd/types.ts";

const INTERVAL = 1000;

/** What an object keeps, in memory; values are copied, as they are there. */
class Storage implements Partial<DurableObjectStorage> {
  readonly values = new Map<string, unknown>();
  alarm: number | undefined;

  get<Value>(key: string): Promise<Value | undefined> {
    return Promise.resolve(structuredClone(this.values.get(key)) as Value | undefined);
  }

  put(key: string, value: unknown): Promise<void> {
    this.values.set(key, structuredClone(value));
    return Promise.resolve();
  }

  setAlarm(time: number): Promise<void> {
    this.alarm = time;
    return Promise.resolve();
  }

  deleteAlarm(): Promise<void> {
    this.alarm = undefined;
    return Promise.resolve();
  }
}

async function begin(storage: Storage): Promise<Alarms> {
  const alarms = new Alarms(storage as unknown as DurableObjectStorage, INTERVAL);
  await alarms.loaded;
  return alarms;
}

Deno.test("Alarms sets the alarm to what is due first", async () => {
  using _time = new FakeTime(10_000);
  const storage = new Storage();
  const alarms = await begin(storage);
  await alarms.setOwn(10_700);
  assertEquals(storage.alarm, 10_700);
  await alarms.start();
  assertEquals(storage.alarm, 10_700);
  await alarms.setOwn(12_000);
  assertEquals(storage.alarm, 11_000);
  await alarms.setOwn(undefined);
  assertEquals(storage.alarm, 11_000);
});

Deno.test("Alarms tells what is due, and sets what comes next", async () => {
  using time = new FakeTime(10_000);
  const storage = new Storage();
  const alarms = await begin(storage);
  await alarms.start();
  await alarms.setOwn(11_500);
  time.tick(1000);
  assertEquals(alarms.take(), { beatAfter: 0, own: false });
  await alarms.settle(true, false);
  assertEquals(storage.alarm, 11_500);
  time.tick(500);
  assertEquals(alarms.take(), { beatAfter: undefined, own: true });
  assertEquals(alarms.own, undefined);
  await alarms.settle(true, false);
  assertEquals(storage.alarm, 12_000);
  time.tick(500);
  assertEquals(alarms.take(), { beatAfter: 11_000, own: false });
});

Deno.test("Alarms goes on in the next life of the object", async () => {
  using time = new FakeTime(10_000);
  const storage = new Storage();
  const first = await begin(storage);
  await first.start();
  await first.setOwn(11_000);
  time.tick(1000);
  first.take();
  await first.settle(true, false);
  await first.setOwn(30_000);
  const second = await begin(storage);
  assertEquals(second.own, 30_000);
  assertEquals(second.start(), undefined);
  time.tick(1000);
  assertEquals(second.take(), { beatAfter: 11_000, own: false });
});

Deno.test("Alarms takes again what was taken in a life that ended before it was done", async () => {
  using time = new FakeTime(10_000);
  const storage = new Storage();
  const first = await begin(storage);
  await first.setOwn(10_500);
  time.tick(500);
  assertEquals(first.take().own, true);
  assertEquals((await begin(storage)).take().own, true);
});

Deno.test("Alarms has no heartbeat without clients", async () => {
  using time = new FakeTime(10_000);
  const storage = new Storage();
  const alarms = await begin(storage);
  await alarms.start();
  time.tick(1000);
  alarms.take();
  await alarms.settle(false, false);
  assertEquals(storage.alarm, undefined);
  await alarms.start();
  assertEquals(storage.alarm, 12_000);
});

Deno.test("Alarms starts a heartbeat anew that never came", async () => {
  using time = new FakeTime(10_000);
  const storage = new Storage();
  const alarms = await begin(storage);
  await alarms.start();
  storage.alarm = undefined; // by the user's own hand
  time.tick(10_999);
  await alarms.start();
  assertEquals(storage.alarm, undefined, "it may be late");
  time.tick(1);
  await alarms.start();
  assertEquals(storage.alarm, 22_000);
});

Deno.test("Alarms tries the user's six times, ever more seldom, unless another one is set", async () => {
  using time = new FakeTime(10_000);
  const storage = new Storage();
  const alarms = await begin(storage);
  await alarms.setOwn(10_000);
  const waits: number[] = [];
  while (alarms.take().own) {
    await alarms.settle(false, true);
    if (storage.alarm === undefined) break;
    waits.push(storage.alarm - Date.now());
    time.tick(storage.alarm - Date.now());
  }
  assertEquals(waits, [2000, 4000, 8000, 16_000, 32_000]);
  await alarms.setOwn(Date.now());
  alarms.take();
  await alarms.setOwn(99_999);
  await alarms.settle(false, true);
  assertEquals(storage.alarm, 99_999);
});

Deno.test("Alarms takes what a constructor sets, before it knows what there was", async () => {
  using _time = new FakeTime(10_000);
  const storage = new Storage();
  await (await begin(storage)).start();
  const alarms = new Alarms(storage as unknown as DurableObjectStorage, INTERVAL);
  await alarms.setOwn(10_100);
  assertEquals([alarms.own, storage.alarm], [10_100, 10_100]);
  assertEquals(alarms.start(), undefined);
});

Deno.test("Alarms takes nothing but times", async () => {
  const alarms = await begin(new Storage());
  await assertRejects(() => alarms.setOwn(NaN), TypeError, "setAlarm");
});
