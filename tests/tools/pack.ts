/**
 * The task `pack`: makes the package for npm, of JavaScript and its types.
 *
 * ```sh
 * deno task pack                       # fetchio-server-<version>.tgz
 * deno task pack somewhere.tgz
 * ```
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What `deno.json` does not say of a package. */
const MANIFEST = {
  description: "A Socket.IO server that is a fetch handler, for Deno, Bun, Node and Workers",
  keywords: ["socket.io", "engine.io", "websocket", "realtime", "fetch", "hono"],
  engines: { node: ">=20.16" },
  sideEffects: false,
};

/** What users install if they want it: the core runs on nothing. */
const OPTIONAL = {
  "@msgpack/msgpack": "^3.1.3",
  hono: "^4.0.0",
  ws: "^8.23.0",
};

/**
 * Makes the package.
 *
 * @param output the file to write
 * @throws {Error} with what the tools print, if that fails
 */
export async function pack(output: string): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const plain = `${folder}/plain.tgz`;
    const options = ["--quiet", "--allow-dirty", "--no-source-maps", `--output=${plain}`];
    await run(Deno.execPath(), ["pack", ...options]);
    await run("tar", ["-xzf", plain, "-C", folder]);
    await referToDisposal(`${folder}/package`);
    const path = `${folder}/package/package.json`;
    const { dependencies, ...manifest } = JSON.parse(await Deno.readTextFile(path));
    const unknown = Object.keys(dependencies ?? {}).filter((name) => !(name in OPTIONAL));
    if (unknown.length > 0) throw new Error(`Something imports ${unknown.join(", ")}`);
    const names = Object.keys(OPTIONAL);
    const peers = {
      peerDependencies: OPTIONAL,
      peerDependenciesMeta: Object.fromEntries(names.map((name) => [name, { optional: true }])),
    };
    const complete = { ...manifest, ...MANIFEST, ...peers };
    await Deno.writeTextFile(path, `${JSON.stringify(complete, null, 2)}\n`);
    await run("tar", ["-czf", output, "-C", folder, "package"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Lets types that name `Symbol.asyncDispose` hold also in projects whose `lib` is older than it. */
async function referToDisposal(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await referToDisposal(path);
    else if (name.endsWith(".d.ts")) {
      const text = await Deno.readTextFile(path);
      if (!text.includes("Symbol.asyncDispose")) continue;
      await Deno.writeTextFile(path, `/// <reference lib="esnext.disposable" />\n${text}`);
    }
  }
}

async function run(command: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, {
    args,
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(`${command} ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}

if (import.meta.main) {
  const { name, version } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [output = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`] = Deno.args;
  await pack(output);
  const { size } = await Deno.stat(output);
  console.log(`${output}, ${Math.round(size / 1000)} kB`);
}
