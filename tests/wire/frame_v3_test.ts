import { assertEquals, assertStrictEquals } from "@std/assert";
import { joinBytes } from "../../src/wire/bytes.ts";
import { controlFrame, type Frame, messageFrame } from "../../src/wire/frame.ts";
import { frameV3 } from "../../src/wire/frame_v3.ts";
import packets from "./vectors/engine_packets_v3.json" with { type: "json" };
import payloads from "./vectors/engine_payloads_v3.json" with { type: "json" };

interface Data {
  readonly type: string;
  readonly data?: string;
  readonly bytes?: readonly number[];
}

const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

function frameOf({ type, data, bytes }: Data): Frame {
  return bytes === undefined
    ? controlFrame(TYPES.indexOf(type) + data!)
    : messageFrame([Uint8Array.from(bytes)], true);
}

for (const { packet, base64, ...encoded } of packets) {
  const form = base64 ? "base64" : "text" in encoded ? "text" : "bytes";
  Deno.test(`FrameV3 writes ${JSON.stringify(packet).slice(0, 60)} as ${form}`, () => {
    const { parts, base64Parts } = frameV3(frameOf(packet));
    const { text, bytes } = encoded as { text?: string; bytes?: number[] };
    assertEquals<unknown>(base64 ? base64Parts : parts, [text ?? Uint8Array.from(bytes!)]);
  });
}

for (const [index, { packets, base64: _, ...encoded }] of payloads.entries()) {
  Deno.test(`FrameV3 writes the payload of vector ${index}`, () => {
    const forms = packets.map((it) => frameV3(frameOf(it)));
    const { text, bytes } = encoded as { text?: string; bytes?: number[] };
    if (text !== undefined) assertEquals(forms.map((it) => it.payload).join(""), text);
    else assertEquals([...joinBytes(forms.map((it) => it.binaryPayload))], bytes);
  });
}

Deno.test("FrameV3 computes each form once, for all who receive the frame", () => {
  const frame = messageFrame(["a", new Uint8Array([1])], true);
  const form = frameV3(frame);
  assertStrictEquals(frameV3(frame), form);
  assertStrictEquals(form.parts, form.parts);
  assertStrictEquals(form.base64Parts, form.base64Parts);
  assertStrictEquals(form.binaryPayload, form.binaryPayload);
});

Deno.test("FrameV3 leaves the frame as it is for other clients", () => {
  const bytes = new Uint8Array([1, 2]);
  const frame = messageFrame(["a", bytes], true);
  const { parts, payload } = frameV3(frame);
  assertEquals<unknown>(parts, ["4a", new Uint8Array([4, 1, 2])]);
  assertEquals(payload, "2:4a6:b4AQI=");
  assertEquals(frame.parts, ["4a", bytes]);
  assertEquals(frame.payload, "4a\x1ebAQI=");
});

Deno.test("FrameV3.isBinary tells whether there are bytes", () => {
  assertEquals(frameV3(messageFrame(["a", "€"], true)).isBinary, false);
  assertEquals(frameV3(messageFrame(["a", new Uint8Array()], true)).isBinary, true);
});
