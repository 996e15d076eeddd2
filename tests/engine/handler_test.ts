import { assertEquals, assertStrictEquals } from "@std/assert";
import { withEngine } from "../kit/memory_client.ts";

const OWN = "http://localhost/engine.io/?EIO=4&transport=polling";
const OTHER = "http://localhost/elsewhere";

Deno.test("engine.handler answers requests of its path, and leaves the others to next", () =>
  withEngine({}, async (rig) => {
    const seen: unknown[][] = [];
    const handler = rig.engine.handler((...args) => {
      seen.push(args);
      return new Response("home");
    });
    rig.runtime.address = "1.2.3.4";
    const own = await handler(new Request(OWN), rig.runtime, "more");
    assertEquals((await own.text())[0], "0");
    assertEquals(rig.conn.remoteAddress, "1.2.3.4");
    const request = new Request(OTHER);
    const other = await handler(request, rig.runtime, "more");
    assertEquals(await other.text(), "home");
    assertEquals(seen, [[request, rig.runtime, "more"]]);
    assertStrictEquals(seen[0]![0], request);
  }));

Deno.test("engine.handler answers 404 to other requests, given no next", () =>
  withEngine({}, async (rig) => {
    const response = await rig.engine.handler()(new Request(OTHER), rig.runtime);
    assertEquals(response.status, 404);
    await response.body?.cancel();
  }));
