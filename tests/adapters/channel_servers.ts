/** Processes whose servers are in several workers. */
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../kit/process.ts";
import { Clients, WEBSOCKET } from "../runtimes/client.ts";
import { bunCommand } from "../tools/bun.ts";

const MAIN = fileURLToPath(new URL("fixtures/channel_main.ts", import.meta.url));
const PARALLEL = fileURLToPath(new URL("fixtures/channel_parallel.ts", import.meta.url));
/** How long the workers of a process may take until they answer, in milliseconds. */
const PATIENCE = 60_000;
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

/** Starts `deno serve --parallel`, and waits until several of its workers are there: they share a port. */
export async function startParallel(): Promise<ServerProcess> {
  const flags = ["--quiet", "--no-prompt", "--parallel", "--host=127.0.0.1"];
  const server = await ServerProcess.start({
    command: Deno.execPath(),
    args: (port) => ["serve", ...flags, `--port=${port}`, PARALLEL],
    // Else it starts one for each processor, of which a machine may have a single one.
    env: () => ({ DENO_JOBS: "3" }),
  });
  try {
    await workersAnswer(server.url, 2);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** They do not begin at the same time, and which of them gets a connection is for the system to choose. */
async function workersAnswer(url: string, count: number): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  for (const workers = new Set<unknown>(); workers.size < count;) {
    if (Date.now() > deadline) throw new Error(`${workers.size} workers answer, not ${count}`);
    const clients = new Clients(url);
    try {
      const socket = await clients.connect(WEBSOCKET);
      workers.add(await socket.emitWithAck("worker"));
    } finally {
      await clients.close();
    }
  }
}
