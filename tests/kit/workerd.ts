/** Workers on workerd, with Durable Objects. */
import { fileURLToPath } from "node:url";
import { bundle } from "../tools/bundle.ts";
import { workerdCommand } from "../tools/workerd.ts";
import { ServerProcess } from "./process.ts";

const COMPATIBILITY_DATE = "2026-11-01";

/** What workerd prints of requests and frames that it hands to nobody. */
const REFUSED = new RegExp(
  "warning: NOSENTRY per-isolate bootstrap|" +
    "remote\\.jsg\\.TypeError: Fetch API cannot load: |" +
    "remote\\.jsg\\.Error: WebSocket protocol error; |" +
    "^Received a connect event but we lack a handler\\. |Handler does not export a connect\\(\\)",
);

/** How a Worker is set up. */
export interface WorkerSetup {
  /** The names of its classes of Durable Objects; each is bound under its own name. */
  readonly classes: readonly string[];
  /**
   * Whether it is sent what is no request, and no frame: it prints what it refuses by itself. Its memory is measured, so it
   * can be told to collect its garbage.
   */
  readonly attacked?: boolean;
}

/** Serves a Worker: the default export of a module, and the classes that it exports. */
export async function serveWorker(
  module: URL,
  { classes, attacked = false }: WorkerSetup,
): Promise<ServerProcess> {
  const command = await workerdCommand();
  const folder = await Deno.makeTempDir({ prefix: "worker-" });
  const cleanUp = () => Deno.remove(folder, { recursive: true });
  try {
    await bundle(fileURLToPath(module), `${folder}/worker.js`, "browser");
    await Deno.writeTextFile(
      `${folder}/config.capnp`,
      config(classes, `${folder}/storage`, attacked),
    );
    await Deno.mkdir(`${folder}/storage`);
  } catch (error) {
    await cleanUp();
    throw error;
  }
  return await ServerProcess.start({
    command,
    args: (port) => ["serve", `${folder}/config.capnp`, `--socket-addr=http=127.0.0.1:${port}`],
    ...(attacked ? { tolerated: REFUSED } : {}),
    cleanUp,
  });
}

function config(classes: readonly string[], storage: string, attacked: boolean): string {
  const namespaces = classes.map((it) =>
    `(className = "${it}", uniqueKey = "${it}", enableSql = true)`
  );
  const bindings = classes.map((it) => `(name = "${it}", durableObjectNamespace = "${it}")`);
  // The header is Cloudflare's, which is not there to write it.
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (${attacked ? '\n  v8Flags = ["--expose-gc"],' : ""}
  services = [
    (name = "main", worker = .worker),
    (name = "storage", disk = (path = ${JSON.stringify(storage)}, writable = true)),
  ],
  sockets = [(
    name = "http",
    service = "main",
    http = (injectRequestHeaders = [(name = "cf-connecting-ip", value = "127.0.0.1")]),
  )],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ["enable_request_signal", "request_signal_passthrough"],
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [${bindings.join(", ")}],
);
`;
}
