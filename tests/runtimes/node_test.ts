import { suiteOn } from "./suite.ts";
import { NODE } from "./test_runtime.ts";

suiteOn(NODE);
