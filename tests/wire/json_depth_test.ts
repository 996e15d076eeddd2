import { assertEquals } from "@std/assert";
import { isDeeper } from "../../src/wire/json_depth.ts";
import { type Random, randomly } from "../kit/random.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

Deno.test("isDeeper() counts the levels of lists and objects", () => {
  const cases: [json: string, depth: number][] = [
    ["1", 0],
    ["null", 0],
    ['"[[[["', 0],
    ["[]", 1],
    ["[null,[],[],[]]", 2],
    ['["[[[[[[",[]]', 2],
    ["[[],[],[],[[]],[],[]]", 3],
    ['{"a":[{}]}', 3],
    ['{"":{"":{}}}', 3],
    ['[[1,2],{"a":{},"b":[]},[3,4]]', 3],
    ['{"a":1,"b":null,"c":{"d":[[]]}}', 4],
    ['{"__proto__":{"toString":[]}}', 3],
  ];
  for (const [json, depth] of cases) {
    const value = JSON.parse(json);
    for (let most = 0; most < 9; most++) {
      assertEquals(isDeeper(value, most, json), depth > most, `${json} ${most}`);
    }
  }
});

Deno.test("isDeeper() finds objects in objects that take as little room as they can", () => {
  for (const most of [1, 2, 10, 100]) {
    for (let lists = 0; lists <= most; lists++) {
      const objects = most - lists;
      for (const core of ["{}", "[]"]) {
        const open = '{"":'.repeat(objects) + "[".repeat(lists);
        const json = open + core + "]".repeat(lists) + "}".repeat(objects);
        assertEquals(isDeeper(JSON.parse(json), most, json), true, json);
        assertEquals(isDeeper(JSON.parse(json), most + 1, json), false, json);
      }
    }
  }
});

Deno.test("isDeeper() stops at the limit", () => {
  const json = "[".repeat(100_000) + "]".repeat(100_000);
  assertEquals(isDeeper(JSON.parse(json), 1_000, json), true);
});

Deno.test("isDeeper() finds the one that is deep among many that are not", () => {
  const deep = '{"a":['.repeat(3) + "]}".repeat(3);
  for (const at of [0, 1, 50, 99]) {
    for (const other of ["[1,2]", "{}", '{"x":{"y":1}}', '"[{"', "1.5"]) {
      const json = JSON.stringify(
        Array.from({ length: 100 }, (_, i) => JSON.parse(i === at ? deep : other)),
      );
      const value = JSON.parse(json);
      assertEquals([isDeeper(value, 6, json), isDeeper(value, 7, json)], [true, false], other);
    }
  }
});

Deno.test(
  "isDeeper() is right about any value",
  randomly((random: Random) => {
    const value = (left: number): unknown => {
      const items = left === 0
        ? []
        : Array.from({ length: random.below(3) }, () => value(left - 1));
      const object = items.length === 1 ? { "": items[0] } : { ...items };
      return random.pick([items, items, object, object, null, "[{", random.below(9)]);
    };
    for (let round = 0; round < 2_000; round++) {
      const it = value(7);
      const json = JSON.stringify(it);
      const depth = depthOf(it);
      for (let most = 0; most < 9; most++) {
        if (isDeeper(it, most, json) !== depth > most) throw new Error(`${json} ${most}`);
      }
    }
  }),
);
