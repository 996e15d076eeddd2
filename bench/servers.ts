import { fileURLToPath } from "node:url";
import { bunCommand } from "../tests/tools/bun.ts";
import { commandInPath } from "../tests/tools/command_in_path.ts";
import { bundleForNode } from "../tests/tools/node.ts";

/** A server that is measured. */
export interface Contestant {
  /** Its name, on the command line and in tables. */
  readonly name: string;
  /** The runtime, with its version. */
  readonly runtime: string;
  /** The executable and its arguments before those of the server. */
  readonly command: readonly string[];
  /** Whether it takes part only if it is named. */
  readonly optional?: true;
}

/** The servers, and why one of them is missing. */
export async function contestants(): Promise<{ servers: Contestant[]; notes: string[] }> {
  const notes = [
    "socket.io-deno is left out: it is fetched from URLs, which not every machine reaches.",
  ];
  const bun = await bunCommand();
  const node = await commandInPath("node");
  const onDeno = [Deno.execPath(), "run", "-A", "--quiet", "--v8-flags=--expose-gc"];
  const file = (name: string): string => fileURLToPath(new URL(`servers/${name}`, import.meta.url));
  const deno = `Deno ${Deno.version.deno}`;
  const bunVersion = `Bun ${await version(bun)}`;
  const servers: Contestant[] = [
    { name: "ours-deno", runtime: deno, command: [...onDeno, file("ours.ts")] },
    { name: "framed-deno", runtime: deno, command: [...onDeno, file("framed.mjs")] },
    { name: "ours-bun", runtime: bunVersion, command: [bun, file("ours.ts")] },
    { name: "framed-bun", runtime: bunVersion, command: [bun, file("framed.mjs")] },
    { name: "bun-engine", runtime: bunVersion, command: [bun, file("bun_engine.mjs")] },
  ];
  for (const name of ["guarded", "unguarded"]) {
    const script = file(`${name}.ts`);
    servers.push(
      { name: `${name}-deno`, runtime: deno, command: [...onDeno, script], optional: true },
      { name: `${name}-bun`, runtime: bunVersion, command: [bun, script], optional: true },
    );
  }
  if (node === undefined) {
    notes.push("Node is left out: there is none in PATH.");
  } else {
    const runtime = `Node ${(await version(node)).replace(/^v/, "")}`;
    const ours = await bundleForNode(`import ${JSON.stringify(file("ours_node.ts"))};`, "bench");
    servers.push(
      { name: "ours-node", runtime, command: [node, "--expose-gc", ours] },
      { name: "npm-node", runtime, command: [node, "--expose-gc", file("npm.mjs")] },
    );
  }
  return { servers, notes };
}

async function version(command: string): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args: ["--version"] }).output();
  return new TextDecoder().decode(stdout).trim();
}
