import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import official from "socket.io-msgpack-parser";
import { type Packet, PacketType, ProtocolError } from "../../mod.ts";
import { Decoder, Encoder } from "../../src/plugins/msgpack.ts";
import { randomly } from "../kit/random.ts";

type Message = string | Uint8Array;

/** What an official encoder or decoder offers. */
interface OfficialParser {
  Encoder: new () => { encode(packet: unknown): Uint8Array[] };
  Decoder: new () => {
    add(message: unknown): void;
    on(event: "decoded", listener: (packet: Packet) => void): void;
  };
}

const { Encoder: OfficialEncoder, Decoder: OfficialDecoder } =
  official as unknown as OfficialParser;

function read(...messages: Message[]): Packet[] {
  const packets: Packet[] = [];
  const decoder = new Decoder();
  decoder.on("decoded", (packet) => void packets.push(packet));
  for (const it of messages) decoder.add(it);
  return packets;
}

function readOfficially(message: unknown): Packet[] {
  const packets: Packet[] = [];
  const decoder = new OfficialDecoder();
  decoder.on("decoded", (packet) => void packets.push(packet));
  decoder.add(Buffer.from(message as Uint8Array));
  return packets;
}

const bytes = new Uint8Array([1, 2, 3]);
const PACKETS: Packet[] = [
  { type: PacketType.CONNECT, nsp: "/" },
  { type: PacketType.CONNECT, nsp: "/admin", data: { token: "a€🦕" } },
  { type: PacketType.DISCONNECT, nsp: "/admin" },
  { type: PacketType.EVENT, nsp: "/", data: ["a"] },
  {
    type: PacketType.EVENT,
    nsp: "/",
    data: ["a", 1, -1, 1.5, 2 ** 40, -(2 ** 40), null, true, "é"],
  },
  { type: PacketType.EVENT, nsp: "/", id: 0, data: ["a", [], {}, [[{ deep: [1] }]]] },
  { type: PacketType.EVENT, nsp: "/", id: 2 ** 40, data: [7, undefined, { x: undefined }] },
  {
    type: PacketType.EVENT,
    nsp: "/",
    data: ["a", new Date(0), { at: new Date(-1) }, new Date(1e13)],
  },
  { type: PacketType.EVENT, nsp: "/", data: ["a".repeat(300), "b".repeat(70_000)] },
  { type: PacketType.ACK, nsp: "/x", id: 3, data: [] },
  { type: PacketType.CONNECT_ERROR, nsp: "/", data: { message: "no", data: [1] } },
  { type: PacketType.CONNECT_ERROR, nsp: "/", data: "no" },
];

for (const packet of PACKETS) {
  const name = JSON.stringify(packet).slice(0, 60);

  Deno.test(`Encoder writes what Decoder reads: ${name}`, () => {
    assertEquals(read(...new Encoder().encode(packet) as Message[]), [packet]);
  });

  Deno.test(`Encoder writes what the official decoder reads: ${name}`, () => {
    const [message] = new Encoder().encode(packet);
    assertEquals(readOfficially(message), [packet]);
  });

  Deno.test(`Decoder reads what the official encoder writes: ${name}`, () => {
    assertEquals(read(...new OfficialEncoder().encode(packet)), [packet]);
  });
}

Deno.test("Decoder ignores what else the official client puts into a packet", () => {
  const extended = {
    type: 0,
    nsp: "/",
    data: undefined,
    options: { compress: true },
    id: undefined,
  };
  assertEquals(read(...new OfficialEncoder().encode(extended)), [{ type: 0, nsp: "/" }]);
});

Deno.test("bytes of all kinds arrive as Uint8Array", () => {
  const kinds = [
    bytes,
    Buffer.from(bytes),
    bytes.buffer,
    new DataView(bytes.buffer, 1),
    new Uint8Array(),
  ];
  const [packet] = read(
    ...new Encoder().encode({ type: 2, nsp: "/", data: ["a", ...kinds] }) as Message[],
  );
  const [, ...data] = packet!.data as Uint8Array[];
  assertEquals(data.map((it) => [it.constructor.name, ...it]), [
    ["Uint8Array", 1, 2, 3],
    ["Uint8Array", 1, 2, 3],
    ["Uint8Array", 1, 2, 3],
    ["Uint8Array", 2, 3],
    ["Uint8Array"],
  ]);
  for (const length of [0, 1, 7, 8, 9, 300]) {
    const [message] = new OfficialEncoder().encode({
      type: 2,
      nsp: "/",
      data: ["a", Buffer.alloc(length, 1)],
    });
    assertEquals((read(message!)[0]!.data as Uint8Array[])[1], new Uint8Array(length).fill(1));
  }
});

