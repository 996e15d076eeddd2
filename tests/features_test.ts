/** What FEATURES.md names is there. */
import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** A path, and what is quoted behind it. */
const REFERENCE = /`(tests\/[^`]+\.(?:ts|mjs))`((?:,? "[^"]+")*)/g;

Deno.test("FEATURES.md names files that exist, and what is in them", async () => {
  const text = await Deno.readTextFile(new URL("tests/FEATURES.md", ROOT));
  const references = [...text.matchAll(REFERENCE)];
  assert(references.length > 0);
  const missing: string[] = [];
  for (const [, path, quotes] of references) {
    const source = await Deno.readTextFile(new URL(path!, ROOT)).catch(() => undefined);
    if (source === undefined) missing.push(path!);
    for (const [, fragment] of quotes!.matchAll(/"([^"]+)"/g)) {
      if (source?.includes(fragment!) === false) missing.push(`${path} "${fragment}"`);
    }
  }
  assertEquals(missing, []);
});

Deno.test("FEATURES.md names a test in every row but the open ones", async () => {
  const text = await Deno.readTextFile(new URL("tests/FEATURES.md", ROOT));
  const [done] = text.split("\n## Open");
  const rows = done!.split("\n").filter((it) => it.startsWith("|"));
  const others = rows.filter((it) => !it.match(REFERENCE) && !/^\| (feature|-+) /.test(it));
  assertEquals(others, []);
});

Deno.test("the README's table of attacks names tests that exist, each attack one at least", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const [, section] = readme.split("\n## Attacks\n");
  const rows = section!.split("\n## ")[0]!.split("\n").filter((it) => it.startsWith("| "));
  // The head, the line under it, and the headings of parts.
  const attacks = rows.filter((it) => !/^\| (attack|-+|\*\*[^|]+\*\*) /.test(it));
  assert(attacks.length > 30);
  const missing: string[] = [];
  for (const row of attacks) {
    const references = [...row.matchAll(/`([\w/.]+\.ts)` "([^"]+)"/g)];
    if (references.length === 0) missing.push(row);
    for (const [, file, fragment] of references) {
      const url = new URL(`tests/hostile/${file}`, ROOT);
      const source = await Deno.readTextFile(url).catch(() => "");
      if (!source.includes(fragment!)) missing.push(`${file} "${fragment}"`);
    }
  }
  assertEquals(missing, []);
});
