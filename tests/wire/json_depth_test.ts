import { assertEquals } from "@std/assert";
import { isDeeper } from "../../src/wire/json_depth.ts";
import { randomly } from "../kit/random.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((most, it) => Math.max(most, depthOf(it)), 0);
}

Deno.test("isDeeper() counts the levels of lists and objects", () => {
  const cases: [json: string, depth: number][] = [
    ["1", 0],
    ["[]", 1],
    ["[[],[],[]]", 2],
    ['{"a":[{}]}', 3],
    ['[[],"[[[[[[[[",{"{{{{{":"\\"[[[["}]', 2],
    ['["\\\\",[["\\\\\\"[[[["]]]', 3],
  ];
  for (const [json, depth] of cases) {
    assertEquals(isDeeper(json, 0, depth), false, json);
    if (depth > 0) assertEquals(isDeeper(json, 0, depth - 1), true, json);
  }
});

Deno.test("isDeeper() begins where it is told", () => {
  assertEquals(isDeeper('[[[["x"]]]]', 3, 1), false);
  assertEquals(isDeeper('[[[["x"]]]]', 2, 1), true);
});

Deno.test(
  "isDeeper() agrees with a walk through the value",
  randomly((random) => {
    for (let n = 0; n < 2_000; n++) {
      const value = random.value("given", 6);
      // Views of BigInts are among the values.
      const json = JSON.stringify(value, (_, it) => typeof it === "bigint" ? `${it}` : it);
      const depth = depthOf(JSON.parse(json));
      const most = random.below(8);
      assertEquals(isDeeper(json, 0, most), depth > most, json);
    }
  }),
);

Deno.test("isDeeper() is quick about a million brackets", () => {
  const million = 1_000_000;
  for (const text of ["[".repeat(million), "[]".repeat(million / 2), '"['.repeat(million / 2)]) {
    const start = performance.now();
    isDeeper(text, 0, 1_000);
    assertEquals(performance.now() - start < 100, true);
  }
});
