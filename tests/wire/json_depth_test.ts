import { assertEquals } from "@std/assert";
import { canBeDeeper, isDeeper } from "../../src/wire/json_depth.ts";
import { randomly } from "../kit/random.ts";

Deno.test("isDeeper() counts the levels of lists and objects", () => {
  const cases: [json: string, depth: number][] = [
    ["1", 0],
    ["null", 0],
    ['"[[[["', 0],
    ["[]", 1],
    ["[null,[],[],[]]", 2],
    ['{"a":[{}]}', 3],
    ['{"a":1,"b":null,"c":{"d":[[]]}}', 4],
    ['{"__proto__":{"toString":[]}}', 3],
  ];
  for (const [json, depth] of cases) {
    const value = JSON.parse(json);
    assertEquals(isDeeper(value, depth), false, json);
    if (depth > 0) assertEquals(isDeeper(value, depth - 1), true, json);
  }
});

Deno.test("isDeeper() stops at the limit", () => {
  const value = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
  assertEquals(isDeeper(value, 1_000), true);
});

Deno.test("canBeDeeper() tells that JSON is too short, or has too few that begin", () => {
  const cases: [json: string, most: number, can: boolean][] = [
    ["[[]]", 2, false],
    ["[[ ]]", 2, false],
    ["[[[]]]", 2, true],
    ['{"a":{}}', 2, false],
    ['{"a":{"b":1}}', 1, true],
    ['[{"a":[1,2,3]}]', 3, false],
    ['[{"a":[1,2,3]}]', 2, true],
    ["[{},{},{},{}]", 5, false],
    ['["[[[[",1,1]', 5, false],
    ['["[[[[",1]', 4, true],
    ["[]", 0, true],
    ['"text"', 0, false],
  ];
  for (const [json, most, can] of cases) assertEquals(canBeDeeper(json, 0, most), can, json);
  assertEquals(canBeDeeper("2[[[]]]", 1, 3), false, "what is in front is no part of it");
});

Deno.test(
  "canBeDeeper() never overlooks a value that is deeper",
  randomly((random) => {
    const value = (left: number): unknown => {
      const items = left === 0
        ? []
        : Array.from({ length: random.below(3) }, () => value(left - 1));
      const object = items.length === 1 ? { "": items[0] } : { ...items };
      return random.pick([items, object, "[{", random.below(9)]);
    };
    for (let round = 0; round < 2000; round++) {
      const it = [value(6)];
      const json = JSON.stringify(it);
      for (let most = 0; most < 8; most++) {
        if (isDeeper(it, most)) assertEquals(canBeDeeper(json, 0, most), true, `${json} ${most}`);
      }
    }
  }),
);
