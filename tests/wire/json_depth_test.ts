import { assertEquals } from "@std/assert";
import { isDeeper } from "../../src/wire/json_depth.ts";

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
