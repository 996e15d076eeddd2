import { fileURLToPath } from "node:url";
import { VERSIONS } from "./versions.ts";

const CACHE = fileURLToPath(new URL("../.cache/", import.meta.url));

/**
 * Installs the rivals from npm, once, and gives the folder that they are found from.
 *
 * @throws {Error} if that fails
 */
export async function installRivals(): Promise<string> {
  const names = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
  const folder = `${CACHE}bench-${names.join("-").replaceAll(/[^\w.-]/g, "")}/`;
  if (await Deno.stat(`${folder}done`).then(() => true, () => false)) return folder;
  await Deno.mkdir(folder, { recursive: true });
  const imports = Object.fromEntries(
    Object.entries(VERSIONS).map(([name, version]) => [name, `npm:${name}@${version}`]),
  );
  const config = { imports, nodeModulesDir: "auto", lock: false };
  await Deno.writeTextFile(`${folder}deno.json`, JSON.stringify(config));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: folder,
    stdin: "null",
    signal: AbortSignal.timeout(120_000),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.writeTextFile(`${folder}done`, "");
  return folder;
}
