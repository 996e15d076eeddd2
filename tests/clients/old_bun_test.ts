import { BUN } from "../runtimes/test_runtime.ts";
import { oldClientsOn } from "./old_suite.ts";

oldClientsOn(BUN);
