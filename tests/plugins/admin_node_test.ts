import { NODE } from "../runtimes/test_runtime.ts";
import { adminOn } from "./admin_suite.ts";

adminOn(NODE, new URL("./fixtures/admin.ts", import.meta.url), ["/npm", "/own"]);
