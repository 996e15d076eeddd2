import { assert, assertEquals } from "@std/assert";
import { hrefOf, pathOf } from "../../src/engine/handshake.ts";
import { withEngine } from "../kit/memory_client.ts";
import { randomly } from "../kit/random.ts";

const PARTS = [
  "/engine.io",
  "/",
  ".",
  "..",
  "%2e",
  "?",
  "#",
  "\\",
  "@",
  ":80",
  "x",
  "é",
  "%2F",
  "[::1]",
  ";",
  " ",
];

/** The path that an application sees, which guards it: by URL, or in the text as Hono does. */
function pathsSeen(url: string): (string | undefined)[] {
  const start = url.indexOf("/", url.indexOf(":") + 4);
  const end = url.indexOf("?", start);
  const written = url.slice(start, end < 0 ? undefined : end).split("#")[0];
  return [URL.canParse(url) ? new URL(url).pathname : undefined, written];
}

Deno.test(
  "hrefOf() writes a URL as URL does, whichever came before",
  randomly((random) => {
    let plain = 0;
    for (let n = 0; n < 20_000; n++) {
      const host = random.pick(["x", "x:80", "x:81", "X", "1.2.3.999", "a@x", "x:99999"]);
      const path = Array.from({ length: random.below(3) }, () => random.pick(PARTS)).join("");
      const query = random.pick(["", "?EIO=4&t=a%20+b", "?a='", "?a= ", "?é", '?"', "?#"]);
      const url = `http://${host}/engine.io${path}${query}`;
      const expected = URL.canParse(url) ? new URL(url).href : undefined;
      assertEquals(hrefOf({ url }), expected);
      if (expected === url) plain++;
    }
    assert(plain > 1000);
    assertEquals(hrefOf({ url: "/engine.io/" }), "http://localhost/engine.io/");
  }),
);

Deno.test(
  "pathOf() sees a path only where applications cannot see another one",
  randomly((random) => {
    let found = 0;
    for (let n = 0; n < 20_000; n++) {
      const parts = Array.from({ length: random.below(6) }, () => random.pick(PARTS));
      const url = `http://${random.pick(["x", "x", ""])}${parts.join("")}/engine.io/?EIO=4#a/b?c`;
      const path = pathOf({ url });
      if (path === "") continue;
      assertEquals(pathsSeen(url), [path, path], url);
      if (path.startsWith("/engine.io/")) found++;
    }
    assert(found > 100, `${found} with the path`);
  }),
);

Deno.test("handles() is not fooled by what stands before the path, nor by dots behind it", () =>
  withEngine({}, ({ engine }) => {
    for (
      const url of [
        "http://x?/engine.io/?EIO=4&transport=polling",
        "http://x#/engine.io/?EIO=4&transport=polling",
        "http://x\\y/engine.io/?EIO=4&transport=polling",
        "http://x/admin/../engine.io/?EIO=4&transport=polling",
        "http://x/engine.io/../admin/?EIO=4&transport=polling",
        "http://x/engine.io/%2e%2e/admin/?EIO=4&transport=polling",
        "http://x/engine.io/..\\admin/?EIO=4&transport=polling",
        "http:///engine.io/?EIO=4&transport=polling",
        "http://[/engine.io?EIO=4&transport=polling/..",
      ]
    ) {
      assertEquals(engine.handles({ url }), false, url);
    }
    for (
      const url of [
        "http://x/engine.io/?EIO=4",
        "https://[::1]:8080/engine.io/?a=../b#c",
        "http://user@x/engine.io/?EIO=4",
        "http://x/engine.io/%20/é?EIO=4",
        "/engine.io/?EIO=4",
        "/engine.io",
      ]
    ) {
      assertEquals(engine.handles({ url }), !url.includes("é"), url);
    }
  }));

Deno.test("fetch refuses a handshake whose URL is none, and reports no fault", () =>
  withEngine({ origins: "same" }, async (rig) => {
    for (const transport of ["polling", "websocket"]) {
      const headers = transport === "polling" ? {} : {
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      };
      const request = new Request(rig.base, { headers });
      // As runtimes give it for `Host: x:y`.
      const url = `http://x:y/engine.io/?EIO=4&transport=${transport}`;
      Object.defineProperty(request, "url", { value: url });
      const response = await rig.engine.handleRequest(request, rig.runtime);
      assertEquals(response.status, 400);
      await response.body?.cancel();
      assertEquals(rig.refused.at(-1)?.context.name, "INVALID_URL");
    }
    assertEquals(rig.engine.clientsCount, 0);
  }));
