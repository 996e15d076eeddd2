import { assertEquals, assertThrows } from "@std/assert";
import { failuresOf, tallyOf } from "./test_report.ts";

Deno.test("tallyOf adds up suites, and throws, given one without numbers", () => {
  const suite = (numbers: string) => `<testsuites tests="9"><testsuite name="a" ${numbers}>`;
  assertEquals(
    tallyOf(
      suite(`tests="5" disabled="1" errors="0" failures="1"`) + suite(
        `tests="2" disabled="0" errors="1" failures="0"`,
      ),
    ),
    { passed: 4, failed: 2, skipped: 1 },
  );
  assertThrows(() => tallyOf(suite(`tests="5"`)), Error, "without numbers");
});

Deno.test("failuresOf names file, test and error of what failed in a run of deno test", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${cwd}/a_test.ts`,
      `
        Deno.test("fine", () => {});
        Deno.test("a <b> & \\"c\\"", () => { throw new Error("one < two & 'three'"); });
        Deno.test("outer", async (t) => { await t.step("inner", () => { throw 3; }); });
      `,
    );
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--junit-path=report.xml", "a_test.ts"],
      cwd,
      stdout: "null",
      stderr: "null",
    }).output();
    assertEquals(code, 1);
    const failures = failuresOf(await Deno.readTextFile(`${cwd}/report.xml`));
    assertEquals(failures.map((it) => it.split("\n").slice(0, 2)), [
      [`./a_test.ts: a <b> & "c"`, "  Error: one < two & 'three'"],
      ["./a_test.ts: outer", "  1 test step failed."],
      ["./a_test.ts: outer > inner", "  3"],
    ]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
