import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import type { MessagePart } from "../../src/wire/frame.ts";
import { Decoder, type DecoderOptions, Encoder } from "../../src/wire/parser.ts";
import { type Packet, PacketType } from "../../src/wire/socket_packet.ts";
import { Random } from "../kit/random.ts";
import vectors from "./vectors/socket_packets.json" with { type: "json" };

/** Puts bytes where a vector says so. */
function revive(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(revive);
  if ("$bytes" in value) return Uint8Array.from(value.$bytes as number[]);
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, revive(it)]));
}

function decode(
  messages: readonly (string | Uint8Array)[],
  options: DecoderOptions = {},
): Packet[] {
  const packets: Packet[] = [];
  const decoder = new Decoder(options).on("decoded", (packet) => packets.push(packet));
  for (const message of messages) decoder.add(message);
  return packets;
}

function roundTrip(packet: Packet): Packet[] {
  return decode(new Encoder().encode(packet).map(bytesOf), { maxAttachments: 1000 });
}

function bytesOf(part: MessagePart): string | Uint8Array {
  if (typeof part === "string") return part;
  assert(!(part instanceof Blob));
  return part instanceof ArrayBuffer
    ? new Uint8Array(part)
    : new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
}

function event(...data: unknown[]): Packet {
  return { type: PacketType.EVENT, nsp: "/", data };
}

for (const { text, packet, attachments = [] } of vectors) {
  const expected = {
    ...packet,
    ...("data" in packet ? { data: revive(packet.data) } : {}),
  } as Packet;
  const bytes = attachments.map((it) => Uint8Array.from(it));
  Deno.test(`Encoder writes ${text}`, () => {
    assertEquals<unknown>(new Encoder().encode(expected), [text, ...bytes]);
  });
  Deno.test(`Decoder reads ${text}`, () => {
    assertEquals(decode([text, ...bytes]), [expected]);
  });
}

Deno.test("Decoder reads a namespace without a comma behind it", () => {
  assertEquals(decode(["0/admin"]), [{ type: 0, nsp: "/admin" }]);
});

Deno.test("Decoder puts attachments where their numbers say", () => {
  const text = '52-["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]';
  const [first, second] = [new Uint8Array([1]), new Uint8Array([2])];
  assertEquals(decode([text, first, second]), [event("a", second, first)]);
});

Deno.test("Encoder and Decoder are each other's reverse, bytes at any depth included", () => {
  const random = new Random();
  for (let round = 0; round < 1500; round++) {
    const data = ["event", ...Array.from({ length: random.below(4) }, () => random.value())];
    const packet: Packet = { type: PacketType.EVENT, nsp: random.pick(["/", "/admin"]), data };
    if (random.below(2) === 0) packet.id = random.below(1e9);
    assertEquals(roundTrip(packet), [packet], `SEED=${random.seed}`);
  }
});

Deno.test("Encoder takes bytes of every kind", () => {
  const { buffer } = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
  const kinds: (new (buffer: ArrayBuffer) => ArrayBufferView)[] = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ];
  const values: unknown[] = [buffer, ...kinds.map((Kind) => new Kind(buffer))];
  const [packet] = roundTrip(event("a", ...values));
  for (const value of (packet!.data as unknown[]).slice(1)) {
    assertEquals(value, new Uint8Array(buffer));
  }
});

Deno.test("Encoder takes a Blob as it is", () => {
  const blob = new Blob(["x"]);
  const [text, part] = new Encoder().encode(event("a", { blob }));
  assertEquals(text, '51-["a",{"blob":{"_placeholder":true,"num":0}}]');
  assertStrictEquals(part, blob);
});

Deno.test("Encoder leaves the caller's values as they are, frozen ones included", () => {
  const bytes = new Uint8Array([1]);
  const inner = Object.freeze({ bytes, list: Object.freeze([bytes, 1]) });
  const data = Object.freeze(["a", inner]);
  const packet = Object.freeze({ type: PacketType.EVENT, nsp: "/", data });
  for (let i = 0; i < 2; i++) {
    const [text, ...parts] = new Encoder().encode(packet);
    assert(String(text).startsWith("52-"));
    assertEquals(parts.length, 2);
    for (const part of parts) assertStrictEquals(part, bytes);
  }
  assertStrictEquals(inner.bytes, bytes);
});

