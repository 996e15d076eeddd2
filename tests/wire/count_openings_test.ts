import { assertEquals } from "@std/assert";
import { countOpenings as countUpTo } from "../../src/wire/count_openings.ts";
import { randomly } from "../kit/random.ts";

const countOpenings = (text: string) => countUpTo(text, text.length);

function counted(text: string): number {
  return text.split(/[[{]/).length - 1;
}

Deno.test("countOpenings() counts [ and {, and no other character", () => {
  // Once by themselves, and once in what is long enough to be counted otherwise.
  for (const rest of ["", "[".repeat(100)]) {
    const counts = Array.from(
      { length: 0x10000 },
      (_, unit) => countOpenings(String.fromCharCode(unit) + rest) - rest.length,
    );
    const found = [...counts.entries()].filter(([, count]) => count !== 0);
    assertEquals(found, [[0x5b, 1], [0x7b, 1]]);
  }
});

Deno.test("countOpenings() counts in texts of any length, whatever came before", () => {
  for (let length = 0; length < 200; length++) {
    assertEquals(countOpenings("[".repeat(1_000)), 1_000);
    assertEquals(countOpenings(" ".repeat(length)), 0);
    assertEquals(countOpenings("{".repeat(length)), length);
  }
  assertEquals(countOpenings(""), 0);
  for (const length of [127, 128, 129, 65_536, 87_338, 87_339, 87_340, 200_000]) {
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
      const text = Array.from({ length: random.below(300) }, () => random.pick(pieces)).join("");
      assertEquals(countOpenings(text), counted(text), JSON.stringify(text));
    }
  }),
);

Deno.test("countOpenings() may count more than it is asked for, but never less", () => {
  for (const length of [1, 64, 65, 1_000, 50_000]) {
    const text = "[x]".repeat(length);
    for (const end of [0, 1, 64, 65, length >> 1, length, 3 * length]) {
      const asked = counted(text.slice(0, end));
      const count = countUpTo(text, Math.min(end, text.length));
      assertEquals([count >= asked, count <= length], [true, true], `${length} ${end}`);
    }
  }
});
