import { assertEquals } from "@std/assert";
import { pack, unpack } from "../../src/adapters/contents.ts";

const BYTES = new Uint8Array([1, 2, 3]);

/** What arrives in another worker. */
function sent(message: unknown): unknown {
  return unpack(structuredClone(pack(message)));
}

for (
  const [name, message] of Object.entries({
    "without bytes": { data: ["say", { _placeholder: true, num: 0 }] },
    "beside bytes": { data: ["say", { _placeholder: true, num: 0 }, BYTES, [BYTES]] },
    "around bytes": [{ _placeholder: true, num: BYTES, more: [{ _placeholder: true }] }],
    "in a key that ends like one": [{ 'x"_placeholder': true }, '"_placeholder":true', BYTES],
  })
) {
  Deno.test(`unpack() gives data that looks like a placeholder back as it was, ${name}`, () => {
    assertEquals(sent(message), message);
  });
}

Deno.test("unpack() gives what JSON makes of a message, beside what looks like a placeholder", () => {
  const message = [{ _placeholder: true, at: new Date(0), none: undefined }];
  assertEquals(sent(message), [{ _placeholder: true, at: "1970-01-01T00:00:00.000Z" }]);
});
