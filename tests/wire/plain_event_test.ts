import { assertEquals } from "@std/assert";
import { Decoder } from "../../src/wire/parser.ts";
import {
  type DecoderOptions,
  eventDataAt,
  type Packet,
  readEvent,
  readId,
} from "../../src/wire/socket_packet.ts";
import vectors from "./vectors/socket_packets.json" with { type: "json" };
import readVectors from "./vectors/socket_packets_read.json" with { type: "json" };

/** What becomes of a text on the short way: its packet, or why there is none. */
function take(text: string, options: DecoderOptions = {}): Partial<Packet> | string {
  try {
    const at = eventDataAt(text, 0);
    const data = readEvent(text, at, options);
    const id = readId(text, 1, at);
    return id === undefined ? { type: 2, nsp: "/", data } : { type: 2, nsp: "/", id, data };
  } catch (error) {
    return String(error);
  }
}

/** The same on the long way. */
function add(text: string, options: DecoderOptions = {}): Partial<Packet> | string {
  try {
    let taken: Packet | undefined;
    new Decoder(options).on("decoded", (packet) => void (taken = packet)).add(text);
    return taken ?? "nothing";
  } catch (error) {
    return String(error);
  }
}

const READABLE = [...vectors, ...readVectors].map((it) => it.text);
const EVENTS = [
  ...READABLE.filter((text) => /^2\d*\[/.test(text)),
  '2["a"',
  "2[]",
  "2[null]",
  '2[["a"]]',
  '2["connect"]',
  '2["disconnecting",1]',
  '29007199254740992["a"]',
  `2${"9".repeat(400)}["a"]`,
  `2["a",${"[".repeat(1000)}${"]".repeat(1000)}]`,
];

for (const text of EVENTS) {
  Deno.test(`readEvent makes of ${text.slice(0, 40)} what add() does`, () => {
    assertEquals(take(text), add(text));
  });
}

Deno.test("eventDataAt finds nothing but events of the main namespace without attachments", () => {
  for (const text of [...READABLE, "", "2", "2x", "212", '2/["a"]']) {
    assertEquals(eventDataAt(text, 0) >= 0, /^2\d*\[/.test(text), text);
  }
});

Deno.test("eventDataAt looks from where it is told", () => {
  assertEquals(eventDataAt('42["a"]', 1), 2);
  assertEquals(eventDataAt('4212["a"]', 1), 4);
});

Deno.test("readEvent uses the reviver", () => {
  const reviver = (_: string, value: unknown) => value === 1 ? "one" : value;
  assertEquals(take('2["a",1]', { reviver }), { type: 2, nsp: "/", data: ["a", "one"] });
});
