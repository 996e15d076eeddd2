import { assert, assertEquals } from "@std/assert";
import type { Sample } from "../../bench/load/window.ts";
import { estimate } from "../../bench/report/estimate.ts";
import { ratio, type Report, summarize } from "../../bench/report/report.ts";
import { bars } from "../../bench/report/svg.ts";
import { table } from "../../bench/report/table.ts";

const sample = (value: number): Sample => ({ value, rate: value, server: 1, generator: 0.5 });

function report(samples: Map<string, Sample[]>): Report {
  return {
    date: "2026-01-02T03:04:05.000Z",
    command: "deno task bench",
    machine: { os: "linux", cores: 4, model: "some" },
    versions: {},
    runtimes: { "ours-bun": "Bun", "framed-bun": "Bun", "npm-node": "Node" },
    rounds: 3,
    notes: [],
    figures: summarize(samples),
  };
}

Deno.test("summarize takes the median, the least and the most of all rounds", () => {
  const [odd, even] = summarize(
    new Map([
      ["ack1 ours-bun", [9, 1, 5].map(sample)],
      ["ack1 npm-node", [4, 1, 2, 10].map(sample)],
    ]),
  );
  assertEquals([odd?.mode, odd?.server], ["ack1", "ours-bun"]);
  assertEquals([odd?.median, odd?.min, odd?.max], [5, 1, 9]);
  assertEquals(even?.median, 3);
});

Deno.test("ratio is above one for what is better, less or more", () => {
  assertEquals([ratio(10, 5, undefined), ratio(5, 10, true)], [2, 2]);
});

Deno.test("table compares with the limit of the runtime and with Node", () => {
  const samples = new Map([
    ["ack1 ours-bun", [sample(80)]],
    ["ack1 framed-bun", [sample(100)]],
    ["ack1 npm-node", [sample(40)]],
    ["heartbeat ours-bun", [sample(7)]],
  ]);
  const rows = table(report(samples)).split("\n").filter((line) => line.startsWith("| "));
  assert(rows[2]?.includes("**80.0** (80.0–80.0)<br>0.80 × framed<br>2.00 × Node"), rows[2]);
  assert(rows[3]?.endsWith("| **7.00** (7.00–7.00) |  |  |"), rows[3]);
});

Deno.test("bars leave a gap for what is missing and escape texts", () => {
  const svg = bars("a < b", "c & d", ["one", "two"], [{ title: "e", values: [1, undefined] }]);
  assert(svg.includes("a &lt; b") && svg.includes("c &amp; d"));
  // The paper, two keys, one bar.
  assertEquals(svg.match(/<rect/g)?.length, 4);
});

Deno.test("estimate takes the median, and is the surer the more values agree", () => {
  assertEquals(estimate([7]), { value: 7, error: 0 });
  const few = estimate([1, 2, 3, 4, 1_000]);
  assertEquals([few.value, few.error.toFixed(3)], [3, (1.4826 * 1.2533 / Math.sqrt(5)).toFixed(3)]);
  const many = Array.from({ length: 20 }, () => [1, 2, 3, 4, 1_000]).flat();
  assertEquals((few.error / estimate(many).error).toFixed(3), Math.sqrt(20).toFixed(3));
});
