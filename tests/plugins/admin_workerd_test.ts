import { WORKERD } from "../runtimes/test_runtime.ts";
import { adminOn } from "./admin_suite.ts";

adminOn(WORKERD, new URL("./fixtures/admin_worker.ts", import.meta.url), ["/own"]);
