/**
 * The tasks `test`, `check`, `fuzz` and `ok`. They need nothing but Deno; `@std/*` comes from
 * `tests/offline` where JSR cannot be reached.
 *
 * ```sh
 * deno task test                       # every test and documentation example
 * deno task test tests/wire            # some of them: the arguments go to `deno test`
 * deno task ok                         # and format, lint, types, docs, package
 * ```
 *
 * @module
 */
import { type Imports, offlineImports, stdReachable } from "./tools/std_imports.ts";
import { closingLine, runSteps, type Step } from "./tools/steps.ts";

const TIME_LIMIT = 9 * 60_000;
const ROOT = new URL("../", import.meta.url);
/** Tests that run beside the others, which they leave alone: each list takes about as long as the rest. */
const LANES: Record<string, readonly string[]> = {
  attacks: ["adapters", "bench", "fuzz", "hostile", "mounting", "npm"],
  clients: ["clients", "conformance", "differential", "examples", "plugins"],
};
const FOLDERS = ["mod.ts", "src", "tests", "examples", "bench"];

async function main(args: readonly string[]): Promise<number> {
  const config = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const temporary = await Deno.makeTempDir();
  const stop = new AbortController();
  const interrupt = (): void => stop.abort("interrupted");
  const limit = setTimeout(() => stop.abort("out of time"), TIME_LIMIT);
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  try {
    const map: string[] = [];
    if (await stdReachable(config.imports)) {
      console.log("@std comes from JSR");
    } else {
      console.log("@std comes from tests/offline, JSR is not reachable");
      map.push(`--import-map=${temporary}/imports.json`);
      const imports = offlineImports(config.imports, ROOT);
      await Deno.writeTextFile(`${temporary}/imports.json`, JSON.stringify({ imports }));
    }
    const files = await existing(FOLDERS);
    const check: Step = { name: "types", args: ["check", ...map, ...files] };
    if (args[0] === "--fuzz") {
      clearTimeout(limit);
      const fuzz = ["run", "--allow-all", ...map, "tests/fuzz/main.ts", ...args.slice(1)];
      const { failed } = await runSteps([{ name: "fuzz", args: fuzz }], {
        cwd: ROOT,
        signal: stop.signal,
      });
      return failed > 0 ? 1 : 0;
    }
    if (args[0] === "--check") {
      const { failed } = await runSteps([check], { cwd: ROOT, signal: stop.signal });
      return failed > 0 ? 1 : 0;
    }
    const everything = args[0] === "--ok";
    const steps = await testSteps(map, everything ? args.slice(1) : args, everything);
    if (everything) {
      const doors = Object.values<string>(config.exports);
      const web = `${temporary}/web.json`;
      await Deno.writeTextFile(web, JSON.stringify(webConfig(config)));
      const bare = `${temporary}/bare.json`;
      await Deno.writeTextFile(bare, JSON.stringify({ imports: emptied(config.imports) }));
      steps.unshift(
        { name: "format", args: ["fmt", "--check"] },
        { name: "lint", args: ["lint"] },
        check,
        { name: "types without Deno's", args: ["check", `--config=${web}`, ...doors] },
        { name: "documentation", args: ["doc", "--lint", `--import-map=${bare}`, ...doors] },
        { name: "package", args: ["publish", "--dry-run", "--allow-dirty"] },
      );
    }
    const tally = await runSteps(steps, { cwd: ROOT, signal: stop.signal });
    if (stop.signal.aborted) console.log(`Stopped: ${stop.signal.reason}`);
    else if (tally.passed + tally.failed === 0) console.log("No test ran");
    console.log(`\n${closingLine(tally)}`);
    if (stop.signal.reason === "interrupted") return 130;
    return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
  } finally {
    clearTimeout(limit);
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", interrupt);
    await Deno.remove(temporary, { recursive: true });
  }
}

/** @param checked whether another step looks at the types of the tests, so that these need not */
async function testSteps(
  map: readonly string[],
  chosen: readonly string[],
  checked: boolean,
): Promise<(Step | Step[])[]> {
  const documentation = ["test", "--allow-all", "--no-prompt", ...map];
  const test = checked ? [...documentation, "--no-check"] : documentation;
  if (chosen.length > 0) return [{ name: "tests", args: [...test, ...chosen], counted: true }];
  const lanes = Object.entries(LANES);
  const apart = new Set(lanes.flatMap(([, folders]) => folders));
  const rest: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL("tests", ROOT))) {
    if (!apart.has(name) && (isDirectory || name.endsWith("_test.ts"))) rest.push(name);
  }
  return [
    [...lanes, ["tests", rest.sort()] as const].map(([name, folders]) => ({
      name,
      args: [...test, ...folders.map((it) => `tests/${it}`)],
      counted: true,
    })),
    {
      name: "documentation examples",
      args: [...documentation, "--doc", "mod.ts", "src", "README.md"],
      counted: true,
    },
  ];
}

/** What `src` has to compile with where Deno's types do not exist, and for Node 20, which is older than Deno and Bun. */
function webConfig(
  { compilerOptions, imports }: { compilerOptions: object; imports: object },
): object {
  const lib = ["es2023", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"];
  return { compilerOptions: { ...compilerOptions, lib }, imports };
}

/**
 * Every package as an empty module: the linter of documentation takes the types of a package for
 * private ones, even where they are exported again.
 */
function emptied(imports: Imports): Imports {
  return Object.fromEntries(Object.keys(imports).map((name) => [name, "data:text/typescript,"]));
}

async function existing(names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const there = await Deno.stat(new URL(name, ROOT)).then(() => true, () => false);
    if (there) found.push(name);
  }
  return found;
}

Deno.exit(await main(Deno.args));
