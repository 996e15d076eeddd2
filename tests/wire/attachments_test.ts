import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import { attach, detach, hasBinary, isBinary } from "../../src/wire/attachments.ts";
import { Random, randomly } from "../kit/random.ts";

const bytes = new Uint8Array([1, 2]);
const placeholder = (num: unknown) => ({ _placeholder: true, num });

Deno.test("isBinary() knows bytes of every kind, and takes nothing else for them", () => {
  const { buffer } = bytes;
  const binary = [buffer, bytes, new DataView(buffer), Buffer.from("a"), new Float64Array(1)];
  for (const value of [...binary, new Blob([]), new File([], "a")]) assert(isBinary(value));
  const other = [undefined, null, 1, "a", [], {}, [1, 2], { byteLength: 2 }, { buffer }, new Map()];
  for (const value of other) assert(!isBinary(value));
});

Deno.test("hasBinary() finds bytes at any depth", () => {
  assert(hasBinary(bytes));
  assert(hasBinary([1, [2, { a: [bytes] }]]));
  assert(hasBinary({ a: null, b: { c: new Blob([]) } }));
  assert(hasBinary({ toJSON: () => ({ a: bytes }) }));
  assert(!hasBinary([1, "a", null, undefined, { a: [{}] }]));
  assert(!hasBinary(new Date(0)));
});

Deno.test("hasBinary() looks where JSON looks", () => {
  assert(!hasBinary(Object.create({ inherited: bytes })));
  assert(!hasBinary({ [Symbol("a")]: bytes }));
  assert(!hasBinary(new Map([["a", bytes]])));
  assert(!hasBinary({ hidden: bytes, toJSON: () => 1 }));
  assert(!hasBinary(Object.defineProperty({}, "a", { value: bytes, enumerable: false })));
  assert(hasBinary(Object.assign(Object.create(null), { a: bytes })));
});

Deno.test("detach() numbers bytes in the order of the text, and leaves the value alone", () => {
  const [first, second, third] = [
    new Uint8Array([1]),
    new ArrayBuffer(2),
    new DataView(bytes.buffer),
  ];
  const value = Object.freeze({ a: first, b: Object.freeze([second, { c: third }]) });
  const { json, attachments } = detach(value, undefined);
  assertEquals(JSON.parse(json), { a: placeholder(0), b: [placeholder(1), { c: placeholder(2) }] });
  assertEquals(attachments.length, 3);
  [first, second, third].forEach((it, index) => assertStrictEquals(attachments[index], it));
  assertStrictEquals(value.a, first);
});

Deno.test("detach() takes bytes that are the whole value", () => {
  assertEquals(detach(bytes, undefined), {
    json: JSON.stringify(placeholder(0)),
    attachments: [bytes],
  });
});

Deno.test("detach() writes whatever holds the bytes as JSON does, with a replacer and without", () => {
  class Point {
    x = 1;
    bytes = bytes;
    get inherited() {
      return bytes;
    }
  }
  const shared = { bytes };
  const deep = (levels: number): unknown => levels === 0 ? bytes : [deep(levels - 1)];
  const values: unknown[] = [
    [new Date(0), bytes, new Date(NaN), NaN, undefined, () => 1, Symbol("a")],
    [new Point(), new Map([["a", bytes]]), Object(1), Object("a"), bytes],
    [bytes, , bytes],
    [shared, shared],
    deep(200),
    { toJSON: () => ({ bytes }), bytes },
    [{ a: { toJSON: (key: string) => [key, bytes] } }],
    JSON.parse('{"__proto__":[1],"a":2}', (key, value) => key === "a" ? bytes : value),
    JSON.parse('{"__proto__":1,"a":2}', (_, value) => value === 1 ? bytes : value),
    Object.assign(Object.create(null), { a: bytes, [Symbol("b")]: 1 }),
    Object.defineProperty({ bytes }, "hidden", { value: bytes }),
    {
      a: undefined,
      b: [Buffer.from("a")],
      c: {
        get d() {
          return bytes;
        },
      },
    },
  ];
  for (const value of values) {
    assertEquals(detach(value, undefined), detach(value, (_, it) => it));
  }
});

