import { BUN } from "../runtimes/test_runtime.ts";
import { parsersOn } from "./parser_suite.ts";

parsersOn(BUN);
