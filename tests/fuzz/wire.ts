/** The decoders against what has been cut, swapped and changed on the way. */
import { assert, assertEquals } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import { decodePacket, decodePayload } from "../../src/wire/engine_packet.ts";
import {
  decodeBinaryPayloadV3,
  decodePacketV3,
  decodePayloadV3,
} from "../../src/wire/engine_packet_v3.ts";
import { messageFrame } from "../../src/wire/frame.ts";
import { frameV3 } from "../../src/wire/frame_v3.ts";
import { Decoder, Encoder, type PacketDecoder } from "../../src/wire/parser.ts";
import { isValid, type Packet, PacketType } from "../../src/wire/socket_packet.ts";
import { Decoder as MsgpackDecoder, Encoder as MsgpackEncoder } from "../../src/plugins/msgpack.ts";
import type { Random } from "../kit/random.ts";
import vectors from "../wire/vectors/socket_packets.json" with { type: "json" };
import type { Fuzzer } from "./fuzzer.ts";
import { corrupt, mutate } from "./mutate.ts";

const TEXTS = vectors.map((it) => it.text);

/** What decoders of one kind are given; what they throw must be a `ProtocolError`. */
type Attempt = (random: Random) => void;

const ATTEMPTS: readonly Attempt[] = [
  messages,
  payload,
  payloadV3,
  binaryPayloadV3,
  frames,
  msgpack,
];

/** The fuzzer. */
export const wire: Fuzzer = {
  name: "wire",
  round(random, trace) {
    const before = prototypes();
    for (const attempt of ATTEMPTS) {
      trace.push(attempt.name);
      try {
        attempt(random);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }
    assertEquals(prototypes(), before);
  },
};

/** What every object and every list has. */
export function prototypes(): unknown {
  return [Object.prototype, Array.prototype].map(Reflect.ownKeys);
}

// Messages of Socket.IO, with their attachments.
function messages(random: Random): void {
  const { text, attachments = [] } = random.pick(vectors);
  const messages: (string | Uint8Array)[] = [
    random.below(5) === 0 ? text : mutate(text, TEXTS, random),
    ...attachments.map((it) => Uint8Array.from(it)),
  ];
  if (random.below(3) === 0) {
    const [one, other] = [random.below(messages.length), random.below(messages.length)];
    [messages[one], messages[other]] = [messages[other]!, messages[one]!];
  }
  if (random.below(3) === 0) messages.splice(random.below(messages.length), 1);
  if (random.below(3) === 0) {
    messages.push(random.below(2) === 0 ? random.text() : random.bytes());
  }
  const decoder = checked(new Decoder());
  for (const it of messages) decoder.add(it);
}

// Bodies of POSTs.
function payload(random: Random): void {
  const text = new TextDecoder().decode(damaged(frameOf(random).payload, random));
  feed(decodePayload(text));
}

function payloadV3(random: Random): void {
  const text = new TextDecoder().decode(damaged(frameV3(frameOf(random)).payload, random));
  feed(decodePayloadV3(text));
}

function binaryPayloadV3(random: Random): void {
  feed(decodeBinaryPayloadV3(damaged(frameV3(frameOf(random)).binaryPayload, random)));
}

// Frames of a WebSocket.
function frames(random: Random): void {
  const part = random.pick(frameOf(random).base64Parts);
  const text = new TextDecoder().decode(damaged(part, random));
  const packet = random.below(2) === 0 ? decodePacket : decodePacketV3;
  feed([packet(random.below(3) === 0 ? damaged(part, random) : text)]);
}

function msgpack(random: Random): void {
  const decoder = checked(new MsgpackDecoder());
  for (const it of new MsgpackEncoder().encode(packetOf(random, "bytes"))) {
    decoder.add(damaged(it as Uint8Array, random));
  }
}

function packetOf(random: Random, as: "given" | "bytes" = "given"): Packet {
  const data = ["a", random.value(as, 2), random.value(as, 2)];
  return { type: PacketType.EVENT, nsp: random.pick(["/", "/admin"]), data };
}

function frameOf(random: Random): ReturnType<typeof messageFrame> {
  return messageFrame(new Encoder().encode(packetOf(random)), true);
}

function damaged(data: string | Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data.slice();
  return random.below(5) === 0 || bytes.length === 0
    ? bytes as Uint8Array<ArrayBuffer>
    : corrupt(bytes, random);
}

function feed(packets: Iterable<{ type: string; data: string | Uint8Array }>): void {
  const decoder = checked(new Decoder());
  for (const { type, data } of packets) {
    if (type === "message") decoder.add(data);
  }
}

/** A decoder of which every packet is as it has to be. */
function checked<D extends PacketDecoder>(decoder: D): D {
  decoder.on("decoded", (packet) => {
    assert(isValid(packet) && typeof packet.nsp === "string", "an invalid packet");
    assert(packet.type !== PacketType.BINARY_EVENT && packet.type !== PacketType.BINARY_ACK);
  });
  return decoder;
}
