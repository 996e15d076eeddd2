import type { Revision } from "./dialect.ts";
import { adoptLocals, type Locals } from "./locals.ts";
import type { TransportName } from "./transport.ts";

/** The parameters of a URL's query. Of a parameter given twice, the last counts. */
export type Query = Record<string, string>;

/** A request's headers with names in lower case. */
export type HeaderRecord = Record<string, string>;

/**
 * What is kept of a session's first request. It is copied, since some runtimes take the request away when they turn it
 * into a WebSocket.
 */
export interface HandshakeRequest {
  /** The whole URL. */
  readonly url: string;
  /** Its query. */
  readonly query: Query;
  /** Its headers. */
  readonly headers: HeaderRecord;
  /** The client's IP address, `""` if unknown. */
  readonly address: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** The revision of the protocol. */
  readonly revision: Revision;
  /** The transport it asked for. */
  readonly transport: TransportName;
  /** What those who handled it have found out. */
  readonly locals: Locals | undefined;
}

/** A request like the first one, without a body. */
export function requestLike({ url, headers, locals }: HandshakeRequest): Request {
  const request = new Request(url, { headers });
  if (locals !== undefined) adoptLocals(request, locals);
  return request;
}

/** The URL of a request, whole in any case: Bun gives the bare path where the client sent an empty `Host`. */
export function urlOf(request: Request): URL {
  return new URL(request.url, "http://localhost");
}

/** The path of a request's URL. */
export function pathOf({ url }: Request): string {
  const host = url.indexOf("//") + 2;
  const start = url.startsWith("/") ? 0 : url.indexOf("/", host);
  if (start < 0) return "/";
  const end = url.indexOf("?", start);
  const path = end < 0 ? url.slice(start) : url.slice(start, end);
  const hash = path.indexOf("#");
  return hash < 0 ? path : path.slice(0, hash);
}

/** Reads the query of a URL. The result has no prototype, so that no parameter can name a member of one. */
export function parseQuery(url: string): Query {
  const query: Query = Object.create(null);
  const [address = ""] = url.split("#", 1);
  const start = address.indexOf("?");
  if (start < 0) return query;
  const text = address.slice(start + 1);
  if (ENCODED.test(text)) {
    for (const [key, value] of new URLSearchParams(text)) query[key] = value;
    return query;
  }
  // The client's own parameters are plain, and are read with each request.
  for (const pair of text.split("&")) {
    const equals = pair.indexOf("=");
    if (equals >= 0) query[pair.slice(0, equals)] = pair.slice(equals + 1);
    else if (pair !== "") query[pair] = "";
  }
  return query;
}

const ENCODED = /[^\w&=.~*-]/;

/** Copies headers. The result has no prototype. */
export function copyHeaders(headers: Headers): HeaderRecord {
  const copy: HeaderRecord = Object.create(null);
  for (const [name, value] of headers) copy[name] = value;
  return copy;
}
