import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { controlFrame, messageFrame } from "../../src/wire/frame.ts";

Deno.test("messageFrame() puts the type digit before text, and leaves bytes alone", () => {
  const bytes = new Uint8Array([1, 2]);
  const frame = messageFrame(["2[]", bytes], true);
  assertEquals(frame.parts[0], "42[]");
  assertStrictEquals(frame.parts[1], bytes);
  assertEquals(frame.compress, true);
  assertEquals(frame.size, 5);
});

Deno.test("messageFrame() shows bytes of every kind without copying them", () => {
  const { buffer } = new Uint8Array([1, 2, 3, 4]);
  const views = [buffer, new Uint8Array(buffer), new Uint16Array(buffer), new DataView(buffer)];
  for (const part of messageFrame(views, true).parts) {
    assert(part instanceof Uint8Array);
    assertEquals(part, new Uint8Array([1, 2, 3, 4]));
    assertStrictEquals(part.buffer, buffer);
  }
  const [part] = messageFrame([new DataView(buffer, 1, 2)], true).parts;
  assertEquals<unknown>(part, new Uint8Array([2, 3]));
});

Deno.test("Frame.payload is computed once, for all who poll", () => {
  const frame = messageFrame(["a", new Uint8Array([1, 2])], true);
  assertEquals(frame.payload, "4a\x1ebAQI=");
  assertStrictEquals(frame.base64Parts, frame.base64Parts);
  frame.parts[0] = "4changed";
  assertEquals(frame.payload, "4a\x1ebAQI=");
});

Deno.test("controlFrame() is the packet as it is", () => {
  const frame = controlFrame("3probe");
  assertEquals([frame.parts, frame.payload, frame.compress], [["3probe"], "3probe", false]);
});

Deno.test("Frame.ready settles when the bytes of a blob are there", async () => {
  const frame = messageFrame(["a", new Blob([new Uint8Array([1, 2])])], true);
  assert(frame.ready !== undefined);
  assertEquals(frame.size, 3);
  await frame.ready;
  assertEquals(frame.ready, undefined);
  assertEquals(frame.error, undefined);
  assertEquals<unknown>(frame.parts, ["4a", new Uint8Array([1, 2])]);
  assertEquals(frame.payload, "4a\x1ebAQI=");
});

Deno.test("Frame.error tells why a blob could not be read", async () => {
  const blob = new Blob(["x"]);
  const reason = new Error("gone");
  blob.arrayBuffer = () => Promise.reject(reason);
  const frame = messageFrame([blob], true);
  await frame.ready;
  assertStrictEquals(frame.error, reason);
  assertEquals(frame.ready, undefined);
});
