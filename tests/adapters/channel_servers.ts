/** Processes whose servers are in several workers. */
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../kit/process.ts";
import { bunCommand } from "../tools/bun.ts";

const MAIN = fileURLToPath(new URL("fixtures/channel_main.ts", import.meta.url));
const PARALLEL = fileURLToPath(new URL("fixtures/channel_parallel.ts", import.meta.url));
const READ = `--allow-read=${fileURLToPath(new URL("../../", import.meta.url))}`;

/** Starts two workers, each with a port of its own. */
export const RUNTIMES: Record<string, () => Promise<ServerProcess>> = {
  Deno: () =>
    ServerProcess.start({
      command: Deno.execPath(),
      args: (port) => ["run", "--quiet", "--no-prompt", "--allow-net", READ, MAIN, `${port}`],
    }),
  Bun: async () =>
    await ServerProcess.start({ command: await bunCommand(), args: (port) => [MAIN, `${port}`] }),
};

/** Starts `deno serve --parallel`: its workers share a port. */
export function startParallel(): Promise<ServerProcess> {
  const flags = ["--quiet", "--no-prompt", "--parallel", "--host=127.0.0.1"];
  return ServerProcess.start({
    command: Deno.execPath(),
    args: (port) => ["serve", ...flags, `--port=${port}`, PARALLEL],
  });
}
