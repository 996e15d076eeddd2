import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import type { MessagePart } from "../../src/wire/frame.ts";
import { Decoder, Encoder } from "../../src/wire/parser.ts";
import { type DecoderOptions, type Packet, PacketType } from "../../src/wire/socket_packet.ts";
import { Random, randomly } from "../kit/random.ts";
import vectors from "./vectors/socket_packets.json" with { type: "json" };
import readVectors from "./vectors/socket_packets_read.json" with { type: "json" };

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

/** Freezes objects and lists at any depth; bytes cannot be frozen. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}

for (const { text, packet, attachments = [] } of [...vectors, ...readVectors]) {
  const expected = revive(packet) as Packet;
  const messages = [text, ...attachments.map((it) => Uint8Array.from(it))];
  Deno.test(`Decoder reads ${text}`, () => assertEquals(decode(messages), [expected]));
}

for (const { text, packet, attachments = [] } of vectors) {
  const messages = [text, ...attachments.map((it) => Uint8Array.from(it))];
  Deno.test(`Encoder writes ${text}`, () => {
    assertEquals<unknown>(new Encoder().encode(revive(packet) as Packet), messages);
  });
}

Deno.test("Decoder takes packets one after the other, with and without attachments", () => {
  const messages = vectors.flatMap(({ text, attachments = [] }) => [
    text,
    ...attachments.map((it) => Uint8Array.from(it)),
  ]);
  assertEquals(decode(messages), vectors.map(({ packet }) => revive(packet) as Packet));
});

Deno.test("Decoder hands out the very bytes it was given", () => {
  const bytes = new Uint8Array([1, 2]);
  const [packet] = decode(['51-["a",{"_placeholder":true,"num":0}]', bytes]);
  assertStrictEquals((packet!.data as unknown[])[1], bytes);
});

Deno.test(
  "Encoder and Decoder are each other's reverse, bytes of any shape at any depth included",
  randomly((random) => {
    for (let round = 0; round < 2000; round++) {
      const seed = random.below(2 ** 32);
      const draw = (as: "given" | "bytes"): Packet => {
        const again = new Random(seed);
        const args = Array.from({ length: again.below(5) }, () => again.value(as));
        const nsp = again.pick(["/", "/admin", "/é-1/🦕"]);
        const id = again.below(1e9);
        if (again.below(3) === 0) return { type: PacketType.ACK, nsp, id, data: args };
        const data = [again.pick(["event", "", 7, "__proto__"]), ...args];
        const type = PacketType.EVENT;
        return again.below(2) === 0 ? { type, nsp, id, data } : { type, nsp, data };
      };
      const given = freeze(draw("given"));
      const messages = new Encoder().encode(given).map(bytesOf);
      assertEquals(decode(messages, { maxAttachments: 1000 }), [draw("bytes")]);
      assertEquals(given, draw("given"), "the caller's value has changed");
    }
  }),
);

Deno.test("Encoder writes lone surrogates so that they survive as UTF-8", () => {
  const [text] = new Encoder().encode(event("a", "\ud83e"));
  assertEquals(text, '2["a","\\ud83e"]');
  assertEquals(roundTrip(event("\udc00")), [event("\udc00")]);
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
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ];
  const values: unknown[] = [
    buffer,
    Buffer.from(buffer),
    ...kinds.map((Kind) => new Kind(buffer)),
  ];
  const [packet] = roundTrip(event("a", ...values));
  assertEquals((packet!.data as unknown[]).length, 1 + values.length);
  for (const value of (packet!.data as unknown[]).slice(1)) {
    assertEquals(Uint8Array.from(value as Uint8Array), new Uint8Array(buffer));
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
  const returning = (value: unknown) => ({ hidden: bytes, toJSON: () => value });
  assertEquals(roundTrip(event("a", returning({ plain: 1 }))), [event("a", { plain: 1 })]);
  assertEquals(roundTrip(event("a", returning({ bytes }))), [event("a", { bytes })]);
  assertEquals(roundTrip(event("a", returning(bytes))), [event("a", bytes)]);
  assertEquals(roundTrip(event("a", returning([[bytes], 1]))), [event("a", [[bytes], 1])]);
  assertEquals(roundTrip(event("a", returning(undefined))), [event("a", null)]);
  assertEquals(roundTrip(event("a", returning(null), bytes)), [event("a", null, bytes)]);
  assertEquals(roundTrip(event("a", new Date(0), bytes)), [
    event("a", new Date(0).toJSON(), bytes),
  ]);
});

Deno.test("Encoder asks what toJSON() returned for no other toJSON(), as JSON does not", () => {
  const bytes = new Uint8Array([1]);
  const self = { bytes, toJSON: (): unknown => self };
  const nested = { toJSON: () => ({ bytes, toJSON: () => 1 }) };
  for (const value of [self, nested]) {
    assertEquals(roundTrip(event("a", value)), [event("a", { bytes })]);
  }
});

Deno.test("Encoder sends a Buffer that toJSON() returns, not its list of numbers", () => {
  const messages = new Encoder().encode(event("a", { toJSON: () => Buffer.from([1, 2]) }));
  assertEquals(messages.length, 2);
  assertEquals(decode(messages.map(bytesOf)), [event("a", new Uint8Array([1, 2]))]);
});

Deno.test("Encoder says of a cycle what JSON says, with and without bytes", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const list: unknown[] = [];
  list.push([list], [list]);
  for (const value of [cycle, list, { toJSON: () => cycle }]) {
    for (const extra of [[], [new Uint8Array()]]) {
      assertThrows(() => new Encoder().encode(event("a", value, ...extra)), TypeError);
      assertThrows(() => new Encoder().encode(event("a", ...extra, value)), TypeError);
    }
  }
  const endless = { toJSON: () => ({ again: endless }) };
  assertThrows(() => new Encoder().encode(event("a", endless)), RangeError);
});

Deno.test("Encoder gives up on what is nested too deeply, with a RangeError", () => {
  let deep: unknown = new Uint8Array();
  for (let i = 0; i < 1_000_000; i++) deep = [deep];
  assertThrows(() => new Encoder().encode(event("a", deep)), RangeError);
});

Deno.test("Encoder lets out what a getter or toJSON() throws, and refuses a BigInt", () => {
  const reason = new Error("no");
  const fail = (): never => {
    throw reason;
  };
  const traps = [Object.defineProperty({}, "value", { get: fail, enumerable: true }), {
    toJSON: fail,
  }];
  for (const extra of [[], [new Uint8Array()]]) {
    for (const trap of traps) {
      const thrown = assertThrows(() => new Encoder().encode(event("a", ...extra, trap)));
      assertStrictEquals(thrown, reason);
    }
    assertThrows(() => new Encoder().encode(event("a", ...extra, 1n)), TypeError);
  }
});

Deno.test("Encoder works again after a packet that it could not write", () => {
  const encoder = new Encoder();
  const bytes = new Uint8Array([1]);
  assertThrows(() => encoder.encode(event("a", bytes, 1n)), TypeError);
  assertEquals<unknown>(encoder.encode(event("a", bytes)), [
    '51-["a",{"_placeholder":true,"num":0}]',
    bytes,
  ]);
});

Deno.test("Encoder numbers the same bytes anew wherever they are", () => {
  const bytes = new Uint8Array([1]);
  const messages = new Encoder().encode(event("a", bytes, { bytes }));
  assertEquals(messages.length, 3);
  assertEquals(decode(messages.map(bytesOf)), [event("a", bytes, { bytes })]);
});

Deno.test("Encoder looks for bytes in events and acknowledgements alone", () => {
  for (const type of [PacketType.CONNECT, PacketType.CONNECT_ERROR]) {
    const messages = new Encoder().encode({ type, nsp: "/", data: { a: new Uint8Array([1]) } });
    assertEquals<unknown>(messages, [`${type}{"a":{"0":1}}`]);
  }
});

Deno.test("Encoder shows bytes to the replacer, that may leave them out", () => {
  const replacer = (key: string, value: unknown) => key === "secret" ? undefined : value;
  const messages = new Encoder(replacer).encode(
    event("a", { secret: new Uint8Array([1]), open: new Uint8Array([2]) }),
  );
  assertEquals(decode(messages.map(bytesOf)), [event("a", { open: new Uint8Array([2]) })]);
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
});

Deno.test("Decoder leaves the prototypes of objects and lists alone", () => {
  const before = [Object.prototype, Array.prototype].map(Reflect.ownKeys);
  const poison = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  for (const text of [`2["a",${poison}]`, `31[${poison}]`, `0${poison}`, `4${poison}`]) {
    assertEquals(decode([text]).length, 1);
  }
  const bytes = new Uint8Array([1]);
  for (const key of ["__proto__", "constructor", "prototype", "splice", "length"]) {
    decode([`51-["a",{"constructor":{"${key}":{"_placeholder":true,"num":0}}}]`, bytes]);
  }
  assertEquals([Object.prototype, Array.prototype].map(Reflect.ownKeys), before);
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
  '29007199254740992["a"]',
  '2-1["a"]',
  '21.5["a"]',
  '21e3["a"]',
  '2["a"]["b"]',
  '2["a",]',
  '2["a",NaN]',
  '2["a"]\x1e2["b"]',
  "2/nsp,",
  "2/nsp,{}",
  '2/nsp["a"]',
  '2,["a"]',
  '2nsp,["a"]',
  '2"a"',
  "2null",
  "2true",
  "21",
  '2[["a"]]',
  '2[{"length":1}]',
  '3["a"]',
  '3/nsp,["a"]',
  '31{"0":1}',
  "1{}",
  "1null",
  "0null",
  "0true",
  "01",
  '0["a"]',
  "4null",
  "4true",
  '4["a"]',
  "4/nsp,",
  "51-{}",
  "51-[]",
  "51-[{}]",
  "50001",
  '51e1-["a"]',
  '5+1-["a"]',
  '5 1-["a"]',
  '50x1-["a"]',
  '5Infinity-["a"]',
  '5NaN-["a"]',
  '500-["a"]',
  '51-["connect"]',
  '51--["a"]',
  "5100000-",
  '545100000-["a"]',
  '5100000000000000000000000-["a"]',
  '60-1["a"]',
  '6-1["a"]',
  "61-1{}",
  '61-1"a"',
  "611-1[]",
  '7["a"]',
  '9["a"]',
  ' 2["a"]',
  '\ufeff2["a"]',
  "٢[]",
  "\0",
  "\ud83e",
  "[object Object]",
  '51-[{"_placeholder":true,"num":0},"a"]',
];
for (const text of unreadable) {
  Deno.test(`Decoder throws a ProtocolError, given ${JSON.stringify(text)}`, () => {
    assertThrows(() => decode([text]), ProtocolError);
  });
}

// A reader whose time grew with the square of the length would take minutes for each of these.
Deno.test("Decoder takes runs of a million digits for what they are: too many", () => {
  for (const digits of ["1".repeat(1_000_000), "9".repeat(100_000)]) {
    const refused = [
      `5${digits}-["a"]`,
      `5${digits}`,
      `6${digits}-1[]`,
      `2${digits}["a"]`,
      `2/nsp,${digits}["a"]`,
      `3${digits}[]`,
      `51-${digits}["a"]`,
      `0${digits}`,
      digits,
    ];
    for (const text of refused) assertThrows(() => decode([text]), ProtocolError);
  }
});

Deno.test("Decoder reads a namespace of a million characters without a comma", () => {
  const name = "1".repeat(1_000_000);
  assertEquals(decode([`0/${name}`]), [{ type: PacketType.CONNECT, nsp: `/${name}` }]);
});

Deno.test("Decoder refuses too many attachments before it takes one of them", () => {
  const decoder = new Decoder();
  assertThrows(() => decoder.add('545100000-["a"]'), ProtocolError, "too many attachments");
  assertThrows(() => decoder.add(new Uint8Array([1])), ProtocolError);
});

Deno.test("Decoder waits for nothing after a packet that announces no attachments", () => {
  const decoder = new Decoder();
  for (const text of ['50-["a"]', '450-["a"]']) {
    assertThrows(() => decoder.add(text), ProtocolError);
    assertThrows(() => decoder.add(new Uint8Array([1])), ProtocolError);
  }
});

Deno.test("Decoder counts attachments, up to as many as it is told", () => {
  const text = (count: number) => `5${count}-["a"]`;
  assertEquals(decode([text(10)]), []);
  assertThrows(() => decode([text(11)]), ProtocolError, "too many attachments");
  assertThrows(() => decode([text(3)], { maxAttachments: 2 }), ProtocolError);
  assertEquals(decode([text(11)], { maxAttachments: 11 }), []);
});

Deno.test("Decoder counts the bytes of attachments, up to as many as it is told", () => {
  const message = [
    `52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`,
    new Uint8Array(60),
  ];
  const options = { maxAttachmentBytes: 100 };
  assertEquals(decode([...message, new Uint8Array(40)], options).length, 1);
  const expected = "attachments are too large (maxAttachmentBytes is 100)";
  assertThrows(() => decode([...message, new Uint8Array(41)], options), ProtocolError, expected);
  const decoder = new Decoder();
  decoder.add('52-["a"]');
  assertThrows(() => decoder.add(new Uint8Array(10_000_001)), ProtocolError, "10000000");
});

Deno.test("Decoder is incomplete while it waits for attachments", () => {
  const decoder = new Decoder();
  const seen = [decoder.incomplete];
  const messages = ['51-["a",{"_placeholder":true,"num":0}]', new Uint8Array(1), '2["a"]'];
  for (const message of messages) {
    decoder.add(message);
    seen.push(decoder.incomplete);
  }
  decoder.add('51-["a"]');
  decoder.destroy();
  assertEquals([...seen, decoder.incomplete], [false, true, false, false, false]);
});

Deno.test("Decoder refuses data that is too deep", () => {
  const text = (depth: number) => `2["a",${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}]`;
  assertEquals(decode([text(1_000)]).length, 1);
  const expected = "data is too deep (maxDepth is 1000)";
  assertThrows(() => decode([text(1_001)]), ProtocolError, expected);
  assertThrows(() => decode([text(400_000)]), ProtocolError, expected);
  assertThrows(() => decode([text(400_000)], { maxDepth: 300_000 }), ProtocolError, "300000");
  assertEquals(decode([text(3)], { maxDepth: 3 }).length, 1);
  assertThrows(() => decode([text(4)], { maxDepth: 3 }), ProtocolError, "maxDepth is 3");
  assertThrows(() => decode(['2["a",{"__proto__":[{"b":[]}]}]'], { maxDepth: 4 }), ProtocolError);
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
  "[]",
  "false",
  "0.5",
  "1e400",
  "4294967296",
  "9007199254740993",
  '""',
  '" 0"',
  '"length"',
  '"constructor"',
  '{"valueOf":0}',
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
  assertThrows(() => decode([waiting, waiting]), ProtocolError, "plaintext");
  const two = '52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
  assertThrows(() => decode([two, new Uint8Array([1]), '2["b"]']), ProtocolError, "plaintext");
  assertThrows(() => decode([new Uint8Array([1])]), ProtocolError, "binary");
  assertThrows(() => decode([waiting, new Uint8Array([1]), new Uint8Array([2])]), ProtocolError);
});

Deno.test("Decoder.destroy() drops what is incomplete", () => {
  const packets: Packet[] = [];
  const decoder = new Decoder().on("decoded", (packet) => packets.push(packet));
  decoder.add('52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
  decoder.add(new Uint8Array([1]));
  decoder.destroy();
  assertThrows(() => decoder.add(new Uint8Array([2])), ProtocolError);
  decoder.add('2["b"]');
  decoder.add('51-["c",{"_placeholder":true,"num":0}]');
  decoder.add(new Uint8Array([3]));
  assertEquals(packets, [event("b"), event("c", new Uint8Array([3]))]);
});

const DEPTH = 1_000_000;
const ANY_DEPTH = { maxDepth: Infinity };

Deno.test("Decoder reads what is nested a million times, with and without bytes", () => {
  for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
    const nested = (inner: string) => open.repeat(DEPTH) + inner + close.repeat(DEPTH);
    assertEquals(decode([`2["a",${nested("1")}]`], ANY_DEPTH).length, 1);
    const text = `51-["a",${nested('{"_placeholder":true,"num":0}')}]`;
    const [packet] = decode([text, new Uint8Array([7])], ANY_DEPTH);
    let value = (packet!.data as unknown[])[1];
    while (!(value instanceof Uint8Array)) [value] = Object.values(value as object);
    assertEquals(value, new Uint8Array([7]));
  }
});

Deno.test("Decoder throws a ProtocolError, given what is nested a million times and unreadable", () => {
  const nested = "[".repeat(DEPTH) + "]".repeat(DEPTH);
  for (const text of [`2["a",${"[".repeat(DEPTH)}`, `2${nested}`, `0${nested}`, `4${nested}`]) {
    assertThrows(() => decode([text], ANY_DEPTH), ProtocolError);
  }
  const missing = `51-["a",${nested}]`;
  assertThrows(() => decode([missing, new Uint8Array([1])], ANY_DEPTH), ProtocolError);
});

Deno.test("Decoder throws a ProtocolError where a reviver makes the depth too much", () => {
  const reviver = (_key: string, value: unknown) => value;
  const text = `2["a",${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}]`;
  assertThrows(() => decode([text], { ...ANY_DEPTH, reviver }), ProtocolError);
});
