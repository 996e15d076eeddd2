/** How the fixtures are started on each runtime. */
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../kit/process.ts";
import { bunCommand } from "../tools/bun.ts";
import { bundleForNode, nodeCommand } from "../tools/node.ts";

/** A runtime that servers are tested on. */
export interface TestRuntime {
  /** Its name, as in the names of the tests. */
  readonly name: string;
  /**
   * Serves the default export of a module.
   *
   * @param permissions what it may do on Deno beside answering
   */
  serve(module: URL, permissions?: readonly string[]): Promise<ServerProcess>;
  /** Runs a module that listens on the port that is its argument. */
  run(module: URL): Promise<ServerProcess>;
}

/** The Deno that runs the tests. */
export const DENO: TestRuntime = {
  name: "Deno",
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
export const BUN: TestRuntime = {
  name: "Bun",
  serve: async (module) =>
    await ServerProcess.start({
      command: await bunCommand(),
      args: (port) => [`--port=${port}`, fileURLToPath(module)],
    }),
  run: async (module) =>
    await ServerProcess.start({
      command: await bunCommand(),
      args: (port) => [fileURLToPath(module), `${port}`],
    }),
};

/** Node. It serves no default exports: the runtime's own way to listen does. */
export const NODE: TestRuntime = {
  name: "Node",
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