Deno.test("Encoder asks for toJSON(), leaves functions out, and changes nothing", () => {
  const data = ["a", { toJSON: () => ({ b: bytes }) }, { f: () => 1, g: 2 }];
  const before = [...data];
  const [packet] = read(...new Encoder().encode({ type: 2, nsp: "/", data }) as Message[]);
  assertEquals(packet!.data, ["a", { b: bytes }, { g: 2 }]);
  assert(data.every((it, i) => it === before[i]));
});

Deno.test("Encoder throws, given what cannot be sent", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const value of [cycle, 1n, new Blob(["x"])]) {
    assertThrows(() => new Encoder().encode({ type: 2, nsp: "/", data: ["a", value] }), TypeError);
  }
});

/** Memory for all that is announced in here would be some terabytes. */
function nested(head: number): Uint8Array {
  const message = new Uint8Array(1_000_000);
  for (let at = 0; at < message.length; at += 5) message.set([head, 0, 0x0f, 0x42, 0x3f], at);
  return message;
}

const HOSTILE: [what: string, message: Message][] = [
  ["text", '2["a"]'],
  ["nothing", new Uint8Array()],
  ["no map", new Uint8Array([0xc0])],
  ["an empty map", new Uint8Array([0x80])],
  ["less than was announced", (new Encoder().encode(PACKETS[4]!)[0] as Uint8Array).slice(0, -1)],
  [
    "more than a packet",
    new Uint8Array([...new Encoder().encode(PACKETS[3]!)[0] as Uint8Array, 0]),
  ],
  ["a reserved byte", new Uint8Array([0xc1])],
  ["four thousand million items", new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff])],
  ["sixteen million items", new Uint8Array([0xdd, 0x00, 0xff, 0xff, 0xff])],
  ["four thousand million entries", new Uint8Array([0xdf, 0xff, 0xff, 0xff, 0xff])],
  ["lists in lists that each announce as many items as there are bytes", nested(0xdd)],
  ["maps in maps that each announce as many entries as there are bytes", nested(0xdf)],
  ["four gigabytes", new Uint8Array([0xc6, 0xff, 0xff, 0xff, 0xff])],
  ["a key that is a list", new Uint8Array([0x81, 0x90, 0x01])],
  [
    "a key named __proto__",
    new Uint8Array([0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 0x80]),
  ],
  ...[
    { type: 5, nsp: "/", data: ["a"] },
    { type: -1, nsp: "/", data: ["a"] },
    { type: "2", nsp: "/", data: ["a"] },
    { type: 2, nsp: 1, data: ["a"] },
    { type: 2, data: ["a"] },
    { type: 2, nsp: "/", id: 1.5, data: ["a"] },
    { type: 2, nsp: "/", id: "1", data: ["a"] },
    { type: 2, nsp: "/", data: [] },
    { type: 2, nsp: "/", data: ["disconnect", "x"] },
    { type: 2, nsp: "/", data: { 0: "a" } },
    { type: 3, nsp: "/", data: ["a"] },
    { type: 1, nsp: "/", data: [] },
    { type: 4, nsp: "/" },
  ].map((it): [string, Message] => [JSON.stringify(it), new OfficialEncoder().encode(it)[0]!]),
];

for (const [what, message] of HOSTILE) {
  Deno.test(`Decoder throws a ProtocolError, given ${what}`, () => {
    assertThrows(() => read(message), ProtocolError);
  });
}

Deno.test(
  "Decoder lets nothing but a ProtocolError out of corrupt packets",
  randomly((random) => {
    const messages = PACKETS.map((it) => new Encoder().encode(it)[0] as Uint8Array);
    for (let i = 0; i < 5000; i++) {
      const message = messages[i % messages.length]!.slice(0, 200);
      for (let n = 0; n <= i % 3; n++) message[random.below(message.length)] = random.below(256);
      try {
        read(message);
      } catch (error) {
        assert(error instanceof ProtocolError, String(error));
      }
    }
  }),
);

Deno.test("Decoder reads what is nested as deep as a message can be", () => {
  const depth = 900_000;
  const head = [
    0x83,
    0xa4,
    ...new TextEncoder().encode("type"),
    2,
    0xa3,
    ...new TextEncoder().encode("nsp"),
    0xa1,
    47,
  ];
  const data = [0xa4, ...new TextEncoder().encode("data"), 0x92, 0xa1, 97];
  const message = new Uint8Array(head.length + data.length + depth + 1).fill(0x91);
  message.set(head);
  message.set(data, head.length);
  message[message.length - 1] = 0xc0;
  assertEquals((read(message)[0]!.data as unknown[])[0], "a");
});
