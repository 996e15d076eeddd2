import { DENO } from "../runtimes/test_runtime.ts";
import { oldClientsOn } from "./old_suite.ts";

oldClientsOn(DENO);
