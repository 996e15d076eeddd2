/** Reads the JUnit reports of `deno test`. */

/** How many tests had which end; a step that fails without a failing test counts as one. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Adds up the suites of a report. */
export function tallyOf(report: string): Tally {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const [suite] of report.matchAll(/<testsuite [^>]*>/g)) {
    const number = (name: string) =>
      Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1] ?? NaN);
    const failed = number("failures") + number("errors");
    const skipped = number("disabled");
    total.failed += failed;
    total.skipped += skipped;
    total.passed += number("tests") - failed - skipped;
  }
  if (Number.isNaN(total.passed)) throw new Error("A test report without numbers");
  return total;
}

/** The tests of a report that failed: file and name of each, and below them the error. */
export function failuresOf(report: string): string[] {
  const failure =
    /<testcase name="([^"]*)" classname="([^"]*)"[^>]*>\s*<failure [^>]*>([^<]*)<\/failure>/g;
  return [...report.matchAll(failure)].map((found) => {
    const [name, file, error] = found.slice(1).map(unescaped) as [string, string, string];
    return `${file}: ${name}\n${error.trim().replace(/^/gm, "  ")}`;
  });
}

function unescaped(text: string): string {
  const characters: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(
    /&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
    (all, decimal, hexadecimal, name) =>
      name !== undefined
        ? characters[name] ?? all
        : String.fromCodePoint(decimal !== undefined ? +decimal : parseInt(hexadecimal, 16)),
  );
}
