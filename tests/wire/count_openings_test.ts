import { assertEquals } from "@std/assert";
import { countOpenings } from "../../src/wire/count_openings.ts";
import { randomly } from "../kit/random.ts";

function counted(text: string): number {
  return text.split(/[[{]/).length - 1;
}

Deno.test("countOpenings() counts [ and {, and no other character", () => {
  const counts = Array.from(
    { length: 0x10000 },
    (_, unit) => countOpenings(String.fromCharCode(unit)),
  );
  const found = [...counts.entries()].filter(([, count]) => count !== 0);
  assertEquals(found, [[0x5b, 1], [0x7b, 1]]);
});

Deno.test("countOpenings() counts in texts of any length, whatever came before", () => {
  for (let length = 0; length < 100; length++) {
    assertEquals(countOpenings("[".repeat(1_000)), 1_000);
    assertEquals(countOpenings(" ".repeat(length)), 0);
    assertEquals(countOpenings("{".repeat(length)), length);
  }
  assertEquals(countOpenings(""), 0);
  for (const length of [21_839, 21_840, 21_841, 65_520, 200_000]) {
    assertEquals(countOpenings("[".repeat(length)), length);
    assertEquals(countOpenings("é".repeat(length) + "{"), 1);
    assertEquals(countOpenings("€".repeat(length) + "{"), 1);
    assertEquals(countOpenings("{" + "🦕".repeat(length)), 1);
  }
});

Deno.test(
  "countOpenings() counts as a look at each character does",
  randomly((random) => {
    const pieces = ["[", "{", "]", "}", ";", "\x1b", "a", "é", "€", "🦕", "\ud83e"];
    for (let round = 0; round < 2_000; round++) {
      const text = Array.from({ length: random.below(200) }, () => random.pick(pieces)).join("");
      assertEquals(countOpenings(text), counted(text), JSON.stringify(text));
    }
  }),
);
