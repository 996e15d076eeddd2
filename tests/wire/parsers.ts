/** All the parsers that are tested: ours, and official ones from npm. */
import officialJson from "socket.io-json-parser";
import officialMsgpack from "socket.io-msgpack-parser";
import * as officialDefault from "socket.io-parser";
import { msgpack } from "../../src/plugins/msgpack.ts";
import { Decoder, Encoder, type Parser } from "../../src/wire/parser.ts";
import type { ParserUnderTest } from "./parser_contract.ts";

const RESERVED_BYTE = new Uint8Array([0xc1]);

/** The parsers. */
export const PARSERS: readonly ParserUnderTest[] = [
  {
    name: "the default parser",
    parser: { Encoder, Decoder },
    binary: true,
    rubbish: "rubbish",
  },
  { name: "msgpack", parser: msgpack, binary: true, rubbish: RESERVED_BYTE },
  {
    name: "socket.io-parser",
    parser: officialDefault as unknown as Parser,
    binary: true,
    rubbish: "rubbish",
  },
  {
    name: "socket.io-msgpack-parser",
    parser: officialMsgpack as unknown as Parser,
    binary: true,
    rubbish: RESERVED_BYTE,
  },
  {
    name: "socket.io-json-parser",
    parser: officialJson as unknown as Parser,
    binary: false,
    rubbish: "rubbish",
  },
];
