import { fileURLToPath } from "node:url";
import { bunCommand } from "../tests/tools/bun.ts";
import type { Plan } from "./load/plan.ts";
import type { Sample } from "./load/window.ts";

const MAIN = fileURLToPath(new URL("load/main.ts", import.meta.url));

/**
 * Runs the load generator in a process of its own.
 *
 * @param started given the process
 * @throws {Error} if it fails
 */
export async function generateLoad(
  plan: Plan,
  started?: (child: Deno.ChildProcess) => void,
): Promise<Sample> {
  const child = new Deno.Command(await bunCommand(), {
    args: [MAIN, JSON.stringify(plan)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  started?.(child);
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`The load generator failed in ${plan.mode}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
