import { ServerProcess } from "../kit/process.ts";
import { DENO } from "../runtimes/test_runtime.ts";
import { answersNothingElse, hasHomePage, mountingSuite, mountingTest } from "./suite.ts";

mountingSuite(DENO);
mountingTest(
  "Deno: clients connect to Deno.serve(io.fetch)",
  (module) => DENO.run(module),
  "deno_serve.ts",
  answersNothingElse,
);
mountingTest(
  "Deno: clients connect to new Server(httpServer)",
  (module) =>
    ServerProcess.start({
      command: Deno.execPath(),
      // The package ws reads variables that turn its extensions off.
      args: (port) => ["run", "--quiet", "--allow-net", "--allow-env", module.href, `${port}`],
    }),
  "http_server.ts",
  hasHomePage,
);
