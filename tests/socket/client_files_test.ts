import { assert, assertEquals } from "@std/assert";
import { brotliDecompressSync } from "node:zlib";
import { Server } from "../../mod.ts";
import { CLIENT_VERSION } from "../../src/socket/client_files.ts";
import { BUNDLES, packageFile } from "../tools/client_bundles.ts";

function get(
  name: string,
  headers: Record<string, string> = {},
  method = "GET",
  io = new Server(),
): Promise<Response> {
  return io.fetch(new Request(`http://localhost/socket.io/${name}`, { method, headers }));
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

async function gunzip(response: Response): Promise<Uint8Array> {
  const plain = response.body!.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

for (const name of BUNDLES) {
  Deno.test(`client files hold ${name} as the package has it, plain and compressed`, async () => {
    const expected = await packageFile(name);
    const plain = await get(name);
    assertEquals(plain.headers.get("content-encoding"), null);
    assertEquals(await bytesOf(plain), expected);
    const compressed = await get(name, { "accept-encoding": "gzip, deflate" });
    assertEquals(compressed.headers.get("content-encoding"), "gzip");
    assertEquals(await gunzip(compressed), expected);
  });

  if (name.endsWith(".map")) continue;
  Deno.test(`client files hold ${name} as brotli, which is smaller`, async () => {
    const brotli = await get(name, { "accept-encoding": "gzip, deflate, br" });
    assertEquals(brotli.headers.get("content-encoding"), "br");
    const compressed = await bytesOf(brotli);
    assertEquals(new Uint8Array(brotliDecompressSync(compressed)), await packageFile(name));
    const gzip = await bytesOf(await get(name, { "accept-encoding": "gzip" }));
    assert(compressed.length < gzip.length);
  });
}

Deno.test("client files say their version in the banner and the tag", async () => {
  const response = await get("socket.io.min.js");
  assert((await response.text()).includes(`Socket.IO v${CLIENT_VERSION}\n`));
  assertEquals(response.headers.get("etag"), `"${CLIENT_VERSION}"`);
  assertEquals(response.headers.get("cache-control"), "public, max-age=0");
  assertEquals(response.headers.get("vary"), "Accept-Encoding");
});

Deno.test("client files may be kept for ever under a URL with their version", async () => {
  const cacheControl = async (query: string) =>
    (await get(`socket.io.js${query}`, {}, "HEAD")).headers.get("cache-control");
  assertEquals(await cacheControl("?v=4.8.4"), "public, max-age=31536000, immutable");
  for (const query of ["?v=4.8.3", "?v=", "?w=4.8.4", "#?v=4.8.4"]) {
    assertEquals(await cacheControl(query), "public, max-age=0", query);
  }
});

Deno.test("client files have the type of a script, or of JSON for a map", async () => {
  const script = await get("socket.io.js", {}, "HEAD");
  assertEquals(script.headers.get("content-type"), "application/javascript; charset=utf-8");
  const map = await get("socket.io.js.map", {}, "HEAD");
  assertEquals(map.headers.get("content-type"), "application/json; charset=utf-8");
  assertEquals(await map.text(), "");
});

Deno.test("client files answer 304 to a client that has them, by strong tag, weak tag, list, star", async () => {
  for (const tag of [`"4.8.4"`, `W/"4.8.4"`, `"x", W/"4.8.4"`, "*"]) {
    const response = await get("socket.io.js", { "if-none-match": tag });
    assertEquals(response.status, 304, tag);
    assertEquals(await response.text(), "");
  }
  const other = await get("socket.io.js", { "if-none-match": `"4.8.3"` });
  assertEquals(other.status, 200);
  await other.body?.cancel();
});

Deno.test("client files are compressed only for those who take it", async () => {
  const cases: [header: string, encoding: string | null][] = [
    ["gzip;q=0", null],
    ["gzip; q=0.5, *;q=0", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["br;q=0.5, gzip", "gzip"],
    ["*", "br"],
    ["*;q=0", null],
    ["identity, GZIP", "gzip"],
  ];
  for (const [header, encoding] of cases) {
    const response = await get("socket.io.min.js", { "accept-encoding": header });
    assertEquals(response.headers.get("content-encoding"), encoding, header);
    await response.body?.cancel();
  }
});

Deno.test("client files leave other names and methods to the engine", async () => {
  for (const name of ["socket.io.slim.js", "../mod.ts", "__proto__", "socket.io.js/", ""]) {
    assertEquals((await get(name)).status, name === "../mod.ts" ? 404 : 400, name);
  }
  assertEquals((await get("socket.io.js", {}, "POST")).status, 400);
});

Deno.test("client files are not served when serveClient is false", async () => {
  const response = await get("socket.io.js", {}, "GET", new Server({ serveClient: false }));
  assertEquals(response.status, 400);
});

Deno.test("client files are served under the path of the server", async () => {
  const io = new Server({ path: "/realtime/" });
  const response = await io.fetch(new Request("http://localhost/realtime/socket.io.js"));
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

Deno.test("client files carry the CORS headers of the server", async () => {
  const io = new Server({ cors: { origin: "https://app.example" } });
  const response = await get("socket.io.js", { origin: "https://app.example" }, "HEAD", io);
  assertEquals(response.headers.get("access-control-allow-origin"), "https://app.example");
});

Deno.test("client files are answered with 500 if cors fails, which is reported", async () => {
  const cors = () => {
    throw new Error("oops");
  };
  const io = new Server({ cors });
  const faults: string[] = [];
  io.on("error", (error) => faults.push(String(error)));
  const response = await get("socket.io.js", {}, "GET", io);
  assertEquals(response.status, 500);
  assertEquals(faults, ["Error: oops"]);
});
