/** What every parser has to do, ours or not. */
import { Buffer } from "node:buffer";
import { assertEquals, assertThrows } from "@std/assert";
import type { MessagePart } from "../../src/wire/frame.ts";
import type { Parser } from "../../src/wire/parser.ts";
import { type Packet, PacketType } from "../../src/wire/socket_packet.ts";

/** A parser, and what it is able to. */
export interface ParserUnderTest {
  /** Its name, as in the names of the tests. */
  readonly name: string;
  /** The value of the `parser` option. */
  readonly parser: Parser;
  /** Whether it takes bytes. */
  readonly binary: boolean;
  /** A message that it cannot read. */
  readonly rubbish: string | Uint8Array;
}

const PACKETS: readonly Packet[] = [
  { type: PacketType.CONNECT, nsp: "/" },
  { type: PacketType.CONNECT, nsp: "/admin", data: { token: "a€🦕" } },
  { type: PacketType.CONNECT_ERROR, nsp: "/", data: { message: "no", data: { code: [1] } } },
  { type: PacketType.DISCONNECT, nsp: "/admin" },
  { type: PacketType.EVENT, nsp: "/", data: ["a"] },
  { type: PacketType.EVENT, nsp: "/é", id: 0, data: ["a", 1, -1.5, null, "€", [[]], { x: {} }] },
  { type: PacketType.EVENT, nsp: "/", id: 123456, data: [7, '\n\\\u2028"', { a: [true, false] }] },
  { type: PacketType.ACK, nsp: "/", id: 12, data: [] },
  { type: PacketType.ACK, nsp: "/admin", id: 13, data: ["x", { y: 1 }] },
];

/** Encodes a packet into what a client would receive. */
export function messagesOf(parser: Parser, packet: Packet): (string | Uint8Array)[] {
  return new parser.Encoder().encode(packet).map(received);
}

function received(part: MessagePart): string | Uint8Array {
  if (typeof part === "string") return part;
  if (part instanceof Blob) throw new TypeError("a blob has to be read first");
  // A Buffer, which is what parsers for Node get from the server.
  return part instanceof ArrayBuffer
    ? Buffer.from(part)
    : Buffer.from(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength);
}

/** Registers the tests. */
export function testParser({ name, parser, binary, rubbish }: ParserUnderTest): void {
  const read = (messages: readonly (string | Uint8Array)[]): Packet[] => {
    const packets: Packet[] = [];
    const decoder = new parser.Decoder();
    decoder.on("decoded", (packet) => void packets.push(packet));
    for (const it of messages) decoder.add(it);
    decoder.destroy();
    return packets;
  };

  for (const packet of PACKETS) {
    Deno.test(`${name} reads what it has written: ${JSON.stringify(packet)}`, () => {
      assertEquals(read(messagesOf(parser, packet)).map(essence), [packet]);
    });
  }

  Deno.test(`${name} reads packets one after the other`, () => {
    const messages = PACKETS.flatMap((it) => messagesOf(parser, it));
    assertEquals(read(messages).map(essence), PACKETS);
  });

  Deno.test(`${name} leaves the packet as it was, frozen ones included`, () => {
    const packet = freeze({
      type: PacketType.EVENT,
      nsp: "/",
      data: ["a", { b: [1, { c: "d" }] }],
    });
    assertEquals(read(messagesOf(parser, packet)).map(essence), [packet]);
  });

  Deno.test(`${name} throws, given what it cannot read, and can be destroyed then`, () => {
    const decoder = new parser.Decoder();
    assertThrows(() => decoder.add(rubbish));
    decoder.destroy();
    decoder.destroy();
  });

  if (!binary) return;

  Deno.test(`${name} reads bytes where they were, at any depth`, () => {
    const bytes = new Uint8Array([0, 1, 127, 128, 255]);
    for (const type of [PacketType.EVENT, PacketType.ACK]) {
      const data = ["a", bytes, { b: [bytes.slice(1, 3), "x"] }, new Uint8Array()];
      const [packet] = read(messagesOf(parser, { type, nsp: "/", id: 5, data }));
      const [first, second, { b: [third, x] }, fourth] = packet!.data as [
        string,
        Uint8Array,
        { b: [Uint8Array, string] },
        Uint8Array,
      ];
      assertEquals([first, x, packet!.id], ["a", "x", 5]);
      const all = [second, third, fourth].map((it) => [...new Uint8Array(it)]);
      assertEquals(all, [[0, 1, 127, 128, 255], [1, 127], []]);
    }
  });
}

/** Without what parsers add for their own use. */
function essence({ type, nsp, id, data }: Packet): Packet {
  const packet: Packet = { type, nsp };
  if (id !== undefined) packet.id = id;
  if (data !== undefined) packet.data = data;
  return packet;
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
