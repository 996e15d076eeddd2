/** What a server does, seen through the official client: the same on each runtime. */
import { behaviourOn } from "./behaviour.ts";
import { binarySuite } from "./suite_binary.ts";
import { connectionSuite } from "./suite_connection.ts";
import { disconnectSuite } from "./suite_disconnect.ts";
import { drainSuite, terminationSuite } from "./suite_drain.ts";
import { engineSuite } from "./suite_engine.ts";
import { eventSuite } from "./suite_events.ts";
import { guardSuite } from "./suite_guards.ts";
import { httpSuite } from "./suite_http.ts";
import { namespaceSuite } from "./suite_namespaces.ts";
import { optionSuite } from "./suite_options.ts";
import { processSuite } from "./suite_process.ts";
import { recoverySuite } from "./suite_recovery.ts";
import { roomSuite } from "./suite_rooms.ts";
import type { HostRuntime, TestRuntime } from "./test_runtime.ts";

const MAIN = new URL("./fixtures/main.ts", import.meta.url);

/** Registers the tests, of the fixture or of a form of it. */
export function suiteOn(runtime: TestRuntime | HostRuntime, module = MAIN): void {
  const behaviour = behaviourOn(runtime, module);
  connectionSuite(behaviour);
  disconnectSuite(behaviour);
  eventSuite(behaviour);
  binarySuite(behaviour);
  roomSuite(behaviour);
  recoverySuite(behaviour);
  namespaceSuite(behaviour);
  httpSuite(behaviour);
  engineSuite(behaviour);
  optionSuite(behaviour);
  guardSuite(behaviour);
  drainSuite(behaviour);
  if ("run" in runtime) {
    processSuite(runtime);
    terminationSuite(runtime);
  }
}
