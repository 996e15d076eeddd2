import {
  decodeBinaryPayloadV3,
  decodePacketV3,
  decodePayloadV3,
} from "../wire/engine_packet_v3.ts";
import { joinBytes } from "../wire/bytes.ts";
import { frameV3 } from "../wire/frame_v3.ts";
import type { Dialect } from "./dialect.ts";
import type { Query } from "./handshake.ts";
import { jsonp } from "./jsonp.ts";

/** The dialect of a client of Engine.IO 3. */
export function dialectV3(query: Query): Dialect {
  if (query.j !== undefined) return jsonp(TEXT_ONLY, query.j);
  return "b64" in query ? TEXT_ONLY : BINARY;
}

const BINARY: Dialect = {
  revision: 3,
  textOnly: false,
  parts: (frame) => frameV3(frame).parts,
  payload(frames) {
    const forms = frames.map(frameV3);
    // Clients before 2.0 count the length of a text in bytes, later ones in UTF-16 units: here they agree.
    return forms.every((it) => it.isAscii)
      ? forms.map((it) => it.payload).join("")
      : joinBytes(forms.map((it) => it.binaryPayload));
  },
  packet: decodePacketV3,
  packets: (body) => typeof body === "string" ? decodePayloadV3(body) : decodeBinaryPayloadV3(body),
};

const TEXT_ONLY: Dialect = {
  ...BINARY,
  textOnly: true,
  parts: (frame) => frameV3(frame).base64Parts,
  payload: (frames) => frames.map((it) => frameV3(it).payload).join(""),
};
