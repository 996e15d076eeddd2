/** Finds a Node to test with, and makes of modules here what it can run: Node 20 knows no TypeScript. */
import { bundle } from "./bundle.ts";
import { commandInPath } from "./command_in_path.ts";
import { npmFolder } from "./npm_folder.ts";

const VERSION = "20.20.2";
const OLDEST = 20;
/** What servers on Node import from npm, in the versions of `deno.json`. */
const PACKAGES = ["@hono/node-server", "express", "hono", "koa", "ws"];

const CONFIG = new URL("../../deno.json", import.meta.url);

/**
 * The path of a Node: `$NODE`, else the one in `PATH`, else one from the npm packages that hold its binaries, which Deno
 * fetches once.
 *
 * @throws {Error} if there is none and it cannot be fetched
 */
export async function nodeCommand(): Promise<string> {
  const wish = Deno.env.get("NODE");
  if (wish) return wish;
  const found = await commandInPath("node");
  if (found !== undefined && await majorVersion(found) >= OLDEST) return found;
  const { os, arch } = Deno.build;
  const platform = `${os === "windows" ? "win" : os}-${arch === "aarch64" ? "arm64" : "x64"}`;
  const name = `node-${platform}`;
  const folder = await npmFolder(`${name}-${VERSION}`, { [name]: VERSION });
  return `${folder}/node_modules/${name}/bin/node${os === "windows" ? ".exe" : ""}`;
}

/**
 * Joins a module and what it imports into one file, beside the packages that Node needs.
 *
 * @param code a module
 * @param name what to call the file
 * @returns its path
 */
export async function bundleForNode(code: string, name: string): Promise<string> {
  const folder = await nodePackages();
  const parts = await Deno.makeTempDir({ dir: folder });
  try {
    await Deno.writeTextFile(`${parts}/entry.ts`, code);
    await bundle(`${parts}/entry.ts`, `${parts}/bundle.mjs`, "deno", PACKAGES);
    await Deno.rename(`${parts}/bundle.mjs`, `${folder}/${name}.mjs`);
    return `${folder}/${name}.mjs`;
  } finally {
    await Deno.remove(parts, { recursive: true });
  }
}

/** The folder whose `node_modules` has the packages. */
async function nodePackages(): Promise<string> {
  const { imports } = JSON.parse(await Deno.readTextFile(CONFIG));
  const versions = PACKAGES.map((name) => [name, /[\d.]+$/.exec(imports[name])![0]]);
  const name = `node-${versions.map(([, version]) => version).join("-")}`;
  return await npmFolder(name, Object.fromEntries(versions));
}

async function majorVersion(command: string): Promise<number> {
  const { stdout } = await new Deno.Command(command, {
    args: ["--version"],
    stdin: "null",
    stderr: "null",
  }).output();
  return Number(/^v(\d+)\./.exec(new TextDecoder().decode(stdout))?.[1] ?? 0);
}
