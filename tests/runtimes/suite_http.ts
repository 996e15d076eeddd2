/** Requests and answers: refusals, headers, and what else is served. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Behaviour, WayContext } from "./behaviour.ts";
import { event, POLLING, WEBSOCKET } from "./client.ts";
import { openPolling, requestWebSocket } from "./raw.ts";

/** Registers the tests. */
export function httpSuite({ each, once }: Behaviour): void {
  once("a request that cannot be is refused with its code", async ({ server }) => {
    const { sid } = await openPolling(server.url);
    const refusals: [query: string, init: RequestInit, code: number, message: string][] = [
      ["EIO=4&transport=telepathy", {}, 0, "Transport unknown"],
      ["EIO=4", {}, 0, "Transport unknown"],
      ["EIO=4&transport=__proto__", {}, 0, "Transport unknown"],
      ["EIO=4&transport=polling&sid=nobody", {}, 1, "Session ID unknown"],
      ["EIO=4&transport=polling&sid=__proto__", {}, 1, "Session ID unknown"],
      ["EIO=4&transport=polling", { method: "POST", body: "40" }, 2, "Bad handshake method"],
      ["EIO=4&transport=polling", { method: "PUT", body: "40" }, 2, "Bad handshake method"],
      [`EIO=4&transport=websocket&sid=${sid}`, {}, 3, "Bad request"],
      [`EIO=3&transport=polling&sid=${sid}`, {}, 3, "Bad request"],
      ["EIO=3&transport=polling", {}, 5, "Unsupported protocol version"],
      ["transport=polling", {}, 5, "Unsupported protocol version"],
    ];
    for (const [i, [query, init, code, message]] of refusals.entries()) {
      const tag = `refused-${i}`;
      const response = await fetch(`${server.url}/socket.io/?${query}&tag=${tag}`, init);
      assertEquals([response.status, await response.json()], [400, { code, message }], query);
      const [error] = await server.seen(tag, "connection_error") as [Record<string, unknown>];
      assertEquals([error.code, error.message], [code, message]);
    }
    const session = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
      method: "POST",
      body: "40",
    });
    assertEquals(await session.text(), "ok");
  });

  once("connection_error tells what was wrong", async ({ server }) => {
    const { sid } = await openPolling(server.url);
    const query = `EIO=3&transport=polling&sid=${sid}&tag=revision`;
    await (await fetch(`${server.url}/socket.io/?${query}`)).body?.cancel();
    const [error] = await server.seen("revision", "connection_error") as [
      { context: Record<string, unknown> },
    ];
    assertEquals(error.context, { name: "PROTOCOL_MISMATCH", protocol: 3, previousProtocol: 4 });
  });

  once("connection_error gives the request itself", async ({ server }) => {
    const url = `${server.url}/socket.io/?EIO=4&transport=polling&sid=nobody&tag=whole`;
    await (await fetch(url)).body?.cancel();
    const [request] = await server.seen("whole", "request");
    assertEquals(request, { method: "GET", url, host: new URL(url).host });
  });

  each("allowRequest decides who may connect", async (t) => {
    const refused = t.clients.create(t.way, "/", {
      path: "/invited",
      query: { tag: `uninvited ${t.way.name}` },
    });
    const failed = event(refused, "connect_error");
    refused.connect();
    await failed;
    const [error] = await t.server.seen(`uninvited ${t.way.name}`, "connection_error") as [
      { code: number },
    ];
    assertEquals(error.code, 4);

    const invited = await t.connect("/", {
      path: "/invited",
      extraHeaders: { "x-invitation": "yes" },
    });
    assertEquals(await invited.emitWithAck("echo", 1), 1);
  });

  once("an answer over polling is not for caches", async ({ server }) => {
    const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
    const text = await response.text();
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertMatch(response.headers.get("content-type")!, /^text\/plain; *charset=utf-8$/i);
    const { sid, ...rest } = JSON.parse(text.slice(1));
    assertMatch(sid, /^[\w-]{20}$/);
    assertEquals(rest, {
      upgrades: ["websocket"],
      pingInterval: 25_000,
      pingTimeout: 20_000,
      maxPayload: 1_000_000,
    });
  });

  once("initial_headers and headers add to answers over polling", async ({ server }) => {
    const url = `${server.url}/headers/?EIO=4&transport=polling`;
    const first = await fetch(url);
    const { sid } = JSON.parse((await first.text()).slice(1));
    assertEquals(first.headers.get("x-initial"), "once");
    assertEquals(first.headers.getSetCookie(), ["a=1", "b=2"]);
    assertEquals(first.headers.get("x-every"), "always");
    for (const init of [{ method: "POST", body: "40" }, {}]) {
      const next = await fetch(`${url}&sid=${sid}`, init);
      await next.text();
      assertEquals(next.headers.get("x-initial"), null);
      assertEquals(next.headers.get("x-every"), "always");
    }
  });

  once("initial_headers and headers add to the answer that is a WebSocket", async ({ server }) => {
    const { status, headers } = await requestWebSocket(
      server.url,
      "/headers/?EIO=4&transport=websocket",
    );
    assertEquals(status, 101);
    const values = (name: string) => headers.filter(([it]) => it === name).map(([, it]) => it);
    assertEquals(values("x-initial"), ["once"]);
    assertEquals(values("x-every"), ["always"]);
    assertEquals(values("set-cookie"), ["a=1", "b=2"]);
  });

  each("headers do not keep the client from connecting", async (t) => {
    const socket = await t.connect("/", { path: "/headers" });
    assertEquals(await socket.emitWithAck("echo", 1), 1);
  });

  once("cookie comes with the first answer, and names the session", async ({ server }) => {
    const url = `${server.url}/cookie/?EIO=4&transport=polling`;
    const first = await fetch(url);
    const { sid } = JSON.parse((await first.text()).slice(1));
    const parts = first.headers.getSetCookie()[0]!.split("; ");
    assertEquals(parts[0], `io=${sid}`);
    assertEquals(parts.slice(1).sort(), ["HttpOnly", "Max-Age=3600", "Path=/", "SameSite=Lax"]);
    const next = await fetch(`${url}&sid=${sid}`, { method: "POST", body: "40" });
    await next.text();
    assertEquals(next.headers.getSetCookie(), []);

    const { headers } = await requestWebSocket(server.url, "/cookie/?EIO=4&transport=websocket");
    const cookie = headers.find(([name]) => name === "set-cookie");
    assertMatch(cookie![1], /^io=[\w-]{20}; /);
  });

  once("cors answers a preflight for the origins it names", async ({ server }) => {
    const url = `${server.url}/cors/?EIO=4&transport=polling`;
    const ask = (origin: string) =>
      fetch(url, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "x-custom",
        },
      });
    const allowed = await ask("http://app.example");
    assertEquals([allowed.status, await allowed.text()], [204, ""]);
    assertEquals(allowed.headers.get("access-control-allow-origin"), "http://app.example");
    assertEquals(allowed.headers.get("access-control-allow-credentials"), "true");
    assertStringIncludes(allowed.headers.get("access-control-allow-methods")!, "POST");
    assertEquals(allowed.headers.get("access-control-allow-headers"), "x-custom");
    assertEquals(allowed.headers.get("access-control-max-age"), "60");
    assertStringIncludes(allowed.headers.get("vary")!, "Origin");

    const foreign = await ask("http://evil.example");
    await foreign.body?.cancel();
    assertEquals(foreign.headers.get("access-control-allow-origin"), null);
  });

  once("cors marks every answer, refusals too", async ({ server }) => {
    for (const transport of ["polling", "telepathy"]) {
      const url = `${server.url}/cors/?EIO=4&transport=${transport}`;
      for (const origin of ["http://app.example", "http://evil.example"]) {
        const response = await fetch(url, { headers: { origin } });
        await response.text();
        assertEquals(
          response.headers.get("access-control-allow-origin"),
          origin === "http://app.example" ? origin : null,
          url,
        );
      }
    }
  });

  once("without cors, other origins learn nothing", async ({ server }) => {
    for (const method of ["GET", "OPTIONS"]) {
      const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, {
        method,
        headers: { origin: "http://evil.example", "access-control-request-method": "POST" },
      });
      await response.text();
      assertEquals(response.headers.get("access-control-allow-origin"), null);
    }
  });

  each("cors lets the client of another origin connect", async (t) => {
    const socket = await t.connect("/", {
      path: "/cors",
      extraHeaders: { origin: "http://app.example" },
    });
    assertEquals(await socket.emitWithAck("echo", 1), 1);
  });

  once("the client's bundles are served, and not sent twice", async ({ server }) => {
    for (const name of ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js"]) {
      const url = `${server.url}/socket.io/${name}`;
      const response = await fetch(url);
      const text = await response.text();
      assertEquals(response.status, 200);
      assertMatch(
        response.headers.get("content-type")!,
        /^application\/javascript; *charset=utf-8$/,
      );
      assert(text.length > 10_000, `${text.length} characters of ${name}`);
      assertStringIncludes(text.slice(0, 200), "Socket.IO v4.8.4");

      const etag = response.headers.get("etag")!;
      const again = await fetch(url, { headers: { "if-none-match": etag } });
      assertEquals([again.status, await again.text()], [304, ""]);
      assertEquals(again.headers.get("etag"), etag);
      const other = await fetch(url, { headers: { "if-none-match": '"1.0.0"' } });
      assertEquals([other.status, (await other.text()).length], [200, text.length]);
    }
    const map = await fetch(`${server.url}/socket.io/socket.io.min.js.map`);
    assertEquals((await map.json()).version, 3);
  });

  once("the bundles are under the server's path, unless serveClient is off", async ({ server }) => {
    const moved = await fetch(`${server.url}/deep/down/socket.io.js`);
    assertStringIncludes((await moved.text()).slice(0, 200), "Socket.IO v4.8.4");
    for (const url of ["/no-bundle/socket.io.js", "/socket.io/socket.io.exe", "/socket.io/../x"]) {
      const response = await fetch(server.url + url);
      await response.text();
      assert(response.status >= 400, `${response.status} for ${url}`);
    }
  });

  once("requests of other paths are the application's", async ({ server }) => {
    const page = await fetch(`${server.url}/page`);
    assertEquals([page.status, await page.text()], [200, "a page of the application"]);
    for (const path of ["/", "/socket.i", "/socket.iox/", "/x/socket.io/", "/SOCKET.IO/"]) {
      const response = await fetch(`${server.url}${path}?EIO=4&transport=polling`);
      assertEquals([response.status, await response.text()], [404, "nothing here"], path);
    }
  });

  once("the path is answered with and without a slash at its end", async ({ server }) => {
    for (const path of ["/socket.io/", "/socket.io", "/slash/", "/slash", "/deep/down/"]) {
      const response = await fetch(`${server.url}${path}?EIO=4&transport=polling`);
      assertEquals([response.status, (await response.text())[0]], [200, "0"], path);
    }
  });

  once("a volatile event is dropped while a polling client does not ask", async (t) => {
    const polling = await openPolling(t.server.url);
    const id = await polling.join();
    await t.server.ask((io) => io.sockets.sockets.get(id)!.volatile.emit("news", "dropped"));
    await t.server.ask((io) => io.to(id).volatile.emit("news", "dropped as well"));
    await t.server.ask((io) => io.sockets.sockets.get(id)!.emit("news", "kept"));
    assertEquals(await polling.get(), '42["news","kept"]');
  });

  each("a connection that is refused tells the client", async (t: WayContext) => {
    const socket = t.clients.create(t.way, "/", { path: "/page" });
    const failed = event(socket, "connect_error");
    socket.connect();
    const [error] = await failed as [Error];
    assert(["xhr poll error", "websocket error"].includes(error.message), error.message);
  }, [POLLING, WEBSOCKET]);
}
