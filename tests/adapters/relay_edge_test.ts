/** The part of a request that has been handed over which is with the client. */
import { assertEquals } from "@std/assert";
import type { Channel, RelayReceiver } from "../../src/engine/channel.ts";
import { RelayEdge } from "../../src/runtimes/relay_edge.ts";
import type { RelayParcel } from "../../src/runtimes/relay_parcel.ts";

Deno.test("RelayEdge closes a WebSocket that opens when it has been given up", async () => {
  const posted: RelayParcel["kind"][] = [];
  const closed: unknown[] = [];
  let receiver: RelayReceiver | undefined;
  const request = {
    sid: "there1",
    method: "GET",
    url: "http://localhost/engine.io/",
    headers: [],
    body: undefined,
    upgrade: (given: RelayReceiver) => {
      receiver = given;
      return Promise.resolve(new Response(null));
    },
  };
  const edge = new RelayEdge(request, ({ kind }) => posted.push(kind), () => {});
  edge.take({ kind: "accept", headers: [] });
  await edge.answer;
  edge.abandon();
  const channel: Channel = { buffered: 0, send() {}, close: (code) => closed.push(code) };
  receiver!.open(channel);
  assertEquals([posted, closed], [["request"], [1001]]);
});
