import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { controlFrame, messageFrame, type MessagePart } from "../../src/wire/frame.ts";
import packets from "./vectors/engine_packets.json" with { type: "json" };
import payloads from "./vectors/engine_payloads.json" with { type: "json" };

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

Deno.test("messageFrame() makes the packets of the protocol", () => {
  for (const { encoded, type, data, bytes } of packets) {
    const parts = [bytes === undefined ? data : Uint8Array.from(bytes)];
    if (type === "message") assertEquals(messageFrame(parts, true).base64Parts, [encoded]);
    else assertEquals(controlFrame(encoded).base64Parts, [encoded]);
  }
});

Deno.test("Frame.payload is the payload of the protocol", () => {
  for (const { payload, packets } of payloads) {
    if (packets.some(({ type }) => type !== "message")) continue;
    const parts = packets.map((it) => "bytes" in it ? Uint8Array.from(it.bytes) : it.data);
    assertEquals(messageFrame(parts, true).payload, payload);
  }
});

Deno.test("Frame.size counts characters of text and bytes, however wide their elements are", () => {
  const size = (...parts: MessagePart[]) => messageFrame(parts, true).size;
  assertEquals(size(), 0);
  assertEquals(size(""), 0);
  assertEquals(size("🦕"), 2);
  assertEquals(
    size(new ArrayBuffer(3), new Float64Array(2), new DataView(new ArrayBuffer(5), 1)),
    23,
  );
  assertEquals(size("ab", new Blob(["€"])), 5);
});

Deno.test("Frame writes base64 once, and only for who needs it", () => {
  let written = 0;
  const bytes = Object.assign(new Uint8Array([1, 2]), {
    toBase64: () => {
      written++;
      return "AQI=";
    },
  });
  const frame = messageFrame(["a", bytes], true);
  assertEquals(written, 0);
  for (let i = 0; i < 3; i++) assertEquals(frame.payload, "4a\x1ebAQI=");
  assertEquals(frame.base64Parts, ["4a", "bAQI="]);
  assertEquals(written, 1);
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

Deno.test("Frame.ready waits for all blobs, and keeps the order of the parts", async () => {
  const slow = new Blob(["ab"]);
  const read = Promise.withResolvers<ArrayBuffer>();
  slow.arrayBuffer = () => read.promise;
  const frame = messageFrame(["x", slow, new Uint8Array([1]), new Blob(["c"])], false);
  const { ready } = frame;
  let settled = false;
  ready!.then(() => settled = true);
  await new Blob(["c"]).arrayBuffer();
  assertEquals([settled, frame.ready === ready], [false, true]);
  read.resolve(new Uint8Array([97, 98]).buffer);
  await ready;
  assertEquals(frame.payload, "4x\x1ebYWI=\x1ebAQ==\x1ebYw==");
});

Deno.test("Frame.ready is undefined where no blob is", () => {
  assertEquals(messageFrame(["a", new Uint8Array(1)], true).ready, undefined);
  assertEquals(controlFrame("2").ready, undefined);
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
