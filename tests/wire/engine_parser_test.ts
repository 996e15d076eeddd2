/** The codec of `engine.io-parser`: what ours writes and reads is what the official one does. */
import { assertEquals } from "@std/assert";
import * as official from "engine.io-parser";
import { parser } from "../../src/engine/mod.ts";

const BYTES = Uint8Array.of(1, 2, 3, 250);
const PACKETS: parser.Packet[] = [
  { type: "open", data: '{"sid":"x"}' },
  { type: "close" },
  { type: "ping", data: "probe" },
  { type: "pong" },
  { type: "message", data: "test € 😀" },
  { type: "message", data: "" },
  { type: "message", data: BYTES },
  { type: "upgrade" },
  { type: "noop" },
];
const UNREADABLE = ["", "x", "9", "😀", "7x"];

function bytesOf(data: unknown): unknown {
  if (data instanceof ArrayBuffer) return [...new Uint8Array(data)];
  return ArrayBuffer.isView(data) ? [...data as Uint8Array] : data;
}

function plain(packets: unknown[]): unknown[] {
  return (packets as parser.Packet[]).map(({ type, data }) => ({ type, data: bytesOf(data) }));
}

function encoded(packet: parser.Packet, supportsBinary: boolean, codec = parser): unknown {
  let result: unknown;
  codec.encodePacket(packet, supportsBinary, (it) => void (result = it));
  return bytesOf(result);
}

Deno.test("encodePacket() writes what the official one does", () => {
  for (const packet of PACKETS) {
    for (const supportsBinary of [true, false]) {
      assertEquals(
        encoded(packet, supportsBinary),
        encoded(packet, supportsBinary, official as unknown as typeof parser),
      );
    }
  }
});

Deno.test("encodePacket() reads a Blob", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  parser.encodePacket({ type: "message", data: new Blob([BYTES]) }, false, resolve);
  assertEquals(await promise, "bAQID+g==");
});

Deno.test("decodePacket() reads what the official one does", () => {
  for (const text of [...UNREADABLE, "0{}", "1", "2probe", "4", "4€", "bAQID+g=="]) {
    assertEquals(plain([parser.decodePacket(text)]), plain([official.decodePacket(text)]));
  }
});

Deno.test("decodePacket() gives bytes as asked for", async () => {
  for (const frame of [BYTES, BYTES.buffer, "bAQID+g=="]) {
    const { data } = parser.decodePacket(frame);
    assertEquals(data instanceof Uint8Array && [...data], [...BYTES]);
    const buffer = parser.decodePacket(frame, "arraybuffer").data;
    assertEquals(buffer instanceof ArrayBuffer && [...new Uint8Array(buffer)], [...BYTES]);
    const blob = parser.decodePacket(frame, "blob").data as Blob;
    assertEquals([...new Uint8Array(await blob.arrayBuffer())], [...BYTES]);
  }
});

Deno.test("a payload goes there and back, between both", () => {
  const payloads: string[] = [];
  parser.encodePayload(PACKETS, (it) => payloads.push(it));
  official.encodePayload(PACKETS as official.Packet[], (it) => payloads.push(it));
  assertEquals(payloads[0], payloads[1]);
  const packets = plain(parser.decodePayload(payloads[0]!));
  assertEquals(packets, plain(official.decodePayload(payloads[0]!)));
  assertEquals(packets.length, PACKETS.length);
});

Deno.test("decodePayload() ends at what is unreadable", () => {
  assertEquals(parser.decodePayload("4a\x1ex\x1e4b"), official.decodePayload("4a\x1ex\x1e4b"));
});

async function through<In, Out>(stream: TransformStream<In, Out>, input: In[]): Promise<Out[]> {
  const output: Out[] = [];
  const readable = ReadableStream.from(input).pipeThrough(stream);
  for await (const it of readable) output.push(it);
  return output;
}

function chunked(bytes: number[], size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += size) {
    chunks.push(Uint8Array.from(bytes.slice(i, i + size)));
  }
  return chunks;
}

const SIZED: parser.Packet[] = [
  ...PACKETS,
  { type: "message", data: "x".repeat(125) },
  { type: "message", data: "x".repeat(65_534) },
  { type: "message", data: "x".repeat(65_535) },
  { type: "message", data: new Uint8Array(70_000).fill(7) },
];

Deno.test("a stream of packets is written as the official one writes it", async () => {
  const ours = await through(parser.createPacketEncoderStream(), SIZED);
  const theirs = await through(
    official.createPacketEncoderStream() as ReturnType<typeof parser.createPacketEncoderStream>,
    SIZED,
  );
  assertEquals(ours.flatMap((it) => [...it]), theirs.flatMap((it) => [...it]));
});

for (const size of [1, 7, 1_000_000]) {
  Deno.test(`a stream of packets is read in chunks of ${size} bytes`, async () => {
    const written = await through(parser.createPacketEncoderStream(), SIZED);
    const chunks = chunked(written.flatMap((it) => [...it]), size);
    const read = await through(parser.createPacketDecoderStream(1e6, "arraybuffer"), chunks);
    const expected = SIZED.map(({ type, data }) => data === "" ? { type } : { type, data });
    assertEquals(plain(read), plain(expected as parser.Packet[]));
  });
}

Deno.test("a stream of packets ends at one that is too long, before it has come", async () => {
  for (const head of [[101, 52], [127, 255, 255, 255, 255, 0, 0, 0, 0], [0]]) {
    const read = await through(
      parser.createPacketDecoderStream(100, "arraybuffer"),
      [Uint8Array.of(1, 0x36), Uint8Array.from(head)],
    );
    assertEquals(read, [{ type: "noop" }, { type: "error", data: "parser error" }]);
  }
});
