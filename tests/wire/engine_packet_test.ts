import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import { decodePacket, decodePayload, joinPayload } from "../../src/wire/engine_packet.ts";
import { Random } from "../kit/random.ts";
import vectors from "./vectors/engine_packets.json" with { type: "json" };

for (const { encoded, type, data, bytes } of vectors) {
  Deno.test(`decodePacket() reads ${JSON.stringify(encoded)}`, () => {
    const expected = bytes === undefined ? data : Uint8Array.from(bytes);
    assertEquals<unknown>(decodePacket(encoded), { type, data: expected });
  });
}

Deno.test("decodePacket() takes bytes for a message", () => {
  const data = new Uint8Array([1, 2]);
  assertEquals(decodePacket(data), { type: "message", data });
});

for (const encoded of ["", "7", "9", "a", "-1", " 4", "\x1e", "b*", "bA", "€", "\0"]) {
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

Deno.test("joinPayload() and decodePayload() are each other's reverse", () => {
  const random = new Random();
  for (let round = 0; round < 500; round++) {
    const texts = Array.from(
      { length: 1 + random.below(5) },
      () => random.text().replaceAll("\x1e", ""),
    );
    const read = [...decodePayload(joinPayload(texts.map((text) => "4" + text)))];
    assertEquals(read.map(({ data }) => data), texts, `SEED=${random.seed}`);
  }
});

Deno.test("decodePayload() lets nothing but a ProtocolError out of random text", () => {
  const random = new Random();
  for (let round = 0; round < 20_000; round++) {
    const payload = random.pick(["", "4", "b", "2"]) + random.text();
    try {
      for (const _packet of decodePayload(payload)) { /* to the end */ }
    } catch (error) {
      assertInstanceOf(error, ProtocolError, `SEED=${random.seed}`);
    }
  }
});
