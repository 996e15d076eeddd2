import { suiteOn } from "./suite.ts";
import { WORKERD } from "./test_runtime.ts";

suiteOn(
  { ...WORKERD, name: "workerd, hibernating" },
  new URL("./fixtures/worker_hibernating.ts", import.meta.url),
);
