import { assertEquals } from "@std/assert";
import type { AdapterConstructor, AnyNamespace } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

/** An adapter like those from npm, whose broker is gone. */
class BrokenAdapter {
  readonly rooms = new Map<string, Set<string>>();
  readonly sids = new Map<string, Set<string>>();
  readonly encoder = undefined;
  readonly nsp: AnyNamespace;

  constructor(nsp: AnyNamespace) {
    this.nsp = nsp;
  }

  init(): void {}
  close(): void {}
  addAll(): void {}
  fetchSockets = () => Promise.reject(new Error("fetchSockets"));
  broadcast = () => Promise.reject(new Error("broadcast"));
  addSockets = () => Promise.reject(new Error("addSockets"));
  delSockets = () => Promise.reject(new Error("delSockets"));
  disconnectSockets = () => Promise.reject(new Error("disconnectSockets"));
  serverSideEmit = () => Promise.reject(new Error("serverSideEmit"));
  delAll = () => Promise.reject(new Error("delAll"));
}

Deno.test("what an adapter from npm fails at with nobody waiting is reported, and ends nothing", () =>
  withServer({ adapter: BrokenAdapter as unknown as AdapterConstructor }, async (rig) => {
    const { io } = rig;
    io.emit("x");
    io.socketsJoin("r");
    io.socketsLeave("r");
    io.disconnectSockets();
    io.serverSideEmit("x");
    await rig.settle();
    assertEquals(rig.faults.splice(0).map(([error]) => (error as Error).message), [
      "broadcast",
      "addSockets",
      "delSockets",
      "disconnectSockets",
      "serverSideEmit",
    ]);
    const failed = await io.fetchSockets().catch((error) => error.message);
    assertEquals(failed, "fetchSockets");
  }));
