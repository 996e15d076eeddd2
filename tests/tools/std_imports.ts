/** Decides where `@std/*` comes from: JSR, or the stand-ins in `tests/offline`. */

const STAND_INS: Readonly<Record<string, string>> = {
  "@std/assert": "tests/offline/assert.ts",
  "@std/testing/time": "tests/offline/testing_time.ts",
};

const PROBE_LIMIT = 8_000;

/** Name to address, as `deno.json` has it. */
export type Imports = Readonly<Record<string, string>>;

/**
 * The imports of `deno.json` as an import map, with every `@std/*` name replaced by its stand-in.
 *
 * @param imports the imports of `deno.json`
 * @param root the folder of `deno.json`, as a URL that ends in a slash
 */
export function offlineImports(imports: Imports, root: URL): Imports {
  const kept = Object.entries(imports).filter(([name]) => !name.startsWith("@std/"));
  return Object.fromEntries([...kept, ...Object.entries(STAND_INS)].flatMap(([name, address]) => {
    const local = /^\.{0,2}\//.test(address) || name in STAND_INS;
    if (local) return [[name, new URL(address, root).href]];
    // In deno.json a package brings its other entry points along, in an import map it does not.
    return [[name, address], [`${name}/`, `${address.replace("npm:", "npm:/")}/`]];
  }));
}

/** The addresses on JSR of the modules that have a stand-in. */
export function stdAddresses(imports: Imports): string[] {
  return Object.keys(STAND_INS).map((name) => {
    const [scope, part, ...path] = name.split("/");
    const address = imports[`${scope}/${part}`];
    if (address === undefined) throw new Error(`deno.json does not say where ${name} is`);
    return [address, ...path].join("/");
  });
}

/**
 * Whether the `@std/*` modules can be had, from the cache or from JSR, within a few seconds.
 * `FETCHIO_STD=jsr` and `FETCHIO_STD=offline` decide it without a look.
 */
export async function stdReachable(imports: Imports): Promise<boolean> {
  const wish = Deno.env.get("FETCHIO_STD");
  if (wish === "jsr" || wish === "offline") return wish === "jsr";
  if (wish) throw new Error(`FETCHIO_STD is "jsr" or "offline", not "${wish}"`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--no-config", "--no-lock", ...stdAddresses(imports)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(PROBE_LIMIT),
  }).output();
  return success;
}
