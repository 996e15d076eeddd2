import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import {
  decodeText,
  encodeText,
  isValid,
  type Packet,
  PacketType,
  RESERVED_EVENTS,
} from "../../src/wire/socket_packet.ts";

Deno.test("PacketType has the numbers of the protocol, and cannot be changed", () => {
  assertEquals(Object.entries(PacketType), [
    ["CONNECT", 0],
    ["DISCONNECT", 1],
    ["EVENT", 2],
    ["ACK", 3],
    ["CONNECT_ERROR", 4],
    ["BINARY_EVENT", 5],
    ["BINARY_ACK", 6],
  ]);
  assert(Object.isFrozen(PacketType));
});

Deno.test("encodeText() writes type, attachments, namespace, id and JSON, what there is of them", () => {
  assertEquals(encodeText({ type: 0, nsp: "/" }, 0, 0, undefined), "0");
  assertEquals(encodeText({ type: 2, nsp: "/" }, 2, 0, '["a"]'), '2["a"]');
  assertEquals(encodeText({ type: 2, nsp: "/", id: 0 }, 2, 0, '["a"]'), '20["a"]');
  assertEquals(encodeText({ type: 2, nsp: "/", id: undefined }, 2, 0, '["a"]'), '2["a"]');
  assertEquals(encodeText({ type: 2, nsp: "/n", id: 7 }, 5, 3, '["a"]'), '53-/n,7["a"]');
  assertEquals(encodeText({ type: 1, nsp: "/n" }, 1, 0, undefined), "1/n,");
});

Deno.test("decodeText() tells attachments apart, and names the plain type", () => {
  assertEquals(decodeText('53-/n,7["a"]', 0, { maxAttachments: 3 }), {
    type: PacketType.EVENT,
    nsp: "/n",
    id: 7,
    data: ["a"],
    attachments: 3,
  });
  assertEquals(decodeText("61-7[]", 0, { maxAttachments: 3 }), {
    type: PacketType.ACK,
    nsp: "/",
    id: 7,
    data: [],
    attachments: 1,
  });
  assertEquals(decodeText('2["a"]', 0, { maxAttachments: 3 }).attachments, undefined);
});

Deno.test("decodeText() accepts up to as many attachments as it is told", () => {
  for (const [count, most] of [[1, 1], [3, 3], [3, Infinity], [10, 1e6]] as const) {
    assertEquals(decodeText(`5${count}-["a"]`, 0, { maxAttachments: most }).attachments, count);
  }
  for (const [count, most] of [[1, 0], [4, 3], [11, 10], ["1" + "0".repeat(400), 1e308]] as const) {
    assertThrows(
      () => decodeText(`5${count}-["a"]`, 0, { maxAttachments: most }),
      ProtocolError,
      "too many",
    );
  }
});

Deno.test("decodeText() takes ids up to the largest safe integer", () => {
  assertEquals(decodeText('29007199254740991["a"]', 0, {}).id, 2 ** 53 - 1);
  for (const id of ["9007199254740992", "9".repeat(400)]) {
    assertThrows(() => decodeText(`2${id}["a"]`, 0, {}), ProtocolError, "packet id");
  }
});

Deno.test("decodeText() makes a ProtocolError of what the reviver throws", () => {
  const reviver = () => {
    throw new RangeError("no");
  };
  assertThrows(() => decodeText('2["a"]', 0, { reviver }), ProtocolError, "invalid payload");
});

Deno.test("decodeText() looks at what the reviver returns, not at what came", () => {
  const to = (value: unknown) => (key: string, it: unknown) => key === "" ? value : it;
  assertEquals(decodeText("2{}", 0, { reviver: to(["a"]) }).data, ["a"]);
  assertThrows(() => decodeText('2["a"]', 0, { reviver: to(["connect"]) }), ProtocolError);
  assertThrows(() => decodeText('2["a"]', 0, { reviver: to(undefined) }), ProtocolError);
});

Deno.test("isValid() wants an object or nothing to connect", () => {
  const connect = (data?: unknown) => isValid({ type: PacketType.CONNECT, nsp: "/", data });
  for (const data of [undefined, {}, { token: "a" }]) assert(connect(data));
  for (const data of [null, [], "a", 1, true]) assert(!connect(data));
  assert(!isValid({ type: PacketType.CONNECT, nsp: "/", id: 1 }));
});

Deno.test("isValid() wants nothing to disconnect", () => {
  assert(isValid({ type: PacketType.DISCONNECT, nsp: "/" }));
  for (const data of [null, {}, [], "a", 0]) {
    assert(!isValid({ type: PacketType.DISCONNECT, nsp: "/", data }));
  }
  assert(!isValid({ type: PacketType.DISCONNECT, nsp: "/", id: 1 }));
});

Deno.test("isValid() wants an object or text for the reason of a refusal", () => {
  const refusal = (data: unknown) => isValid({ type: PacketType.CONNECT_ERROR, nsp: "/", data });
  for (const data of [{}, { message: "a" }, "a", ""]) assert(refusal(data));
  for (const data of [undefined, null, [], 1, true]) assert(!refusal(data));
});

for (const type of [PacketType.EVENT, PacketType.BINARY_EVENT]) {
  Deno.test(`isValid() wants a list with a name for an event of type ${type}`, () => {
    const event = (data: unknown) => isValid({ type, nsp: "/", data });
    for (const name of ["a", "", 0, 1.5, "error", "message", "__proto__", "constructor"]) {
      assert(event([name]) && event([name, null]));
    }
    for (const name of [undefined, null, true, {}, [], ["a"], { toString: "x" }]) {
      assert(!event([name]));
    }
    for (const name of RESERVED_EVENTS) assert(!event([name, 1]));
    for (const data of [undefined, null, "a", {}, { 0: "a", length: 1 }, []]) assert(!event(data));
  });
}

for (const type of [PacketType.ACK, PacketType.BINARY_ACK]) {
  Deno.test(`isValid() wants an id and a list for an acknowledgement of type ${type}`, () => {
    for (const data of [[], [null], ["connect"]]) {
      assert(isValid({ type, nsp: "/", id: 0, data }));
      assert(!isValid({ type, nsp: "/", data }));
    }
    for (const data of [undefined, null, {}, "a", { length: 0 }]) {
      assert(!isValid({ type, nsp: "/", id: 0, data }));
    }
  });
}

Deno.test("isValid() knows no other type", () => {
  for (const type of [-1, 7, 0.5, NaN, "2", undefined]) {
    for (const data of [undefined, {}, ["a"]]) {
      assert(!isValid({ type: type as Packet["type"], nsp: "/", id: 0, data }));
    }
  }
});

Deno.test("RESERVED_EVENTS are those of the protocol and of event emitters", () => {
  assertEquals([...RESERVED_EVENTS].sort(), [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
  ]);
});
