/** The codecs, beside the parsers from npm. */
import * as officialEngine from "engine.io-parser";
import * as official from "socket.io-parser";
import { decodePacket } from "../src/wire/engine_packet.ts";
import { Decoder, Encoder } from "../src/wire/parser.ts";
import { PacketType } from "../src/wire/socket_packet.ts";

const EVENT = ["message", { from: "someone", text: "hello, this is a message", at: 1234567890 }];
const BYTES = ["upload", { name: "file", bytes: new Uint8Array(1000) }];
const TEXT = `2${JSON.stringify(EVENT)}`;
const HEAD = '51-["upload",{"name":"file","bytes":{"_placeholder":true,"num":0}}]';

const encoder = new Encoder();
const officialEncoder = new official.Encoder();
const decoder = new Decoder();
const officialDecoder = new official.Decoder();
decoder.on("decoded", () => {});
officialDecoder.on("decoded", () => {});

const event = { type: PacketType.EVENT, nsp: "/", data: EVENT };
const binary = { type: PacketType.EVENT, nsp: "/", data: BYTES };

pair("decode an engine packet", () => decodePacket(`4${TEXT}`), () => {
  officialEngine.decodePacket(`4${TEXT}`);
});
pair(
  "encode an event",
  () => encoder.encodeMessage(event.type, event.nsp, undefined, EVENT),
  () => officialEncoder.encode(event),
);
pair("decode an event", () => decoder.add(TEXT), () => officialDecoder.add(TEXT));
pair(
  "encode an event with bytes",
  () => encoder.encode(binary),
  () => officialEncoder.encode(binary),
);
pair("decode an event with bytes", () => {
  decoder.add(HEAD);
  decoder.add(new Uint8Array(1000));
}, () => {
  officialDecoder.add(HEAD);
  officialDecoder.add(new Uint8Array(1000));
});

function pair(group: string, ours: () => void, theirs: () => void): void {
  Deno.bench({ name: `${group}, ours`, group, baseline: true, fn: ours });
  Deno.bench({ name: `${group}, npm`, group, fn: theirs });
}
