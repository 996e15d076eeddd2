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
  parts: (frame) => frameV3(frame).parts,
  payload(frames, asText) {
    const forms = frames.map(frameV3);
    return !asText && forms.some((it) => it.isBinary)
      ? joinBytes(forms.map((it) => it.binaryPayload))
      : forms.map((it) => it.payload).join("");
  },
  packet: decodePacketV3,
  packets: (body) => typeof body === "string" ? decodePayloadV3(body) : decodeBinaryPayloadV3(body),
};

const TEXT_ONLY: Dialect = {
  ...BINARY,
  parts: (frame) => frameV3(frame).base64Parts,
  payload: (frames) => BINARY.payload(frames, true),
};
