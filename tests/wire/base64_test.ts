import { Buffer } from "node:buffer";
import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import { fromBase64, toBase64 } from "../../src/wire/base64.ts";
import { randomly } from "../kit/random.ts";

/** Runs a test with the runtime's own functions, and with the way around them. */
function both(name: string, run: () => void): void {
  Deno.test(name, run);
  Deno.test(`${name}, where the runtime lacks Uint8Array.fromBase64`, () => {
    const to = Object.getOwnPropertyDescriptor(Uint8Array.prototype, "toBase64")!;
    const from = Object.getOwnPropertyDescriptor(Uint8Array, "fromBase64")!;
    Reflect.deleteProperty(Uint8Array.prototype, "toBase64");
    Reflect.deleteProperty(Uint8Array, "fromBase64");
    try {
      run();
    } finally {
      Object.defineProperty(Uint8Array.prototype, "toBase64", to);
      Object.defineProperty(Uint8Array, "fromBase64", from);
    }
  });
}

both(
  "toBase64() writes, and fromBase64() reads it",
  randomly((random) => {
    for (const length of [0, 1, 2, 3, 1000, 0x8000, 0x8001, 100_000]) {
      const bytes = random.bytes(length);
      assertEquals(fromBase64(toBase64(bytes)), bytes);
    }
    assertEquals(toBase64(new Uint8Array([255, 254, 253, 252])), "//79/A==");
  }),
);

both("fromBase64() needs no padding", () => {
  assertEquals(fromBase64("AQI"), new Uint8Array([1, 2]));
});

both("fromBase64() throws a ProtocolError, given something else", () => {
  for (const text of ["*", "A", "A===", "=", "AQ=A", "AQ===", "-_-_", "é", "AQ\0=", "🦕"]) {
    assertThrows(() => fromBase64(text), ProtocolError);
  }
});

both("toBase64() writes just the part that a view shows", () => {
  assertEquals(toBase64(new Uint8Array([9, 1, 2, 9]).subarray(1, 3)), "AQI=");
});

both("toBase64() takes a Buffer", () => {
  assertEquals(toBase64(Buffer.from([1, 2])), "AQI=");
});