Deno.test("Encoder honours toJSON(), also where it brings bytes", () => {
  const bytes = new Uint8Array([1]);
  assertEquals(roundTrip(event("a", { toJSON: () => ({ plain: 1 }) })), [event("a", { plain: 1 })]);
  assertEquals(roundTrip(event("a", { toJSON: () => ({ bytes }) })), [event("a", { bytes })]);
  assertEquals(roundTrip(event("a", { toJSON: () => bytes })), [event("a", bytes)]);
  assertEquals(roundTrip(event("a", new Date(0), bytes)), [
    event("a", new Date(0).toJSON(), bytes),
  ]);
});

Deno.test("Encoder says of a cycle what JSON says, with and without bytes", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  assertThrows(() => new Encoder().encode(event("a", cycle)), TypeError);
  assertThrows(() => new Encoder().encode(event("a", cycle, new Uint8Array())), TypeError);
  const endless = { toJSON: () => ({ again: endless }) };
  assertThrows(() => new Encoder().encode(event("a", endless)), RangeError);
});

Deno.test("Encoder lets out what a getter throws, and refuses a BigInt", () => {
  const reason = new Error("getter");
  const trap = {
    get value(): never {
      throw reason;
    },
  };
  const thrown = assertThrows(() => new Encoder().encode(event("a", trap)));
  assertStrictEquals(thrown, reason);
  assertThrows(() => new Encoder().encode(event("a", 1n)), TypeError);
});

