import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import { joinBytes } from "../../src/wire/bytes.ts";
import type { Packet } from "../../src/wire/engine_packet.ts";
import {
  decodeBinaryPayloadV3,
  decodePacketV3,
  decodePayloadV3,
} from "../../src/wire/engine_packet_v3.ts";
import { messageFrame } from "../../src/wire/frame.ts";
import { frameV3 } from "../../src/wire/frame_v3.ts";
import { type Random, randomly } from "../kit/random.ts";
import packets from "./vectors/engine_packets_v3.json" with { type: "json" };
import payloads from "./vectors/engine_payloads_v3.json" with { type: "json" };

interface Data {
  readonly type: string;
  readonly data?: string;
  readonly bytes?: readonly number[];
}

interface Encoded {
  readonly text?: string;
  readonly bytes?: readonly number[];
}

function packetOf({ type, data, bytes }: Data): unknown {
  return { type, data: bytes === undefined ? data : Uint8Array.from(bytes) };
}

function encodedOf({ text, bytes }: Encoded): string | Uint8Array {
  return text ?? Uint8Array.from(bytes!);
}

function decodePayload(payload: string | Uint8Array): Iterable<Packet> {
  return typeof payload === "string" ? decodePayloadV3(payload) : decodeBinaryPayloadV3(payload);
}

function read(payload: string | Uint8Array): Packet[] {
  return [...decodePayload(payload)];
}

function ascii(text: string): number[] {
  return Array.from(text, (it) => it.charCodeAt(0));
}

for (const { packet, base64, ...encoded } of packets) {
  const form = base64 ? "base64" : "text" in encoded ? "text" : "bytes";
  Deno.test(`decodePacketV3() reads ${JSON.stringify(packet).slice(0, 60)} from ${form}`, () => {
    assertEquals<unknown>(decodePacketV3(encodedOf(encoded)), packetOf(packet));
  });
}

for (const [index, { packets, base64: _, ...encoded }] of payloads.entries()) {
  Deno.test(`decoders of payloads of revision 3 read vector ${index}`, () => {
    assertEquals<unknown>(read(encodedOf(encoded)), packets.map(packetOf));
  });
}

Deno.test("decodePacketV3() gives bytes of their own, without the type", () => {
  const frame = new Uint8Array([4, 1, 2]);
  const { data } = decodePacketV3(frame);
  assertEquals<unknown>(data, new Uint8Array([1, 2]));
  assertEquals((data as Uint8Array).buffer.byteLength, 2);
});

Deno.test("decodePayloadV3() counts in UTF-16 units", () => {
  assertEquals(read("3:4🦕2:4é"), [
    { type: "message", data: "🦕" },
    { type: "message", data: "é" },
  ]);
});

Deno.test("decodePayloadV3() reads a payload without packets", () => {
  assertEquals(read("0:"), []);
});

Deno.test("decodePayloadV3() reads packets up to the bad one", () => {
  const packets = decodePayloadV3("2:4a1:22:4");
  assertEquals(packets.next().value, { type: "message", data: "a" });
  assertEquals(packets.next().value, { type: "ping", data: "" });
  assertThrows(() => packets.next(), ProtocolError);
});

for (
  const encoded of ["", "7", "b", "b4*", "b2AQ==", "bAQ==", "x", [], [2], [52, 1], [255], [0, 1]]
) {
  Deno.test(`decodePacketV3() throws a ProtocolError, given ${JSON.stringify(encoded)}`, () => {
    const given = typeof encoded === "string" ? encoded : Uint8Array.from(encoded);
    assertThrows(() => decodePacketV3(given), ProtocolError);
  });
}

const unreadable = [
  "",
  ":",
  ":4a",
  "2",
  "24a",
  "3:4a",
  "2:4ab",
  "2:4a3",
  "-1:4a",
  "+2:4a",
  " 2:4a",
  "1e0:2",
  "0x2:4a",
  "2.0:4a",
  "٢:4a",
  "99999999999:4a",
  "9007199254740993:4a",
  "1".repeat(100_000),
  "2:z",
  "1:b",
];
for (const payload of unreadable) {
  const name = JSON.stringify(payload).slice(0, 30);
  Deno.test(`decodePayloadV3() throws a ProtocolError, given ${name}`, () => {
    assertThrows(() => read(payload), ProtocolError);
  });
}

const unreadableBytes: Record<string, number[]> = {
  "nothing": [],
  "text": ascii("2:4a"),
  "no length": [0],
  "an empty length": [0, 255, 52],
  "a length without an end": [0, 2],
  "a length in ASCII": [0, 50, 255, 52, 97],
  "a length cut off": [1, 2, 255, 4],
  "another kind": [2, 2, 255, 4, 1],
  "a length that is too long": [1, ...Array(11).fill(9), 255, 4],
  "an endless length": [0, ...Array(100_000).fill(1)],
  "an empty packet": [0, 0, 255],
  "an empty packet of bytes": [1, 0, 255],
  "bytes that are no message": [1, 1, 255, 2],
  "invalid UTF-8": [0, 2, 255, 52, 0xff],
  "something behind": [0, 1, 255, 50, 0],
};
for (const [name, bytes] of Object.entries(unreadableBytes)) {
  Deno.test(`decodeBinaryPayloadV3() throws a ProtocolError, given ${name}`, () => {
    assertThrows(() => read(Uint8Array.from(bytes)), ProtocolError);
  });
}

Deno.test("decoders of payloads of revision 3 take time that grows with the length", () => {
  const many = 300_000;
  for (
    const payload of ["1:2".repeat(many), joinBytes(Array(many).fill(Uint8Array.of(0, 1, 255, 50)))]
  ) {
    let count = 0;
    for (const { type } of decodePayload(payload)) {
      assert(type === "ping");
      count++;
    }
    assertEquals(count, many);
  }
});

function message(random: Random): string | Uint8Array<ArrayBuffer> {
  return random.below(2) === 0 ? random.text().toWellFormed() : random.bytes();
}

Deno.test(
  "what frameV3() writes, the decoders read",
  randomly((random) => {
    for (let round = 0; round < 1_000; round++) {
      const messages = Array.from({ length: 1 + random.below(4) }, () => message(random));
      const form = frameV3(messageFrame(messages, true));
      const sent = messages.map((data) => ({ type: "message", data }));
      assertEquals<unknown>(form.parts.map((it) => decodePacketV3(it)), sent);
      assertEquals<unknown>(form.base64Parts.map((it) => decodePacketV3(it)), sent);
      assertEquals<unknown>(read(form.payload), sent);
      assertEquals<unknown>(read(form.binaryPayload), sent);
    }
  }),
);

Deno.test(
  "decoders of revision 3 let nothing but a ProtocolError out of what was changed on the way",
  randomly((random) => {
    for (let round = 0; round < 20_000; round++) {
      const form = frameV3(messageFrame([message(random), message(random)], true));
      const at = random.below(form.payload.length);
      const text = form.payload.slice(0, at) + random.text() +
        form.payload.slice(at + random.below(3));
      const bytes = form.binaryPayload.slice(random.below(2));
      bytes[random.below(bytes.length)] = random.below(256);
      for (const payload of [text, bytes, bytes.subarray(0, random.below(bytes.length))]) {
        try {
          read(payload);
        } catch (error) {
          assertInstanceOf(error, ProtocolError);
        }
      }
    }
  }),
);
