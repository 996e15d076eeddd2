import { assertEquals } from "@std/assert";
import { chooseEncoding } from "../../src/engine/http/accept_encoding.ts";

const CASES: [header: string | null, chosen: string | undefined][] = [
  [null, undefined],
  ["", undefined],
  ["identity", undefined],
  ["br, zstd", undefined],
  ["gzip", "gzip"],
  ["deflate", "deflate"],
  ["deflate, gzip", "gzip"],
  ["gzip, deflate, br", "gzip"],
  ["GZIP", "gzip"],
  ["x-gzip", "gzip"],
  ["gzip;q=0.5, deflate", "deflate"],
  ["gzip ; q=0.5 , deflate;q=0.4", "gzip"],
  ["gzip;q=0", undefined],
  ["gzip;q=0, deflate;q=0.001", "deflate"],
  ["*", "gzip"],
  ["*;q=0", undefined],
  ["gzip;q=0, *", "deflate"],
  ["gzip;q=much", undefined],
  ["gzip;level=9", "gzip"],
  [";;;,,,q=1", undefined],
];

for (const [header, chosen] of CASES) {
  Deno.test(`chooseEncoding gives ${chosen}, given ${JSON.stringify(header)}`, () => {
    assertEquals(chooseEncoding(header, ["gzip", "deflate"]), chosen);
  });
}
