import { fileURLToPath } from "node:url";

const FLAGS = [
  "--expose-gc",
  "--min-semi-space-size=64",
  "--max-semi-space-size=64",
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--single-threaded",
];

/**
 * How many bytes of heap each thing takes, by its name. The same each time, on one version of Deno.
 *
 * @throws {Error} if the process that counts fails
 */
export async function countAllocations(): Promise<Record<string, number>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      `--v8-flags=${FLAGS.join()}`,
      fileURLToPath(new URL("main.ts", import.meta.url)),
    ],
    stdin: "null",
    signal: AbortSignal.timeout(30_000),
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}
