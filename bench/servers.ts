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
}

/** How a script runs on a runtime. */
export interface Host {
  /** The runtime, with its version. */
  readonly runtime: string;
  /** The executable and its arguments before the script. */
  readonly command: readonly string[];
}

/** The runtimes that ours is made for. */
export async function hosts(): Promise<{ deno: Host; bun: Host }> {
  const bun = await bunCommand();
  return {
    deno: {
      runtime: `Deno ${Deno.version.deno}`,
      command: [Deno.execPath(), "run", "-A", "--quiet", "--v8-flags=--expose-gc"],
    },
    bun: { runtime: `Bun ${await version(bun)}`, command: [bun] },
  };
}

/** The path of a server's script. */
export function scriptOf(name: string): string {
  return fileURLToPath(new URL(`servers/${name}`, import.meta.url));
}

/** The servers, and why one of them is missing. */
export async function contestants(): Promise<{ servers: Contestant[]; notes: string[] }> {
  const notes = [
    "socket.io-deno is left out: it is fetched from URLs, which not every machine reaches.",
  ];
  const node = await commandInPath("node");
  const { deno, bun } = await hosts();
  const on = ({ runtime, command }: Host, name: string, script: string): Contestant => {
    return { name, runtime, command: [...command, scriptOf(script)] };
  };
  const servers = [
    on(deno, "ours-deno", "ours.ts"),
    on(deno, "framed-deno", "framed.mjs"),
    on(bun, "ours-bun", "ours.ts"),
    on(bun, "framed-bun", "framed.mjs"),
    on(bun, "bun-engine", "bun_engine.mjs"),
  ];
  if (node === undefined) {
    notes.push("Node is left out: there is none in PATH.");
  } else {
    const runtime = `Node ${(await version(node)).replace(/^v/, "")}`;
    const script = JSON.stringify(scriptOf("ours_node.ts"));
    const ours = await bundleForNode(`import ${script};`, "bench");
    servers.push(
      { name: "ours-node", runtime, command: [node, "--expose-gc", ours] },
      { name: "npm-node", runtime, command: [node, "--expose-gc", scriptOf("npm.mjs")] },
    );
  }
  return { servers, notes };
}

async function version(command: string): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args: ["--version"] }).output();
  return new TextDecoder().decode(stdout).trim();
}
