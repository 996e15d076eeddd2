import { BUN, DENO, NODE } from "../runtimes/test_runtime.ts";
import { engineConformance } from "./engine_io.ts";
import { conformanceOn } from "./run.ts";
import { socketConformance } from "./socket_io.ts";

for (const runtime of [DENO, BUN, NODE]) {
  conformanceOn(runtime, "engine", engineConformance);
  conformanceOn(runtime, "sockets", socketConformance);
}
