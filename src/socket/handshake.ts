import type { Untyped } from "../base/events.ts";
import type { HandshakeRequest, HeaderRecord, Query } from "../engine/handshake.ts";

/** What a client sends along when it connects: an object without prototype. */
export type Auth = Record<string, Untyped>;

/** How a socket came to be. */
export interface Handshake {
  /** The headers of the connection's first request, with names in lower case. */
  headers: HeaderRecord;
  /** When the socket was made, as a string. */
  time: string;
  /** The client's IP address, `""` if the runtime cannot tell. */
  address: string;
  /** Whether the first request named an origin. */
  xdomain: boolean;
  /** Whether the first request came over TLS. */
  secure: boolean;
  /** When the socket was made, in milliseconds since 1970. */
  issued: number;
  /** Path and query of the first request. */
  url: string;
  /** Its query parameters, in an object without prototype. */
  query: Query;
  /** What the client sent along as `auth`, in an object without prototype. */
  auth: Auth;
}

/** Describes how a socket came to be. */
export function describeHandshake(
  request: HandshakeRequest,
  auth: Auth | undefined,
  issued: number,
): Handshake {
  const { headers, address, secure, query, url } = request;
  // Past the scheme and the host.
  const path = url.indexOf("/", url.indexOf("//") + 2);
  return {
    headers,
    time: String(new Date(issued)),
    address,
    xdomain: headers.origin !== undefined,
    secure,
    issued,
    url: path < 0 ? "/" : url.slice(path),
    query,
    auth: auth ?? Object.create(null),
  };
}
