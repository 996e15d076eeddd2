import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { parseArguments } from "../../bench/arguments.ts";
import { MODES } from "../../bench/modes.ts";
import type { Report } from "../../bench/report/report.ts";

const RUN = fileURLToPath(new URL("../../bench/run.ts", import.meta.url));

Deno.test("bench measures every mode of every server", async () => {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", RUN, "--quick", "--json", file],
      stdin: "null",
      signal: AbortSignal.timeout(300_000),
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const { figures, runtimes }: Report = JSON.parse(await Deno.readTextFile(file));
    for (const server of Object.keys(runtimes)) {
      for (const [mode, { unframed, lower }] of Object.entries(MODES)) {
        if (unframed && server.startsWith("framed")) continue;
        const figure = figures.find((it) => it.mode === mode && it.server === server);
        assert(figure !== undefined && Number.isFinite(figure.median), `${mode} of ${server}`);
        // Of so few connections, memory may as well shrink.
        assert(lower || figure.median > 0, `${mode} of ${server} counts nothing`);
      }
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("bench guards compares servers without limits, with some and with all, on each runtime", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", RUN, "guards", "--quick"],
    stdin: "null",
    signal: AbortSignal.timeout(300_000),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const price = String.raw`\*\*[+−]\d+\.\d %\*\* ± \d+\.\d`;
  const row = new RegExp(
    String.raw`^\| (Deno|Bun) [^|]+ \| [^|]+ \| [^ |]+ µs \| ${price} \| ${price} \| ${price} \|$`,
  );
  const rows = new TextDecoder().decode(stdout).split("\n").filter((line) => row.test(line));
  assertEquals(
    rows.map((it) => /Deno|Bun/.exec(it)![0]).join(),
    "Deno,".repeat(6) + "Bun,".repeat(5) + "Bun",
  );
});

Deno.test("bench price compares the same without a network", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", RUN, "price", "--quick"],
    stdin: "null",
    signal: AbortSignal.timeout(300_000),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const row = /^\| (Deno|Bun) \| [^|]+ \| \d+\.\d\d µs(?: \| -?\d+\.\d\d ± \d+\.\d\d){3} \|$/;
  const rows = new TextDecoder().decode(stdout).split("\n").filter((line) => row.test(line));
  assertEquals(
    rows.map((it) => row.exec(it)![1]).join(),
    "Deno,".repeat(6) + "Bun,".repeat(5) + "Bun",
  );
});

Deno.test("parseArguments refuses what there is not", () => {
  const faults = [["--modes", "none"], ["--fast"], ["--rounds", "0"], ["--rounds"]].map((args) => {
    try {
      parseArguments(args, ["ack1"], ["ours"]);
      return undefined;
    } catch (error) {
      return error instanceof TypeError ? error.message : error;
    }
  });
  assertEquals(faults, [
    "There is no none, but ack1",
    "There is no option --fast",
    "--rounds must be a positive number, not 0",
    "--rounds needs a value",
  ]);
});
