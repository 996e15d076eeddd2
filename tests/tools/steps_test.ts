import { assertEquals } from "@std/assert";
import { closingLine, runSteps } from "./steps.ts";
import type { Tally } from "./test_report.ts";

const NEVER = new AbortController().signal;

/** The tally of `deno test` over one file with that code. */
async function tallyOfFile(code: string): Promise<Tally> {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/a_test.ts`, code);
    const args = ["test", "--no-config", "a_test.ts"];
    const step = { name: "test", args, counted: true };
    return await runSteps([step], { cwd, signal: NEVER, quiet: true });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test("runSteps counts tests that pass, fail and are skipped", async () => {
  const tally = await tallyOfFile(`
    Deno.test("a <b> \\"c\\"", () => {});
    Deno.test("d", () => {});
    Deno.test("e", () => { throw new Error("as it should"); });
    Deno.test({ name: "f", ignore: true, fn() {} });
  `);
  assertEquals(tally, { passed: 2, failed: 1, skipped: 1 });
});

Deno.test("runSteps counts one failure, given a file that cannot be run", async () => {
  assertEquals(await tallyOfFile(`import "./missing.ts";`), { passed: 0, failed: 1, skipped: 0 });
  assertEquals(await tallyOfFile(`throw new Error("at import");`), {
    passed: 0,
    failed: 1,
    skipped: 0,
  });
});

Deno.test("runSteps counts nothing, given a file without tests", async () => {
  assertEquals(await tallyOfFile(`export {};`), { passed: 0, failed: 0, skipped: 0 });
});

Deno.test("runSteps goes on after a failed step, and counts it once", async () => {
  const options = { cwd: Deno.cwd(), signal: NEVER, quiet: true };
  const steps = ["Deno.exit(3)", ""].map((code) => ({ name: code, args: ["eval", code] }));
  assertEquals(await runSteps(steps, options), { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("runSteps runs the steps of a list at the same time, and adds them up", async () => {
  const servers = [0, 1].map(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  // Each is done when the other one has begun.
  const code = (own: number, other: number) => `
    const server = Deno.listen({ hostname: "127.0.0.1", port: ${own} });
    while (!await Deno.connect({ hostname: "127.0.0.1", port: ${other} }).catch(() => false));
    await server.accept();
    Deno.exit(1);
  `;
  const [a, b] = servers.map((it) => it.addr.port) as [number, number];
  for (const it of servers) it.close();
  const together = [code(a, b), code(b, a)].map((code) => ({ name: "x", args: ["eval", code] }));
  const options = { cwd: Deno.cwd(), signal: AbortSignal.timeout(120_000), quiet: true };
  assertEquals(await runSteps([together], options), { passed: 0, failed: 2, skipped: 0 });
  assertEquals(options.signal.aborted, false);
});

Deno.test("runSteps ends the running step and its children on abort, and skips the rest", async () => {
  const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connect = `
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: ${server.addr.port} });
    await conn.read(new Uint8Array(1));
  `;
  const spawn = `
    await new Deno.Command(Deno.execPath(), {
      args: ["eval", ${JSON.stringify(connect)}],
    }).output();
  `;
  const stop = new AbortController();
  const steps = [spawn, ""].map((code, index) => ({ name: `${index}`, args: ["eval", code] }));
  const run = runSteps(steps, { cwd: Deno.cwd(), signal: stop.signal, quiet: true });
  const grandchild = await server.accept();
  stop.abort();
  assertEquals(await run, { passed: 0, failed: 2, skipped: 0 });
  const end = await grandchild.read(new Uint8Array(1)).catch(() => null);
  assertEquals(end, null);
  grandchild.close();
  server.close();
});

Deno.test("closingLine mentions skipped tests only if there are some", () => {
  assertEquals(closingLine({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
  assertEquals(closingLine({ passed: 3, failed: 1, skipped: 2 }), "3 passed, 1 failed, 2 skipped");
});
