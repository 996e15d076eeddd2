/** Finds a workerd to test with, and fetches one through Deno where there is none. */
import { commandInPath } from "./command_in_path.ts";
import { npmBinary } from "./npm_binary.ts";

const VERSION = "1.20261117.1";

/**
 * The path of a workerd: `$WORKERD`, else the one in `PATH`, else the one from npm.
 *
 * @throws {Error} if there is none and it cannot be fetched
 */
export async function workerdCommand(): Promise<string> {
  const wish = Deno.env.get("WORKERD");
  if (wish) return wish;
  const found = await commandInPath("workerd");
  if (found !== undefined) return found;
  const name = platformPackage(Deno.build.os, Deno.build.arch);
  try {
    return await npmBinary(name, VERSION, "bin/workerd");
  } catch (error) {
    const fault = error instanceof Error ? error.message : error;
    throw new Error(`No workerd: set WORKERD to its path. Fetching ${name} failed: ${fault}`);
  }
}

/** The package that holds a binary for the platform. */
export function platformPackage(os: string, arch: string): string {
  return `@cloudflare/workerd-${os}-${arch === "aarch64" ? "arm64" : "64"}`;
}
