import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { countOpenings as countUpTo } from "../../src/wire/count_openings.ts";
import { randomly } from "../kit/random.ts";
import { bunCommand } from "../tools/bun.ts";

const FIXTURE = fileURLToPath(new URL("fixtures/count_openings.ts", import.meta.url));
const PIECES = ["[", "{", "]", "}", ";", "\x1b", "a", "é", "ś", "€", "🦕", "\ud83e"];

const countOpenings = (text: string) => countUpTo(text, text.length, Infinity);

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
  for (const length of [127, 128, 129, 65_407, 65_408, 65_409, 200_000]) {
    assertEquals(countOpenings("[".repeat(length)), length);
    assertEquals(countOpenings("é".repeat(length) + "{"), 1);
    assertEquals(countOpenings("€".repeat(length) + "{"), 1);
    assertEquals(countOpenings("{" + "🦕".repeat(length)), 1);
  }
});

Deno.test(
  "countOpenings() counts as a look at each character does",
  randomly((random) => {
    for (let round = 0; round < 2_000; round++) {
      const text = Array.from({ length: random.below(300) }, () => random.pick(PIECES)).join("");
      assertEquals(countOpenings(text), counted(text), JSON.stringify(text));
    }
  }),
);

Deno.test("countOpenings() may count more than it is asked for, but never less", () => {
  for (const length of [1, 64, 65, 1_000, 50_000]) {
    const text = "[x]".repeat(length);
    for (const end of [0, 1, 64, 65, length >> 1, length, 3 * length]) {
      const asked = counted(text.slice(0, end));
      const count = countUpTo(text, Math.min(end, text.length), Infinity);
      assertEquals([count >= asked, count <= length], [true, true], `${length} ${end}`);
    }
  }
});

Deno.test("countOpenings() gives up beyond what is enough, or counts all", () => {
  for (const rest of ["", "é", "€"]) {
    const text = "[".repeat(500) + "}".repeat(500) + rest;
    const count = countUpTo(text, text.length, 100);
    assert(count === 500 || count === Infinity, `${count}`);
    assertEquals(countUpTo(text, text.length, 500), 500);
  }
});

Deno.test(
  "countOpenings() counts all brackets on Bun, too, and at most what looks like one in its lower byte",
  randomly(async (random) => {
    const jobs = Array.from({ length: 500 }, (_, n): [string, number] => {
      const length = n < 490 ? random.below(500) : 60_000 + random.below(100_000);
      const text = Array.from({ length }, () => random.pick(PIECES)).join("");
      return [text, random.below(text.length + 1)];
    });
    const child = new Deno.Command(await bunCommand(), {
      args: [FIXTURE],
      stdin: "piped",
      stdout: "piped",
      signal: AbortSignal.timeout(60_000),
    }).spawn();
    const output = child.output();
    await new Response(JSON.stringify(jobs)).body!.pipeTo(child.stdin);
    const { success, stdout } = await output;
    assert(success);
    const counts: number[] = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals(counts.length, jobs.length);
    for (const [n, [text, end]] of jobs.entries()) {
      const most = text.split(/[[{\u015b]/).length - 1;
      const count = counts[n]!;
      assert(count >= counted(text.slice(0, end)), `${count} in ${JSON.stringify(text)}`);
      assert(count <= most, `${count} in ${JSON.stringify(text)}`);
    }
  }),
);