Deno.test("Encoder takes a replacer and Decoder a reviver, bytes or not", () => {
  const replacer = (_key: string, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value;
  const reviver = (_key: string, value: unknown) =>
    typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
  for (const extra of [[], [new Uint8Array([1])]]) {
    const messages = new Encoder(replacer).encode(event("a", 5n, ...extra)).map(bytesOf);
    assertEquals(decode(messages, { reviver }), [event("a", 5n, ...extra)]);
  }
});

Deno.test("Decoder keeps a key named __proto__ a key", () => {
  const [packet] = decode([
    '51-["a",{"__proto__":{"_placeholder":true,"num":0}}]',
    new Uint8Array([1]),
  ]);
  const value = (packet!.data as [string, object])[1];
  assertStrictEquals(Object.getPrototypeOf(value), Object.prototype);
  assertEquals(Object.keys(value), ["__proto__"]);
  decode(['2["a",{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}]']);
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
});

const unreadable = [
  "",
  "7",
  "8",
  "9",
  "a",
  "-1",
  "2",
  "2/nsp",
  "2[]",
  "2{}",
  "2[null]",
  "2[true]",
  "2[{}]",
  "2[[]]",
  "2[",
  '2[{"toString":"x"}]',
  '2["a"',
  "3{}",
  "3[]",
  "30{}",
  "30",
  '1"x"',
  "1[]",
  "10",
  "0[]",
  '0"x"',
  "00{}",
  "0[",
  "4",
  "4[]",
  "41",
  "5",
  "6",
  '5-["a"]',
  '5["a"]',
  '50-["a"]',
  '5x-["a"]',
  '51["a"]',
  '5-1-["a"]',
  '51.5-["a"]',
  '511-["a"]',
  '5100000-["a"]',
  "51-",
  '51-["a"]x',
  '61-["a"]',
  '2["connect"]',
  '2["connect_error"]',
  '2["disconnect"]',
  '2["disconnecting"]',
  '2["newListener"]',
  '2["removeListener"]',
  '29007199254740993["a"]',
];
for (const text of unreadable) {
  Deno.test(`Decoder throws a ProtocolError, given ${JSON.stringify(text)}`, () => {
    assertThrows(() => decode([text]), ProtocolError);
  });
}

Deno.test("Decoder takes runs of a million digits for what they are: too many", () => {
  const digits = "1".repeat(1_000_000);
  for (
    const text of [`5${digits}-["a"]`, `2${digits}["a"]`, `3${digits}[]`, `5${digits}`, digits]
  ) {
    assertThrows(() => decode([text]), ProtocolError);
  }
  const [packet] = decode([`0/${digits}`]);
  assertEquals(packet?.nsp.length, digits.length + 1);
});

Deno.test("Decoder counts attachments, up to as many as it is told", () => {
  const text = (count: number) => `5${count}-["a"]`;
  assertEquals(decode([text(10)]), []);
  assertThrows(() => decode([text(11)]), ProtocolError, "too many attachments");
  assertThrows(() => decode([text(3)], { maxAttachments: 2 }), ProtocolError);
  assertEquals(decode([text(11)], { maxAttachments: 11 }), []);
});

const placeholders = [
  '"splice"',
  '"__proto__"',
  "-1",
  "1",
  "1.5",
  "1e9",
  "null",
  "{}",
  '"0"',
  "true",
  "[0]",
  "[[0]]",
];
for (const num of placeholders) {
  Deno.test(`Decoder throws a ProtocolError, given a placeholder with the number ${num}`, () => {
    const text = `51-["a",{"_placeholder":true,"num":${num}}]`;
    assertThrows(() => decode([text, new Uint8Array([1])]), ProtocolError, "illegal attachments");
  });
}

Deno.test("Decoder wants one placeholder for each attachment", () => {
  const bytes = new Uint8Array([1]);
  const placeholder = '{"_placeholder":true,"num":0}';
  const missing = '{"_placeholder":true}';
  for (const args of ['"a"', `"a",${placeholder},${placeholder}`, `"a",${missing}`]) {
    assertThrows(() => decode([`51-[${args}]`, bytes]), ProtocolError, "illegal attachments");
  }
});

Deno.test("Decoder leaves what only looks like a placeholder", () => {
  const look = { _placeholder: "true", num: 0 };
  assertEquals(roundTrip(event("a", look, new Uint8Array([1]))), [
    event("a", look, new Uint8Array([1])),
  ]);
  assertEquals(decode(['2["a",{"_placeholder":true,"num":0}]']), [
    event("a", { _placeholder: true, num: 0 }),
  ]);
});

Deno.test("Decoder refuses text while attachments are missing, and bytes that belong to nothing", () => {
  const waiting = '51-["a",{"_placeholder":true,"num":0}]';
  assertThrows(() => decode([waiting, '2["b"]']), ProtocolError, "plaintext");
  assertThrows(() => decode([new Uint8Array([1])]), ProtocolError, "binary");
  assertThrows(() => decode([waiting, new Uint8Array([1]), new Uint8Array([2])]), ProtocolError);
});

Deno.test("Decoder.destroy() drops what is incomplete", () => {
  const packets: Packet[] = [];
  const decoder = new Decoder().on("decoded", (packet) => packets.push(packet));
  decoder.add('51-["a",{"_placeholder":true,"num":0}]');
  decoder.destroy();
  assertThrows(() => decoder.add(new Uint8Array([1])), ProtocolError);
  decoder.add('2["b"]');
  assertEquals(packets, [event("b")]);
});

Deno.test("Decoder reads what is nested a million times, with and without bytes", () => {
  const depth = 1_000_000;
  const [open, close] = ["[".repeat(depth), "]".repeat(depth)];
  assertEquals(decode([`2["a",${open}${close}]`]).length, 1);
  const text = `51-["a",${open}{"_placeholder":true,"num":0}${close}]`;
  const [packet] = decode([text, new Uint8Array([7])]);
  let value = (packet!.data as unknown[])[1];
  while (Array.isArray(value)) value = value[0];
  assertEquals(value, new Uint8Array([7]));
});

Deno.test("Decoder lets nothing but a ProtocolError out of packets that are cut, swapped and changed", () => {
  const random = new Random();
  for (let round = 0; round < 50_000; round++) {
    const vector = random.pick(vectors);
    const messages: (string | Uint8Array)[] = [mutate(vector.text, random)];
    for (let i = random.below(3); i > 0; i--) {
      messages.push(
        random.below(4) === 0 ? mutate(random.pick(vectors).text, random) : random.bytes(2),
      );
    }
    try {
      for (const packet of decode(messages)) {
        assert(Number.isInteger(packet.type) && packet.nsp.startsWith("/"));
      }
    } catch (error) {
      assertInstanceOf(error, ProtocolError, `SEED=${random.seed} ${JSON.stringify(messages)}`);
    }
  }
  assertEquals(({} as Record<string, unknown>).num, undefined);
});

function mutate(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + random.text() + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + random.below(4));
    case 3:
      return text.slice(at) + text.slice(0, at);
    default:
      return text;
  }
}
