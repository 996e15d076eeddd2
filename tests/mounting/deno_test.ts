import { DENO } from "../runtimes/test_runtime.ts";
import { answersNothingElse, mountingSuite, mountingTest } from "./suite.ts";

mountingSuite(DENO);
mountingTest(
  "Deno: clients connect to Deno.serve(io.fetch)",
  (module) => DENO.run(module),
  "deno_serve.ts",
  answersNothingElse,
);
