import { assertEquals } from "@std/assert";
import { encodedLength, utf8Length } from "../../src/wire/utf8.ts";
import { randomly } from "../kit/random.ts";

const encoder = new TextEncoder();

Deno.test("utf8Length() counts each UTF-16 unit as TextEncoder does, lone surrogates included", () => {
  for (let unit = 0; unit < 0x10000; unit++) {
    const text = String.fromCharCode(unit);
    assertEquals(utf8Length(text), encoder.encode(text).length, `unit ${unit}`);
  }
});

Deno.test("utf8Length() takes two surrogates for one character, if they are a pair", () => {
  assertEquals(utf8Length("\ud83e\udd95"), 4);
  assertEquals(utf8Length("\u{10000}\u{10ffff}"), 8);
  assertEquals(utf8Length("\udd95\ud83e"), 6);
  assertEquals(utf8Length("\ud83e\ud83e\udd95\udd95"), 10);
});

Deno.test(
  "utf8Length() counts texts as TextEncoder does",
  randomly((random) => {
    const pieces = ["", "a", "\0", "\x7f", "\x80", "é", "\u07ff", "\u0800", "€", "🦕"];
    pieces.push("\ud800", "\udbff", "\udc00", "\udfff", "\ue000", "\uffff");
    for (let round = 0; round < 5000; round++) {
      const text = Array.from({ length: random.below(10) }, () => random.pick(pieces)).join("");
      const { length } = encoder.encode(text);
      assertEquals([utf8Length(text), encodedLength(text)], [length, length], JSON.stringify(text));
    }
  }),
);

Deno.test(
  "utf8Length() counts long texts as TextEncoder does, whatever stands where they are cut",
  randomly((random) => {
    assertEquals(encodedLength(""), 0);
    for (const length of [31, 32, 33, 8191, 8192, 8193, 16_383, 16_384, 16_385]) {
      for (let round = 0; round < 20; round++) {
        const unit = random.pick(["a", "é", "€", "🦕", "\ud83e", "\udd95"]);
        const text = "a".repeat(random.below(3)) + unit.repeat(length);
        const { length: bytes } = encoder.encode(text);
        const counted = [utf8Length(text), encodedLength(text)];
        assertEquals(counted, [bytes, bytes], `${unit} ${length}`);
      }
    }
  }),
);
