import { assert, assertEquals } from "@std/assert";
import { Reading, readText } from "../../src/engine/http/body.ts";

const LIMIT = 1_000_000;

function post(body: BodyInit, length: number): Request {
  const headers = { "content-length": `${length}` };
  return new Request("http://localhost/", { method: "POST", body, headers });
}

Deno.test("readText cancels a long body of declared length that is given up", async () => {
  let cancelled = false;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(LIMIT - 1)),
    cancel: () => void (cancelled = true),
  });
  const reading = new Reading();
  const text = readText(post(body, LIMIT), LIMIT, reading, true);
  reading.abort();
  assertEquals(await text, "aborted");
  assert(cancelled);
});

Deno.test("readText reads the same of a body, however long it is", async () => {
  for (const length of [0, 1, 65_535, 65_536, 65_537, LIMIT]) {
    const content = "é".repeat(length / 2) + "a".repeat(length % 2);
    const text = await readText(post(content, length), LIMIT, new Reading(), true);
    assertEquals(text, { content }, `${length} bytes`);
  }
});
