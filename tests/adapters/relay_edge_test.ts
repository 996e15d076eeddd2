/** The two parts of a request that has been handed over: with the client, and with the session. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Channel, RelayReceiver } from "../../src/engine/channel.ts";
import { RelayEdge } from "../../src/runtimes/relay/edge.ts";
import { RelayOwner } from "../../src/runtimes/relay/owner.ts";
import type { RelayParcel } from "../../src/runtimes/relay/parcel.ts";

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

const GET = {
  sid: "there1",
  method: "GET",
  url: "http://localhost/engine.io/",
  headers: [],
  body: undefined,
  upgrade: undefined,
};

Deno.test("an answer that fails halfway fails at the client, too", async () => {
  const posted: RelayParcel[] = [];
  const edge = new RelayEdge(GET, () => {}, () => {});
  const owner = new RelayOwner((parcel) => posted.push(parcel), () => {});
  const body = new ReadableStream({
    pull: (controller) => controller.error(new Error("broken")),
  });
  const serve = owner.serve({ kind: "request", ...GET }, () => Promise.resolve(new Response(body)));
  await assertRejects(() => serve, Error, "broken");
  owner.fail();
  assertEquals(posted.map(({ kind }) => kind), ["head", "close"]);
  for (const parcel of posted) edge.take(parcel);
  const answer = await edge.answer;
  await assertRejects(() => answer!.text(), Error, "The server that has the session is gone");
});

Deno.test("RelayEdge waits as long as it takes for an answer of which it was told that it will", async () => {
  const edge = new RelayEdge(GET, () => {}, () => {});
  const owner = new RelayOwner((parcel) => edge.take(parcel), () => {});
  const { promise, resolve } = Promise.withResolvers<Response>();
  const serve = owner.serve({ kind: "request", ...GET }, () => promise);
  owner.hold();
  edge.expire();
  resolve(new Response("late"));
  await serve;
  assertEquals(await (await edge.answer)!.text(), "late");
});

Deno.test("an answer that comes when it is too late is given up where the session is", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const posted: RelayParcel["kind"][] = [];
  let ended = 0;
  const owner = new RelayOwner(({ kind }) => posted.push(kind), () => ended++);
  const edge = new RelayEdge(GET, (parcel) => {
    if (parcel.kind !== "request") owner.take(parcel);
  }, () => {});
  const serve = owner.serve({ kind: "request", ...GET }, () => promise);
  edge.expire();
  assertEquals(await edge.answer, undefined);
  let cancelled = false;
  resolve(new Response(new ReadableStream({ cancel: () => void (cancelled = true) })));
  await serve;
  assertEquals([posted, cancelled, ended > 0], [[], true, true]);
});