Deno.test(
  "detach() makes the same text and bytes with a replacer and without",
  randomly((random) => {
    for (let round = 0; round < 1000; round++) {
      const value = random.value("bytes");
      assertEquals(detach(value, undefined), detach(value, (_, it) => it));
    }
  }),
);

Deno.test("detach() calls the replacer as JSON does, with this and the key", () => {
  const inner = { b: 1 };
  const calls: unknown[] = [];
  detach({ a: inner, bytes }, function (key, value) {
    if (key === "b") calls.push(this, key, value);
    return value;
  });
  assertEquals(calls, [inner, "b", 1]);
  assertStrictEquals(calls[0], inner);
});

Deno.test(
  "attach() is the reverse of detach()",
  randomly((random) => {
    for (let round = 0; round < 1000; round++) {
      const seed = random.below(2 ** 32);
      const { json, attachments } = detach(new Random(seed).value("bytes"), undefined);
      const value = attach(JSON.parse(json), attachments as Uint8Array[]);
      assertEquals(value, new Random(seed).value("bytes"));
    }
  }),
);

Deno.test("detach() throws what JSON throws, given a cycle or a BigInt beside bytes", () => {
  const cycle: unknown[] = [bytes];
  cycle.push({ cycle }, [cycle]);
  assertThrows(() => detach(cycle, undefined), TypeError, "circular");
  assertThrows(() => detach([bytes, 1n], undefined), TypeError, "BigInt");
});

Deno.test("attach() puts the bytes themselves into the value it was given", () => {
  const value = { a: [placeholder(0)] };
  assertStrictEquals(attach(value, [bytes]), value);
  assertStrictEquals<unknown>(value.a[0], bytes);
  assertStrictEquals(attach(placeholder(0), [bytes]), bytes);
});

Deno.test("attach() looks at no member of what it has put in", () => {
  const trap = new Uint8Array(1);
  Object.defineProperty(trap, "_placeholder", {
    get() {
      throw new Error("looked");
    },
  });
  assertEquals(attach([placeholder(0), {}], [trap]), [trap, {}]);
});

Deno.test("attach() keeps keys as they are, whatever they are named", () => {
  for (const key of ["__proto__", "constructor", "toString", "length", "_placeholder"]) {
    const value = JSON.parse(`{"${key}":{"_placeholder":true,"num":0}}`);
    const attached = attach(value, [bytes]) as Record<string, unknown>;
    assertEquals(Object.getOwnPropertyDescriptor(attached, key), {
      value: bytes,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    assertStrictEquals(Object.getPrototypeOf(attached), Object.prototype);
  }
});

Deno.test("attach() refuses numbers that are none of an attachment's", () => {
  const numbers = ["0", "splice", "__proto__", -1, 2, 0.5, 1e9, NaN, Infinity, null, true, [0], {}];
  for (const num of [undefined, ...numbers]) {
    assertThrows(() => attach([placeholder(num), placeholder(1)], [bytes, bytes]), ProtocolError);
  }
});

Deno.test("attach() refuses an attachment with two placeholders, or with none", () => {
  assertThrows(() => attach([placeholder(0), placeholder(0)], [bytes]), ProtocolError);
  assertThrows(() => attach([placeholder(0), placeholder(-0)], [bytes, bytes]), ProtocolError);
  assertThrows(() => attach([placeholder(1)], [bytes, bytes]), ProtocolError);
  assertThrows(() => attach([], [bytes]), ProtocolError);
  assertThrows(() => attach(undefined, [bytes]), ProtocolError);
  assertThrows(() => attach([placeholder(0)], []), ProtocolError);
});

Deno.test("attach() does not run out of stack, however deep the value is", () => {
  let value: unknown = placeholder(0);
  for (let depth = 0; depth < 1_000_000; depth++) value = depth % 2 === 0 ? [value] : { value };
  value = attach(value, [bytes]);
  while (value !== bytes) [value] = Object.values(value as object);
});
