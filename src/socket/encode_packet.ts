import { type Frame, messageFrame, textFrame } from "../wire/frame.ts";
import type { PacketEncoder } from "../wire/parser.ts";
import type { Packet } from "../wire/socket_packet.ts";

/** Writes a packet for one client: as the text of a message where that will do, which saves the frame. */
export function encodePacket(
  encoder: PacketEncoder,
  packet: Packet,
  compress: boolean,
): string | Frame {
  return encoder.encodeMessage?.(packet) ?? messageFrame(encoder.encode(packet), compress);
}

/** Writes a packet for many. */
export function encodeForMany(encoder: PacketEncoder, packet: Packet, compress: boolean): Frame {
  const text = encoder.encodeMessage?.(packet);
  return text === undefined
    ? messageFrame(encoder.encode(packet), compress, true)
    : textFrame(text, compress, true);
}
