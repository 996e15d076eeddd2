/** Runs a suite against a fixture on a runtime. */
import type { ServerProcess } from "../kit/process.ts";
import type { TestRuntime } from "../runtimes/test_runtime.ts";

/** Registers a test of a server at `url`. */
export type ConformanceTest = (name: string, check: (url: string) => Promise<void>) => void;

/** Runs the tests of a suite against one server, one after the other, and ends it. */
export function conformanceOn(
  runtime: TestRuntime,
  fixture: string,
  suite: (test: ConformanceTest) => void,
): void {
  const module = new URL(`./fixtures/${fixture}.ts`, import.meta.url);
  Deno.test(`${fixture} on ${runtime.name} keeps to the protocol`, async (t) => {
    const tests: [name: string, check: (url: string) => Promise<void>][] = [];
    suite((name, check) => tests.push([name, check]));
    await using server: ServerProcess = await runtime.serve(module);
    for (const [name, check] of tests) await t.step(name, () => check(server.url));
  });
}
