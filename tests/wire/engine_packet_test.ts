import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import { decodePacket, decodePayload, joinPayload } from "../../src/wire/engine_packet.ts";
import { randomly } from "../kit/random.ts";
import packets from "./vectors/engine_packets.json" with { type: "json" };
import payloads from "./vectors/engine_payloads.json" with { type: "json" };

interface Vector {
  readonly type: string;
  readonly data?: string;
  readonly bytes?: readonly number[];
}

function packetOf({ type, data, bytes }: Vector): unknown {
  return { type, data: bytes === undefined ? data : Uint8Array.from(bytes) };
}

for (const { encoded, ...packet } of packets) {
  Deno.test(`decodePacket() reads ${JSON.stringify(encoded)}`, () => {
    assertEquals<unknown>(decodePacket(encoded), packetOf(packet));
  });
}

for (const { payload, packets } of payloads) {
  Deno.test(`decodePayload() reads ${JSON.stringify(payload)}`, () => {
    assertEquals<unknown>([...decodePayload(payload)], packets.map(packetOf));
  });
}

Deno.test("joinPayload() joins packets, and whole payloads", () => {
  for (const { payload } of payloads) {
    assertEquals(joinPayload(payload.split("\x1e")), payload);
    assertEquals(joinPayload([payload, payload]), `${payload}\x1e${payload}`);
  }
});

Deno.test("decodePacket() takes bytes for a message", () => {
  const data = new Uint8Array([1, 2]);
  assertEquals(decodePacket(data), { type: "message", data });
});

const unreadable = [
  "",
  "7",
  "9",
  "a",
  "B",
  "-1",
  " 4",
  "\x1e",
  "b*",
  "bA",
  "bAQ-_",
  "b\x1e",
  "€",
  "\0",
  "🦕",
  "\ufeff4",
  "٤",
  "__proto__",
  "length",
];
for (const encoded of unreadable) {
  Deno.test(`decodePacket() throws a ProtocolError, given ${JSON.stringify(encoded)}`, () => {
    assertThrows(() => decodePacket(encoded), ProtocolError);
  });
}

Deno.test("decodePayload() reads packets one after the other, those before a bad one too", () => {
  const packets = decodePayload("4a\x1e2\x1ez\x1e4b");
  assertEquals(packets.next().value, { type: "message", data: "a" });
  assertEquals(packets.next().value, { type: "ping", data: "" });
  assertThrows(() => packets.next(), ProtocolError);
});

Deno.test("decodePayload() takes an empty payload, or an empty part of one, for an error", () => {
  for (const payload of ["", "\x1e", "4a\x1e", "\x1e4a", "4a\x1e\x1e4b"]) {
    assertThrows(() => [...decodePayload(payload)], ProtocolError);
  }
});

Deno.test("decodePayload() reads no further than it is asked to", () => {
  let read = 0;
  for (const _packet of decodePayload("2\x1e".repeat(1_000_000) + "?")) {
    if (++read === 3) break;
  }
  assertEquals(read, 3);
});

Deno.test("decodePayload() reads a million packets, in time that grows with their number", () => {
  let read = 0;
  for (const { type } of decodePayload("2" + "\x1e2".repeat(999_999))) {
    assert(type === "ping");
    read++;
  }
  assertEquals(read, 1_000_000);
});

Deno.test(
  "joinPayload() and decodePayload() are each other's reverse",
  randomly((random) => {
    for (let round = 0; round < 500; round++) {
      const texts = Array.from(
        { length: 1 + random.below(5) },
        () => random.text().replaceAll("\x1e", ""),
      );
      const read = [...decodePayload(joinPayload(texts.map((text) => "4" + text)))];
      assertEquals(read.map(({ data }) => data), texts);
    }
  }),
);

Deno.test(
  "decodePayload() lets nothing but a ProtocolError out of random text",
  randomly((random) => {
    for (let round = 0; round < 20_000; round++) {
      const payload = random.pick(["", "4", "b", "2"]) + random.text();
      try {
        for (const _packet of decodePayload(payload)) { /* to the end */ }
      } catch (error) {
        assertInstanceOf(error, ProtocolError);
      }
    }
  }),
);
