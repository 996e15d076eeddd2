/** Finds a Bun to test with, and fetches one through Deno where there is none. */
import { fileURLToPath } from "node:url";
import { commandInPath } from "./command_in_path.ts";

const VERSION = "1.4.5";

// Git ignores it, and it is no parent of any source: Bun would look for packages in a node_modules
// folder above a file, and stop fetching what that lacks.
const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));

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
  const folder = `${CACHE}/${name.replace(/.*\//, "")}-${VERSION}`;
  const executable = Deno.build.os === "windows" ? "bun.exe" : "bun";
  const command = `${folder}/node_modules/${name}/bin/${executable}`;
  if (await works(command)) return command;
  await Deno.mkdir(CACHE, { recursive: true });
  // Other processes may want it as well: it appears in one step, and who comes second takes that.
  const parts = await Deno.makeTempDir({ dir: CACHE, prefix: "bun-" });
  try {
    const config = { imports: { bun: `npm:${name}@${VERSION}` }, nodeModulesDir: "auto" };
    await Deno.writeTextFile(`${parts}/deno.json`, JSON.stringify({ ...config, lock: false }));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet"],
      cwd: parts,
      stdin: "null",
      signal: AbortSignal.timeout(180_000),
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
    await Deno.rename(parts, folder).catch(async (error) => {
      if (!await works(command)) throw error;
    });
  } finally {
    await Deno.remove(parts, { recursive: true }).catch(() => {});
  }
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
