import { suiteOn } from "./suite.ts";
import { DENO } from "./test_runtime.ts";

suiteOn(DENO);
