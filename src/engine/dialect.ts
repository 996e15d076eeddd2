import { ProtocolError } from "../base/errors.ts";
import { decodePacket, decodePayload, joinPayload, type Packet } from "../wire/engine_packet.ts";
import type { Frame } from "../wire/frame.ts";
import { dialectV3 } from "./dialect_v3.ts";
import { type Asked, parseAsked, parseQuery } from "./handshake.ts";

/** A revision of the Engine.IO protocol. */
export type Revision = 3 | 4;

/** How a client reads and writes: by its revision of the protocol, and by what it can take. */
export interface Dialect {
  /** The revision. */
  readonly revision: Revision;
  /** What payloads are; an answer can begin before its packets are known unless they are `"either"`. */
  readonly payloads: "text" | "bytes" | "either";
  /** Writes a frame as WebSocket frames. */
  parts(frame: Frame): readonly (string | Uint8Array<ArrayBuffer>)[];
  /** Writes frames as the answer to a GET. */
  payload(frames: readonly Frame[]): string | Uint8Array<ArrayBuffer>;
  /**
   * Reads a WebSocket frame.
   *
   * @throws {ProtocolError} if it is no packet
   */
  packet(data: string | Uint8Array): Packet;
  /**
   * Reads the body of a POST, one packet after the other.
   *
   * @throws {ProtocolError} at what is no packet
   */
  packets(body: string | Uint8Array): Iterable<Packet>;
}

/** The revision that a request names; those before 4 are alike. */
export function revisionOf(query: Asked): Revision {
  return query.EIO === "4" ? 4 : 3;
}

/** The dialect of a request. */
export function dialectOf(request: Pick<Request, "url" | "headers">): Dialect {
  const { url } = request;
  // The rest of the query matters to few, who name it, perhaps as nobody else writes it.
  const isPlain = !url.includes("b64") && !url.includes("%");
  if (isPlain && revisionOf(parseAsked(url)) === 4) return CURRENT;
  const query = parseQuery(url);
  if (revisionOf(query) === 3) return dialectV3(query, request.headers);
  return "b64" in query ? TEXT_ONLY : CURRENT;
}

const CURRENT: Dialect = {
  revision: 4,
  payloads: "text",
  parts: (frame) => frame.parts,
  payload: (frames) =>
    frames.length === 1 ? frames[0]!.payload : joinPayload(frames.map((it) => it.payload)),
  packet: decodePacket,
  packets(body) {
    if (typeof body !== "string") throw new ProtocolError("invalid content");
    return decodePayload(body);
  },
};

const TEXT_ONLY: Dialect = { ...CURRENT, parts: (frame) => frame.base64Parts };
