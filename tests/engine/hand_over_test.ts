import { assertEquals } from "@std/assert";
import type { Relay } from "../../src/engine/channel.ts";
import { withEngine } from "../kit/memory_client.ts";

/** A relay to a server that has every session whose id begins with `there`, and answers 204. */
function relayTo(): Relay & { readonly handed: (Uint8Array | undefined)[]; joined: number } {
  const handed: (Uint8Array | undefined)[] = [];
  return {
    handed,
    joined: 0,
    join() {
      this.joined++;
      return "here";
    },
    knows: (sid) => Promise.resolve(sid.startsWith("there")),
    hand: ({ body }) => {
      handed.push(body);
      return Promise.resolve(new Response(null, { status: 204 }));
    },
    close() {},
  };
}

/** A body that begins and does not end, and whether any of it was read. */
function endless(): { readonly body: ReadableStream<Uint8Array>; readonly read: () => boolean } {
  let read = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (read) return new Promise(() => {});
      read = true;
      controller.enqueue(new Uint8Array(10));
    },
  }, { highWaterMark: 0 });
  return { body, read: () => read };
}

const QUERY = "?EIO=4&transport=polling&sid=";

Deno.test("fetch hands over the body of a session that another server has", () => {
  const relay = relayTo();
  return withEngine({ relay }, async (rig) => {
    const response = await rig.request(`${QUERY}there1`, { method: "POST", body: "4a" });
    assertEquals([response.status, relay.handed], [204, [new TextEncoder().encode("4a")]]);
  });
});

Deno.test("fetch reads no body for a session that no server has", () => {
  const relay = relayTo();
  return withEngine({ relay }, async (rig) => {
    const { body, read } = endless();
    const response = await rig.request(`${QUERY}nowhere`, { method: "POST", body });
    assertEquals([response.status, read(), relay.handed], [400, false, []]);
    await response.body?.cancel();
  });
});

Deno.test("fetch gives up a body for another server that does not end", () => {
  const relay = relayTo();
  return withEngine({ relay, pingInterval: 100, pingTimeout: 50 }, async (rig) => {
    const { body, read } = endless();
    const response = rig.request(`${QUERY}there1`, { method: "POST", body });
    await rig.settle();
    assertEquals(read(), true);
    rig.time.tick(150);
    assertEquals([(await response).status, relay.handed], [400, []]);
  });
});

Deno.test("close() leaves the other servers for good, whatever comes late", () => {
  const relay = relayTo();
  let decide = (_: boolean) => {};
  const allowRequest = () => new Promise<boolean>((resolve) => decide = resolve);
  return withEngine({ relay, allowRequest }, async (rig) => {
    const late = rig.request("?EIO=4&transport=polling");
    await rig.settle();
    rig.engine.close();
    decide(true);
    const poll = await rig.request(`${QUERY}there1`);
    assertEquals([(await late).status, poll.status, relay.joined], [503, 400, 0]);
    await poll.body?.cancel();
  });
});
