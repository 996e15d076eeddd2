import { assertEquals } from "@std/assert";
import { SmallMap } from "../../src/base/small_map.ts";
import { randomly } from "../kit/random.ts";

const KEYS = Array.from({ length: 20 }, (_, index) => `key ${index}`);

Deno.test("SmallMap keeps what it is given, while it has few entries and when it has many", () => {
  const map = new SmallMap<string, number>();
  for (const [index, key] of KEYS.entries()) {
    assertEquals([map.get(key), map.size], [undefined, index]);
    map.set(key, index);
    assertEquals(map.keys(), KEYS.slice(0, index + 1));
    for (let i = 0; i <= index; i++) assertEquals(map.get(KEYS[i]!), i);
  }
});

Deno.test("SmallMap replaces the value of a key that it has, in its place", () => {
  for (const count of [3, 8, 9, 20]) {
    const map = new SmallMap<string, number>();
    for (const key of KEYS.slice(0, count)) map.set(key, 0);
    map.set("key 1", 1);
    assertEquals([map.get("key 1"), map.get("key 2"), map.size], [1, 0, count]);
    assertEquals(map.keys(), KEYS.slice(0, count));
  }
});

Deno.test("SmallMap deletes the first, the last, the only one, and none that it does not have", () => {
  for (const count of [1, 8, 9, 20]) {
    const map = new SmallMap<string, number>();
    for (const [index, key] of KEYS.slice(0, count).entries()) map.set(key, index);
    map.delete("another");
    assertEquals(map.size, count);
    map.delete(KEYS[count - 1]!);
    assertEquals(map.keys(), KEYS.slice(0, count - 1));
    map.delete(KEYS[0]!);
    assertEquals(map.keys(), KEYS.slice(1, count - 1));
    for (const key of map.keys()) map.delete(key);
    assertEquals([map.size, map.get("key 1")], [0, undefined]);
    map.set("again", 1);
    assertEquals([map.keys(), map.get("again")], [["again"], 1]);
  }
});

Deno.test("SmallMap does not take a key for a value, nor names of members for keys", () => {
  const map = new SmallMap<unknown, unknown>();
  map.set("a", "b");
  assertEquals(map.get("b"), undefined);
  for (const key of ["__proto__", "constructor", "length", "0"]) {
    assertEquals(map.get(key), undefined);
  }
  map.delete("b");
  assertEquals(map.size, 1);
});

Deno.test(
  "SmallMap is what a Map is, whatever is set and deleted",
  randomly((random) => {
    const map = new SmallMap<string, number>();
    const model = new Map<string, number>();
    for (let step = 0; step < 3_000; step++) {
      const key = random.pick(KEYS);
      // It grows for a while, then shrinks.
      if (random.below(4) < (step % 400 < 200 ? 3 : 1)) {
        map.set(key, step);
        model.set(key, step);
      } else {
        map.delete(key);
        model.delete(key);
      }
      assertEquals([map.keys(), map.size], [[...model.keys()], model.size]);
      for (const key of KEYS) assertEquals(map.get(key), model.get(key));
    }
  }),
);
