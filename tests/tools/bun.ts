/** Finds a Bun to test with, and fetches one through Deno where there is none. */
import { commandInPath } from "./command_in_path.ts";
import { npmBinary } from "./npm_binary.ts";

const VERSION = "1.4.5";

/**
 * The path of a Bun: `$BUN`, else the one in `PATH`, else one from the npm packages that hold its
 * binaries, which Deno fetches once.
 *
 * @throws {Error} if there is none and it cannot be fetched
 */
export async function bunCommand(): Promise<string> {
  const wish = Deno.env.get("BUN");
  if (wish) return wish;
  const found = await commandInPath("bun");
  if (found !== undefined) return found;
  const faults: string[] = [];
  for (const name of platformPackages(Deno.build.os, Deno.build.arch)) {
    try {
      return await npmBinary(name, VERSION, "bin/bun");
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(`No Bun: set BUN to its path. Fetching it failed:\n${faults.join("\n")}`);
}

/** The packages that may hold a binary for the platform, the best one first. */
export function platformPackages(os: string, arch: string): string[] {
  const name = `@oven/bun-${os}-${arch === "aarch64" ? "aarch64" : "x64"}`;
  const plain = arch === "aarch64" ? [name] : [name, `${name}-baseline`];
  return os === "linux" ? [...plain, `${name}-musl`] : plain;
}
