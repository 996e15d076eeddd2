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
      assertEquals(isDeeper(value, most, json, 0), depth > most, `${json} ${most}`);
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
        assertEquals(isDeeper(JSON.parse(json), most, json, 0), true, json);
        assertEquals(isDeeper(JSON.parse(json), most + 1, json, 0), false, json);
      }
    }
  }
});

Deno.test("isDeeper() stops at the limit", () => {
  const json = "[".repeat(100_000) + "]".repeat(100_000);
  assertEquals(isDeeper(JSON.parse(json), 1_000, json, 0), true);
});

Deno.test("isDeeper() finds the one that is deep among many that are not", () => {
  const deep = '{"a":['.repeat(3) + "]}".repeat(3);
  for (const at of [0, 1, 50, 99]) {
    for (const other of ["[1,2]", "{}", '{"x":{"y":1}}', '"[{"', "1.5"]) {
      const json = JSON.stringify(
        Array.from({ length: 100 }, (_, i) => JSON.parse(i === at ? deep : other)),
      );
      const value = JSON.parse(json);
      assertEquals(
        [isDeeper(value, 6, json, 0), isDeeper(value, 7, json, 0)],
        [true, false],
        other,
      );
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
        if (isDeeper(it, most, json, 0) !== depth > most) throw new Error(`${json} ${most}`);
      }
    }
  }),
);

Deno.test(
  "isDeeper() finds what is deep wherever it stands, among whatever else",
  randomly((random: Random) => {
    const levels: [open: string, close: string][] = [
      ["[", "]"],
      ['{"":', "}"],
      ["[0,", "]"],
      ["[", ",0]"],
      ['[[{}],"[",', ',{"a":[]}]'],
    ];
    const fillers = ["", "0", '"[[[["', '"     "', "[]", "{}", '{"a":{}}', "[[],[],[]]"];
    const list = () => {
      const count = random.pick([0, 1, 8, 40]);
      const filler = random.pick(fillers);
      return `[${Array.from({ length: count }, () => filler || "null").join()}]`;
    };
    for (let round = 0; round < 3_000; round++) {
      const most = random.pick([1, 5, 20, 50, 100]);
      const depth = most + random.below(4) - 1;
      const kinds = Array.from({ length: 2 }, () => random.pick(levels));
      let json = random.pick(["[]", "{}", list()]);
      for (let n = 1; n < depth; n++) {
        const [open, close] = random.pick(kinds);
        json = open + json + close;
      }
      json = random.pick([json, json, `[${list()},${json}]`, `[${json},${list()}]`]);
      const value = JSON.parse(json);
      if (isDeeper(value, most, json, 0) !== depthOf(value) > most) {
        throw new Error(`${json} ${most}`);
      }
    }
  }),
);
