/** Packages of npm in a `node_modules` folder of their own: for runtimes other than Deno, and for binaries. */
import { fileURLToPath } from "node:url";

// Git ignores it, and it is no parent of any source: Bun would look for packages in a node_modules
// folder above a file, and stop fetching what that lacks.
const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));

/**
 * Fetches packages once, through Deno, and gives the folder that holds their `node_modules`.
 *
 * @param name the folder's name; it says what is in there, versions included
 * @param packages names to versions
 * @throws {Error} if they cannot be fetched
 */
export async function npmFolder(
  name: string,
  packages: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = `${CACHE}/${name}`;
  if (await exists(folder)) return folder;
  await Deno.mkdir(CACHE, { recursive: true });
  // Other processes may want it as well: it appears in one step, and who comes second takes that.
  const parts = await Deno.makeTempDir({ dir: CACHE, prefix: `${name}-` });
  try {
    const imports = Object.fromEntries(
      Object.entries(packages).map(([name, version]) => [name, `npm:${name}@${version}`]),
    );
    const config = { imports, nodeModulesDir: "auto", lock: false };
    await Deno.writeTextFile(`${parts}/deno.json`, JSON.stringify(config));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet"],
      cwd: parts,
      stdin: "null",
      signal: AbortSignal.timeout(180_000),
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
    await Deno.rename(parts, folder).catch(async (error) => {
      if (!await exists(folder)) throw error;
    });
  } finally {
    await Deno.remove(parts, { recursive: true }).catch(() => {});
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
