/** Finds a Bun to test with, and fetches one through Deno where there is none. */
import { commandInPath } from "./command_in_path.ts";
import { npmFolder } from "./npm_folder.ts";

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
      return await fetched(name);
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

async function fetched(name: string): Promise<string> {
  const folder = await npmFolder(`${name.replace(/.*\//, "")}-${VERSION}`, { [name]: VERSION });
  const executable = Deno.build.os === "windows" ? "bun.exe" : "bun";
  const command = `${folder}/node_modules/${name}/bin/${executable}`;
  if (!await works(command)) throw new Error(`${command} does not run here`);
  return command;
}

async function works(command: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, {
      args: ["--version"],
      stdin: "null",
      signal: AbortSignal.timeout(10_000),
    }).output();
    return success;
  } catch {
    return false;
  }
}
