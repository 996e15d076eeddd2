/** Runs commands, bounded in time, and counts the tests they ran. */
import { failuresOf, type Tally, tallyOf } from "./test_report.ts";

/** One command of Deno. */
export interface Step {
  /** What is printed above its output. */
  readonly name: string;
  /** The arguments for Deno. */
  readonly args: readonly string[];
  /** Whether it is `deno test`, so that its tests are counted. */
  readonly counted?: boolean;
}

/** What {@linkcode runSteps} needs besides the steps. */
export interface StepOptions {
  /** The folder to run in. */
  readonly cwd: string | URL;
  /** Ends the running step and skips the rest. */
  readonly signal: AbortSignal;
  /** Whether nothing is printed. */
  readonly quiet?: boolean;
}

/**
 * Runs each step, also after one that failed, and adds up what they counted.
 *
 * @param steps in their order; those in a list run at the same time
 */
export async function runSteps(
  steps: readonly (Step | readonly Step[])[],
  options: StepOptions,
): Promise<Tally> {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  const wrong: string[] = [];
  const print = options.quiet ? () => {} : console.log;
  for (const together of steps.map((it) => [it].flat())) {
    if (options.signal.aborted) {
      wrong.push(...together.map(({ name }) => `${name}: not started`));
      total.failed += together.length;
      continue;
    }
    print(`\n── ${together.map(({ name }) => name).join(", ")} ──`);
    await Promise.all(together.map(async (step) => {
      const prefix = together.length > 1 ? `${step.name} | ` : undefined;
      const { code, tally, failures } = await runStep(step, prefix, options);
      if (code !== 0 && tally.failed === 0) tally.failed = 1;
      if (tally.failed > 0) {
        wrong.push(`${step.name}: exit code ${code}, ${tally.failed} failed`, ...failures);
      }
      total.passed += tally.passed;
      total.failed += tally.failed;
      total.skipped += tally.skipped;
    }));
  }
  // At the end, since that is the part of a long log that people and machines look at.
  if (wrong.length > 0) print(`\nNot in order:\n${wrong.join("\n").replace(/^/gm, "  ")}`);
  return total;
}

/** The closing line, in the form that test reports are read by. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

async function runStep(
  step: Step,
  prefix: string | undefined,
  options: StepOptions,
): Promise<{ code: number; tally: Tally; failures: string[] }> {
  if (!step.counted) {
    return { code: await runDeno(step.args, prefix, options), tally: tallyOf(""), failures: [] };
  }
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const [command, ...rest] = step.args;
    const code = await runDeno([command!, `--junit-path=${report}`, ...rest], prefix, options);
    const text = await Deno.readTextFile(report);
    return { code, tally: tallyOf(text), failures: failuresOf(text) };
  } finally {
    await Deno.remove(report);
  }
}

/**
 * Runs Deno in a process group of its own, so that an abort also reaches the servers and browsers
 * that tests have started.
 *
 * @param prefix stands before each line that it prints, to tell it from others that print
 */
async function runDeno(
  args: readonly string[],
  prefix: string | undefined,
  { cwd, signal, quiet }: StepOptions,
): Promise<number> {
  const output = quiet ? "null" : prefix === undefined ? "inherit" : "piped";
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: output,
    stderr: output,
    detached: true,
  }).spawn();
  const end = (how: Deno.Signal) => {
    try {
      if (Deno.build.os === "windows") child.kill(how);
      else Deno.kill(-child.pid, how);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  let grace: ReturnType<typeof setTimeout> | undefined;
  const abort = () => {
    end("SIGTERM");
    grace = setTimeout(end, 3_000, "SIGKILL");
  };
  signal.addEventListener("abort", abort);
  if (output === "piped") {
    await Promise.all([child.stdout, child.stderr].map((it) => printLines(it, prefix!)));
  }
  const { code } = await child.status;
  clearTimeout(grace);
  signal.removeEventListener("abort", abort);
  return code;
}

async function printLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  prefix: string,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) console.log(prefix + line);
  }
  if (rest !== "") console.log(prefix + rest);
}
