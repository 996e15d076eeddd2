import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type Edge, edgeFault, edgesOf, findCycle } from "./tools/layers.ts";
import plugin from "./tools/lint_plugin.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test("src imports along the arrows of the layers only", async () => {
  const edges = await sourceEdges();
  const faults = edges.map(edgeFault).filter((fault) => fault !== undefined);
  assertEquals(faults, []);
});

Deno.test("src has no cycle of run-time imports", async () => {
  assertEquals(findCycle(await sourceEdges()), undefined);
});

Deno.test("src keeps to what the lint plugin asks for", async () => {
  const faults: string[] = [];
  for (const path of await sourceFiles()) {
    const url = new URL(path, ROOT);
    const code = await Deno.readTextFile(url);
    const found = Deno.lint.runPlugin(plugin, fileURLToPath(url), code);
    for (const { id, message, range } of found) {
      const line = code.slice(0, range[0]).split("\n").length;
      faults.push(`${path}:${line} ${id}: ${message}`);
    }
  }
  assertEquals(faults, []);
});

Deno.test("deno.json exports files that exist", async () => {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  for (const path of Object.values<string>(exports)) {
    assert((await Deno.stat(new URL(path, ROOT))).isFile, path);
  }
});

/** The imports of every file in src, also of those that nothing imports yet, and of mod.ts. */
async function sourceEdges(): Promise<Edge[]> {
  const files = ["mod.ts", ...await sourceFiles()];
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const imports = files.map((path) => `import ${JSON.stringify(new URL(path, ROOT).href)};`);
    await Deno.writeTextFile(entry, imports.join("\n"));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--no-lock", "--config", "deno.json", entry],
      cwd: ROOT,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assert(success, decoder.decode(stderr));
    const { modules } = JSON.parse(decoder.decode(stdout));
    const edges = edgesOf(modules, ROOT);
    const seen = new Set(edges.map(({ from }) => from));
    assert(files.some((path) => seen.has(path)), "The graph holds no file of src");
    return edges;
  } finally {
    await Deno.remove(entry);
  }
}

async function sourceFiles(folder = "src/"): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) files.push(...await sourceFiles(`${folder}${name}/`));
    else if (name.endsWith(".ts")) files.push(`${folder}${name}`);
  }
  return files.sort();
}
