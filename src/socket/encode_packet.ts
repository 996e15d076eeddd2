import { type Frame, messageFrame, textFrame } from "../wire/frame.ts";
import type { PacketEncoder } from "../wire/parser.ts";
import { type Packet, packetOf, type PacketType } from "../wire/socket_packet.ts";

/** Writes a packet for one client: as the text of a message where that will do, which saves the frame. */
export function encodePacket(
  encoder: PacketEncoder,
  { type, nsp, id, data }: Packet,
  compress: boolean,
): string | Frame {
  return encodeMembers(encoder, type, nsp, id, data, compress);
}

/** As {@linkcode encodePacket}, with the members of a packet that itself is hardly ever needed. */
export function encodeMembers(
  encoder: PacketEncoder,
  type: PacketType,
  nsp: string,
  id: number | undefined,
  data: unknown,
  compress: boolean,
): string | Frame {
  return encoder.encodeMessage?.(type, nsp, id, data) ??
    messageFrame(encoder.encode(packetOf(type, nsp, id, data)), compress);
}

/** Writes a packet for many. */
export function encodeForMany(encoder: PacketEncoder, packet: Packet, compress: boolean): Frame {
  const text = encoder.encodeMessage?.(packet.type, packet.nsp, packet.id, packet.data);
  return text === undefined
    ? messageFrame(encoder.encode(packet), compress, true)
    : textFrame(text, compress, true);
}
