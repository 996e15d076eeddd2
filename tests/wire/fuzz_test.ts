/** The decoders against what has been cut, swapped and changed on the way. */
import { assert, assertEquals } from "@std/assert";
import { ProtocolError } from "../../src/base/errors.ts";
import { decodePayload } from "../../src/wire/engine_packet.ts";
import { messageFrame } from "../../src/wire/frame.ts";
import { Decoder, Encoder } from "../../src/wire/parser.ts";
import { isValid, type Packet, PacketType } from "../../src/wire/socket_packet.ts";
import { type Random, randomly } from "../kit/random.ts";
import vectors from "./vectors/socket_packets.json" with { type: "json" };

const ROUNDS = 50_000;

const FRAGMENTS = [
  ...'0123456789-/,[]{}":b \\\x1e',
  "450-",
  "51-",
  "/x,",
  '["a"]',
  '"a",',
  '{"_placeholder":true,"num":0}',
  '"__proto__":',
  "null",
  "1e3",
  "\ud83e",
];

/** Text with one to three changes. */
function mutate(text: string, random: Random): string {
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(text.length + 1);
    switch (random.below(6)) {
      case 0:
        text = text.slice(0, at);
        break;
      case 1:
        text = text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at);
        break;
      case 2:
        text = text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at + 1);
        break;
      case 3:
        text = text.slice(0, at) + text.slice(at + 1 + random.below(4));
        break;
      case 4:
        text = text.slice(at) + text.slice(0, at);
        break;
      default:
        text = text.slice(0, at) + random.pick(vectors).text + text.slice(at);
    }
  }
  return text;
}

/** Bytes with one to three changes; the length is kept, the bits are not. */
function corrupt(bytes: Uint8Array, random: Random): void {
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(bytes.length);
    switch (random.below(3)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes[at]! ^= 1 << random.below(8);
        break;
      default:
        bytes.copyWithin(at, random.below(bytes.length));
    }
  }
}

/** Runs something on hostile input: what it throws must be a `ProtocolError`. */
function survives(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** Fuzzes, and makes sure that both ends were seen and that nothing has leaked into prototypes. */
function fuzz(round: (random: Random, check: (packet: Packet) => void) => boolean): () => void {
  return randomly((random) => {
    const before = [Object.prototype, Array.prototype].map(Reflect.ownKeys);
    let packets = 0;
    let refused = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const fine = round(random, (packet) => {
        assert(isValid(packet) && packet.nsp.startsWith("/"));
        assert(packet.type !== PacketType.BINARY_EVENT && packet.type !== PacketType.BINARY_ACK);
        packets++;
      });
      if (!fine) refused++;
    }
    assertEquals([Object.prototype, Array.prototype].map(Reflect.ownKeys), before);
    assert(packets > ROUNDS / 100 && refused > ROUNDS / 100, `${packets} read, ${refused} refused`);
  });
}

Deno.test(
  "Decoder lets nothing but a ProtocolError out of messages that are cut, swapped and changed",
  fuzz((random, check) => {
    const decoder = new Decoder().on("decoded", check);
    const { text, attachments = [] } = random.pick(vectors);
    const messages: (string | Uint8Array)[] = [
      random.below(5) === 0 ? text : mutate(text, random),
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
    return survives(() => messages.forEach((message) => decoder.add(message)));
  }),
);

Deno.test(
  "decodePayload() and Decoder let nothing but a ProtocolError out of corrupt bodies",
  fuzz((random, check) => {
    const data = ["a", random.value("given", 2), random.value("given", 2)];
    const packet: Packet = { type: PacketType.EVENT, nsp: random.pick(["/", "/admin"]), data };
    const body = new TextEncoder().encode(messageFrame(new Encoder().encode(packet), true).payload);
    if (random.below(4) > 0) corrupt(body, random);
    const text = new TextDecoder().decode(body.subarray(0, body.length - random.below(3)));
    const decoder = new Decoder().on("decoded", check);
    return survives(() => {
      for (const { type, data } of decodePayload(text)) {
        if (type === "message") decoder.add(data);
      }
    });
  }),
);
