import { DENO } from "../runtimes/test_runtime.ts";
import { parsersOn } from "./parser_suite.ts";

parsersOn(DENO);
