import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { Server } from "../../src/engine/mod.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { withEngine } from "../kit/memory_client.ts";
import { OldPoller } from "../kit/old_client.ts";

/** A runtime that cannot upgrade from where the server is mounted. */
class BadlyMountedRuntime extends MemoryRuntime {
  override upgrade(): never {
    throw new TypeError("hand me the server");
  }
}

/** A runtime that does not take the request for one for a WebSocket. */
class UnwillingRuntime extends MemoryRuntime {
  override upgrade(): never {
    return undefined as never;
  }
}

Deno.test("a runtime that cannot upgrade is reported, and the request refused", () =>
  withEngine({}, async (rig) => {
    const url = `${rig.base}?EIO=4&transport=websocket`;
    const error = await assertRejects(
      () => new BadlyMountedRuntime().connect(rig.engine, url),
      TypeError,
    );
    assertInstanceOf(error.cause, Response);
    assertEquals(error.cause.status, 400);
    assertEquals(await error.cause.text(), "Bad request");
    assertEquals(rig.faults.splice(0).map(String), ["TypeError: hand me the server"]);
    assertEquals(rig.refused.map(({ code, context }) => [code, context.name]), [
      [3, "TRANSPORT_HANDSHAKE_ERROR"],
    ]);
    assertEquals(rig.engine.clientsCount, 0);
  }));

Deno.test("a request that the runtime does not upgrade is refused", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const url = client.url.replace("transport=polling", "transport=websocket");
    await assertRejects(() => new UnwillingRuntime().connect(rig.engine, url), TypeError);
    assertEquals(rig.refused.map(({ code }) => code), [3]);
    assertEquals([rig.conn.upgrading, rig.conn.readyState], [false, "open"]);
  }));

class HoldingRuntime extends MemoryRuntime {
  readonly held: string[] = [];
  override hold(request?: Request): void {
    this.held.push(request!.method);
  }
}

Deno.test("a poll that goes on waiting asks the runtime to be held, other requests do not", async () => {
  await withEngine({}, async (rig) => {
    const runtime = new HoldingRuntime();
    const { url } = await rig.poller();
    rig.conn.send("a");
    await (await rig.engine.fetch(new Request(url), runtime)).body?.cancel();
    const post = new Request(url, { method: "POST", body: "4a" });
    await (await rig.engine.fetch(post, runtime)).body?.cancel();
    assertEquals(runtime.held, []);
    const response = rig.engine.fetch(new Request(url), runtime);
    rig.time.tick(100);
    assertEquals(runtime.held, ["GET"]);
    await (await response).body?.cancel();
  });
});

Deno.test("a poll of an old client, too, asks the runtime to be held", async () => {
  await withEngine({ allowEIO3: true }, async (rig) => {
    const runtime = new HoldingRuntime();
    const { url } = await OldPoller.open(rig.engine, rig);
    const response = rig.engine.fetch(new Request(url), runtime);
    rig.time.tick(100);
    assertEquals(runtime.held, ["GET"]);
    rig.conn.send("a");
    assertEquals(await (await response).text(), "2:4a");
    const next = rig.engine.fetch(new Request(url), runtime);
    rig.conn.send("b");
    assertEquals(await (await next).text(), "2:4b");
    rig.time.tick(100);
    assertEquals(runtime.held, ["GET"]);
  });
});

Deno.test("without a listener of error, faults of the engine go to console.error", async () => {
  const { error } = console;
  const lines: unknown[][] = [];
  console.error = (...args) => void lines.push(args);
  try {
    const engine = new Server({
      allowRequest: () => false,
      cors: () => {
        throw new Error("oops");
      },
    });
    const request = new Request("http://localhost/engine.io/?EIO=4&transport=polling");
    const response = await engine.fetch(request, new MemoryRuntime());
    assertEquals(response.status, 500);
    assertEquals(await response.text(), "Internal Server Error");
  } finally {
    console.error = error;
  }
  assertEquals(lines.length, 1);
  assertStringIncludes(String(lines[0]![0]), "Engine.IO");
  assertEquals(String(lines[0]![1]), "Error: oops");
});
