import { suiteOn } from "./suite.ts";
import { BUN } from "./test_runtime.ts";

suiteOn(BUN);
