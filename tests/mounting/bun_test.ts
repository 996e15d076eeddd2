import { BUN } from "../runtimes/test_runtime.ts";
import { hasHomePage, mountingSuite, mountingTest } from "./suite.ts";

mountingSuite(BUN);
mountingTest(
  "Bun: clients connect to Bun.serve, beside its routes",
  (module) => BUN.run(module),
  "bun_serve.ts",
  hasHomePage,
);
mountingTest(
  "Bun: clients connect to new Server(httpServer)",
  (module) => BUN.run(module),
  "http_server.ts",
  hasHomePage,
);
