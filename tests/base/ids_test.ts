import { assert, assertEquals, assertMatch } from "@std/assert";
import { randomId } from "../../src/base/ids.ts";

const COUNT = 100_000;

Deno.test("randomId() gives 20 characters that are safe in a URL, never the same ones", () => {
  const ids = new Set<string>();
  for (let i = 0; i < COUNT; i++) ids.add(randomId());
  assertEquals(ids.size, COUNT);
  for (const id of ids) assertMatch(id, /^[A-Za-z0-9_-]{20}$/);
});

Deno.test("randomId() uses all characters alike at every place", () => {
  const counts = Array.from({ length: 20 }, () => new Map<string, number>());
  for (let i = 0; i < COUNT; i++) {
    for (const [place, character] of [...randomId()].entries()) {
      const count = counts[place]!;
      count.set(character, (count.get(character) ?? 0) + 1);
    }
  }
  const expected = COUNT / 64;
  for (const count of counts) {
    assertEquals(count.size, 64);
    const chiSquare = [...count.values()].reduce(
      (sum, n) => sum + (n - expected) ** 2 / expected,
      0,
    );
    // 63 degrees of freedom: exceeded by chance once in ten million times.
    assert(chiSquare < 140, String(chiSquare));
  }
});

Deno.test("randomId() does not depend on Math.random", () => {
  const { random } = Math;
  Math.random = () => 0;
  try {
    assert(randomId() !== randomId());
  } finally {
    Math.random = random;
  }
});
