/** What stands for requests and responses on Node is as good as they are. */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Readable } from "node:stream";
import { NodeRuntime } from "../../src/runtimes/node.ts";
import { isPoll, LightRequest, LightResponse } from "../../src/runtimes/node/light.ts";
import type { NodeIncoming } from "../../src/runtimes/node/types.ts";

function incoming(body: Readable, method = "POST", url = "/socket.io/?sid=a"): NodeIncoming {
  return Object.assign(body, {
    method,
    url,
    rawHeaders: ["Host", "localhost", "X-User", "ada", "X-User", "grace"],
    headers: { host: "localhost" },
    socket: {},
  });
}

Deno.test("isPoll tells requests of a session, if nothing in their URLs changes when it is read", () => {
  const asked = (url: string, method = "GET") => isPoll(incoming(Readable.from([]), method, url));
  const query = "EIO=4&transport=polling";
  for (const url of [`/socket.io/?${query}&sid=a-_1`, "/a/b.c?sid=a&t=x.y", "/socket.io/?sid=a"]) {
    assert(asked(url) && asked(url, "POST"), url);
    assert(!asked(url, "HEAD") && !asked(url, "OPTIONS"), url);
  }
  const others = ["", "?xsid=a", "?sid=", "?sid=a#", "?sid=%61", "?sid=a b", `?${query}`];
  for (const it of others) assert(!asked(`/socket.io/${it}`), it);
  for (const it of ["/a/../b/?sid=a", "//a/?sid=a", "http://a/b/?sid=a", "*"]) {
    assert(!asked(it), it);
  }
});

Deno.test("isPoll takes time for the length of a URL alone, whatever stands there", () => {
  const request = incoming(Readable.from([]), "GET", `/socket.io/?a${"&sid=a".repeat(2_600)}!`);
  const start = performance.now();
  for (let n = 0; n < 100; n++) assert(!isPoll(request));
  // Some milliseconds; they were some thousands.
  assert(performance.now() - start < 1_000);
});

Deno.test("LightRequest is a request", async () => {
  const request = new LightRequest(incoming(Readable.from(["4a", "b"])));
  assertInstanceOf(request, Request);
  assertEquals([request.method, request.url], ["POST", "http://localhost/socket.io/?sid=a"]);
  assertEquals(request.headers.get("x-user"), "ada, grace");
  assertEquals(await request.text(), "4ab");
});

Deno.test("LightRequest gives what it has not itself", async () => {
  const request = new LightRequest(incoming(Readable.from([new TextEncoder().encode("4a")])));
  assertEquals([request.bodyUsed, request.signal.aborted], [false, false]);
  assertEquals(await request.clone().text(), "4a");
  assertEquals(await request.text(), "4a");
});

Deno.test("LightRequest fails to read what does not come to its end", async () => {
  const body = new Readable({ read() {} });
  const text = new LightRequest(incoming(body)).text();
  body.push("4a");
  body.destroy();
  await assertRejects(() => text, TypeError, "The client has gone");
});

Deno.test("users see Node's own request", async () => {
  const request = new LightRequest(incoming(Readable.from([]), "GET"));
  const whole = new NodeRuntime().whole(request);
  assertEquals(new Request(whole).url, request.url);
  const own = new Request("http://localhost/");
  assert(new NodeRuntime().whole(own) === own);
  await request.text();
});

Deno.test("LightResponse is a response, whose headers can be changed", async () => {
  const response = new LightResponse("ok", "text/html");
  assertInstanceOf(response, Response);
  assertEquals(response.untouched?.text, "ok");
  response.headers.set("x-a", "b");
  assertEquals(response.untouched, undefined);
  const copy = new Response(response.body, response);
  assertEquals([copy.status, copy.headers.get("x-a"), copy.headers.get("content-type")], [
    200,
    "b",
    "text/html",
  ]);
  assertEquals([response.ok, await copy.text()], [true, "ok"]);
});
