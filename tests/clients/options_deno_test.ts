import { DENO } from "../runtimes/test_runtime.ts";
import { optionsOn } from "./options_suite.ts";

optionsOn(DENO);
