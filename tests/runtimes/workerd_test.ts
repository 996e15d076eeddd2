import { suiteOn } from "./suite.ts";
import { WORKERD } from "./test_runtime.ts";

suiteOn(WORKERD, new URL("./fixtures/worker.ts", import.meta.url));
