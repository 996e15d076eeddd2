import { assertEquals } from "@std/assert";
import { utf8Length } from "../../src/wire/utf8.ts";
import { Random } from "../kit/random.ts";

Deno.test("utf8Length() counts as TextEncoder does, lone surrogates included", () => {
  const random = new Random();
  const encoder = new TextEncoder();
  const texts = [
    "",
    "a",
    "é",
    "€",
    "🦕",
    "\ud800",
    "\udc00",
    "\ud800\ud800",
    "\udc00\ud800",
    "a\ud83e",
  ];
  for (let i = 0; i < 2000; i++) {
    texts.push(Array.from({ length: 8 }, () => random.pick(texts)).join(""));
    texts.splice(40);
  }
  for (const text of texts) {
    assertEquals(utf8Length(text), encoder.encode(text).length, `SEED=${random.seed}`);
  }
});
