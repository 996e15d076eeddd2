/** How the fixtures are started on each runtime. */
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../kit/process.ts";
import { serveWorker } from "../kit/workerd.ts";
import { bunCommand } from "../tools/bun.ts";
import { bundleForNode, nodeCommand } from "../tools/node.ts";

/** A runtime that servers are tested on. */
export interface TestRuntime {
  /** Its name, as in the names of the tests. */
  readonly name: string;
  /** Whether it notices at once that the client of a waiting poll has gone. */
  readonly noticesLostPolls: boolean;
  /**
   * Serves the default export of a module.
   *
   * @param permissions what it may do on Deno beside answering
   */
  serve(module: URL, permissions?: readonly string[]): Promise<ServerProcess>;
}

/** A runtime whose modules can listen. */
export interface HostRuntime extends TestRuntime {
  /** Runs a module that listens on the port that is its argument. */
  run(module: URL): Promise<ServerProcess>;
}

/** The Deno that runs the tests. */
export const DENO: HostRuntime = {
  name: "Deno",
  noticesLostPolls: true,
  serve: (module, permissions = []) =>
    ServerProcess.start({
      command: Deno.execPath(),
      args: (port) => [
        "serve",
        "--quiet",
        "--no-prompt",
        "--host=127.0.0.1",
        `--port=${port}`,
        ...permissions,
        module.href,
      ],
    }),
  run: (module) =>
    ServerProcess.start({
      command: Deno.execPath(),
      args: (port) => ["run", "--quiet", "--no-prompt", "--allow-net", module.href, `${port}`],
    }),
};

/** Bun. */
export const BUN: HostRuntime = {
  name: "Bun",
  noticesLostPolls: true,
  serve: async (module) =>
    await ServerProcess.start({
      command: await bunCommand(),
      args: (port) => [`--port=${port}`, fileURLToPath(module)],
      greeting: /http:.*\n/,
    }),
  run: async (module) =>
    await ServerProcess.start({
      command: await bunCommand(),
      args: (port) => [fileURLToPath(module), `${port}`],
    }),
};

/** Node. It serves no default exports: the runtime's own way to listen does. */
export const NODE: HostRuntime = {
  name: "Node",
  noticesLostPolls: true,
  serve: (module) =>
    onNode(
      `${module.pathname.replaceAll("/", "_")}_served`,
      `
      import app from ${JSON.stringify(module.href)};
      import { NodeRuntime } from ${JSON.stringify(NODE_RUNTIME.href)};
      const service = { fetch: app.fetch, handles: () => true, websocket: undefined };
      new NodeRuntime().listen(service, Number(process.argv[2]), "127.0.0.1");
    `,
    ),
  run: (module) =>
    onNode(module.pathname.replaceAll("/", "_"), `import ${JSON.stringify(module.href)};`),
};

const NODE_RUNTIME = new URL("../../src/runtimes/node.ts", import.meta.url);

async function onNode(name: string, code: string): Promise<ServerProcess> {
  const [command, file] = await Promise.all([nodeCommand(), bundleForNode(code, name)]);
  return await ServerProcess.start({ command, args: (port) => [file, `${port}`] });
}

/** workerd, with a class `Room` of Durable Objects. */
export const WORKERD: TestRuntime = {
  name: "workerd",
  noticesLostPolls: false,
  serve: (module) => serveWorker(module, { classes: ["Room"] }),
};
