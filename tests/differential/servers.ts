/** The servers that are compared: the official one, and ours on each runtime. */
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../kit/process.ts";
import { BUN, DENO } from "../runtimes/test_runtime.ts";
import { commandInPath } from "../tools/command_in_path.ts";

const VERSION = "4.8.4";

/** The servers, while a test has them. */
export interface Servers extends AsyncDisposable {
  readonly official: ServerProcess;
  readonly deno: ServerProcess;
  readonly bun: ServerProcess;
}

/**
 * Starts them. The official one runs on Node, where there is one; else on Deno as if it were.
 *
 * @param home the folder of their modules: `official.mjs` and `ours.ts`
 */
export async function startServers(home = new URL("./", import.meta.url)): Promise<Servers> {
  const ours = new URL("ours.ts", home);
  const folder = await Deno.makeTempDir();
  try {
    const [official, deno, bun] = await Promise.all([
      startOfficial(fileURLToPath(new URL("official.mjs", home)), folder),
      DENO.serve(ours),
      BUN.serve(ours),
    ]);
    return {
      official,
      deno,
      bun,
      async [Symbol.asyncDispose]() {
        await Promise.all([official.stop(), deno.stop(), bun.stop()]);
        await Deno.remove(folder, { recursive: true });
      },
    };
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
}

async function startOfficial(module: string, folder: string): Promise<ServerProcess> {
  const [node, npm] = await Promise.all([commandInPath("node"), commandInPath("npm")]);
  if (node === undefined || npm === undefined) {
    return await ServerProcess.start({
      command: Deno.execPath(),
      args: (port) => ["run", "--allow-all", "--no-prompt", module, `${port}`],
    });
  }
  const install = [
    "install",
    "--no-audit",
    "--no-fund",
    "--prefix",
    folder,
    `socket.io@${VERSION}`,
  ];
  const { success, stderr } = await new Deno.Command(npm, { args: install, stdout: "null" })
    .output();
  if (!success) throw new Error(`npm: ${new TextDecoder().decode(stderr)}`);
  return await ServerProcess.start({
    command: node,
    args: (port) => [module, `${port}`, folder],
  });
}
