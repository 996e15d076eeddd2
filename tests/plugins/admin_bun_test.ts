import { BUN } from "../runtimes/test_runtime.ts";
import { adminOn } from "./admin_suite.ts";

adminOn(BUN, new URL("./fixtures/admin.ts", import.meta.url), ["/npm", "/own"]);
