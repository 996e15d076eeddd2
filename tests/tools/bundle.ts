/** Modules joined into one file, for runtimes that know no TypeScript or no files. */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Joins a module and what it imports.
 *
 * @param platform `browser` where nothing is built in
 * @param external packages that are imported at run time
 * @throws {Error} if something is not found
 */
export async function bundle(
  entry: string,
  output: string,
  platform: "browser" | "deno",
  external: readonly string[] = [],
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      `--config=${ROOT}deno.json`,
      `--platform=${platform}`,
      ...external.map((it) => `--external=${it}`),
      `--output=${output}`,
      entry,
    ],
    cwd: ROOT,
    stdin: "null",
    signal: AbortSignal.timeout(240_000),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
