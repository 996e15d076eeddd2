import { assert, assertEquals, assertRejects } from "@std/assert";
import { storeAsGzip } from "../../src/wire/gzip.ts";

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

Deno.test("storeAsGzip writes what every gunzip reads, whatever the size", async () => {
  for (const size of [0, 1, 100, 65_535, 65_536, 131_070, 200_000]) {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 255);
    assertEquals(await gunzip(storeAsGzip(bytes)), bytes, `${size} bytes`);
  }
});

Deno.test("storeAsGzip adds 23 bytes to what is small", () => {
  assertEquals(storeAsGzip(new Uint8Array(100)).length, 123);
});

Deno.test("storeAsGzip writes a checksum that tells of changes", async () => {
  const gzip = storeAsGzip(new TextEncoder().encode("hello"));
  assert(gzip[15] === "h".charCodeAt(0));
  gzip[15] = "j".charCodeAt(0);
  await assertRejects(() => gunzip(gzip));
});
