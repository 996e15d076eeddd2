import { DENO } from "../runtimes/test_runtime.ts";
import { versionsOn } from "./version_suite.ts";

versionsOn(DENO);
