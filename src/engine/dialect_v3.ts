import {
  decodeBinaryPayloadV3,
  decodePacketV3,
  decodePayloadV3,
} from "../wire/engine_packet_v3.ts";
import { joinBytes } from "../wire/bytes.ts";
import { frameV3 } from "../wire/frame_v3.ts";
import type { Dialect } from "./dialect.ts";
import type { Query } from "./handshake.ts";
import { jsonp } from "./http/jsonp.ts";

/** The dialect of a client of Engine.IO 3. */
export function dialectV3(query: Query, headers: Headers): Dialect {
  if (query.j !== undefined) return jsonp(TEXT_ONLY, query.j);
  if ("b64" in query) return TEXT_ONLY;
  return headers.get("user-agent")?.startsWith("Mozilla/") ? BROWSER : MIXED;
}

const MIXED: Dialect = {
  revision: 3,
  payloads: "either",
  parts: (frame) => frameV3(frame).parts,
  payload(frames) {
    const binary = frames.some((it) => frameV3(it).isBinary);
    return (binary ? BROWSER : TEXT_ONLY).payload(frames);
  },
  packet: decodePacketV3,
  packets: (body) => typeof body === "string" ? decodePayloadV3(body) : decodeBinaryPayloadV3(body),
};

const TEXT_ONLY: Dialect = {
  ...MIXED,
  payloads: "text",
  parts: (frame) => frameV3(frame).base64Parts,
  payload: (frames) => frames.map((it) => frameV3(it).payload).join(""),
};

// In browsers, clients before 2.0 read texts as bytes, or nothing but bytes. Later ones read both.
const BROWSER: Dialect = {
  ...MIXED,
  payloads: "bytes",
  payload: (frames) => joinBytes(frames.map((it) => frameV3(it).binaryPayload)),
};
