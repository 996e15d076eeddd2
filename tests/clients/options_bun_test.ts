import { BUN } from "../runtimes/test_runtime.ts";
import { optionsOn } from "./options_suite.ts";

optionsOn(BUN);
