import type { Revision } from "./dialect.ts";
import { adoptLocals, type Locals } from "./http/locals.ts";
import type { TransportName } from "./transport.ts";
import type { Sender } from "./guards/trust_proxy.ts";

/** The parameters of a URL's query. Of a parameter given twice, the last counts. */
export type Query = Record<string, string>;

/** A request's headers with names in lower case. */
export type HeaderRecord = Record<string, string>;

/**
 * What is kept of a session's first request. It is copied, since some runtimes take the request away when they turn it
 * into a WebSocket; as text, since that takes a fraction of the memory, and few ask for it.
 */
export class HandshakeRequest implements Sender {
  /** The whole URL. */
  readonly url: string;
  readonly address: string;
  readonly secure: boolean;
  /** The revision of the protocol. */
  readonly revision: Revision;
  /** The transport it asked for. */
  readonly transport: TransportName;
  /** What those who handled it have found out. */
  locals: Locals | undefined;
  /** Names and values, one to a line. */
  readonly #headers: string;

  constructor(
    url: string,
    request: Pick<Request, "headers">,
    sender: Sender,
    revision: Revision,
    transport: TransportName,
  ) {
    this.url = url;
    this.address = sender.address;
    this.secure = sender.secure;
    this.revision = revision;
    this.transport = transport;
    const lines: string[] = [];
    request.headers.forEach((value, name) => void lines.push(name, value));
    this.#headers = lines.join("\n");
  }

  /** A copy of its query. */
  get query(): Query {
    return parseQuery(this.url);
  }

  /** A copy of its headers. It has no prototype. */
  get headers(): HeaderRecord {
    const headers: HeaderRecord = Object.create(null);
    const lines = this.#headers.split("\n");
    for (let i = 0; i + 1 < lines.length; i += 2) headers[lines[i]!] = lines[i + 1]!;
    return headers;
  }
}

/** A request like the first one, without a body. */
export function requestLike({ url, headers, locals }: HandshakeRequest): Request {
  const request = new Request(url, { headers });
  if (locals !== undefined) adoptLocals(request, locals);
  return request;
}

/**
 * The URL of a request, whole in any case: Bun gives the bare path where the client sent no proper `Host`. `undefined` if
 * what the client sent makes no URL.
 */
export function urlOf(request: Pick<Request, "url">): URL | undefined {
  try {
    return new URL(request.url, "http://localhost");
  } catch {
    return undefined;
  }
}

// Scheme and host of the last URL that was written as `URL` does it: all clients name the same, as a rule.
let usual: string | undefined;
// Behind these, what `URL` leaves as it is.
const WRITTEN = /^https?:\/\/[^/?#]+(?:\/(?!\.)[\w~.:-]*)+(?:\?[\w&=.~*%+-]*)?$/;

/** The URL of a request exactly as `URL` writes it; `undefined` if what the client sent makes none. */
export function hrefOf(request: Pick<Request, "url">): string | undefined {
  const { url } = request;
  if (usual !== undefined && url.startsWith(usual) && WRITTEN.test(url)) return url;
  const whole = urlOf(request);
  if (whole === undefined) return undefined;
  const start = `${whole.origin}/`;
  if (url.startsWith(start)) usual = start;
  return whole.href;
}

// The last address that is its own path by any way of reading it, with its "?": all clients name the same, as a rule.
let usualAddress: string | undefined;
let usualPath = "";
// What is such an address.
const PLAIN = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?(?:\/(?!\.)[\w~.:-]*)+$/;
const SCHEME = "http://".length + 1;

/**
 * The path of a request's URL, `""` if it depends on who reads it. Runtimes put together what the client sent: with a
 * Host of `x?`, or with dots, `URL` sees another path than the one that stands there. Applications guard theirs by the
 * one or the other, and what they do not see must not be answered.
 */
export function pathOf(request: Pick<Request, "url">): string {
  const { url } = request;
  if (usualAddress !== undefined && url.startsWith(usualAddress)) return usualPath;
  const end = url.indexOf("?");
  const address = end < 0 ? url : url.slice(0, end);
  // Nearly all are: it takes a tenth of the time.
  if (PLAIN.test(address)) {
    const path = address.slice(address.indexOf("/", SCHEME));
    if (end >= 0) [usualAddress, usualPath] = [`${address}?`, path];
    return path;
  }
  const path = writtenPath(url);
  return urlOf(request)?.pathname === path ? path : "";
}

function writtenPath(url: string): string {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2);
  if (start < 0) return "/";
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

/** Reads the query of a URL. The result has no prototype, so that no parameter can name a member of one. */
export function parseQuery(url: string): Query {
  const query: Query = Object.create(null);
  const hash = url.indexOf("#");
  const address = hash < 0 ? url : url.slice(0, hash);
  const start = address.indexOf("?");
  if (start < 0) return query;
  const text = address.slice(start + 1);
  if (ENCODED.test(text)) {
    for (const [key, value] of new URLSearchParams(text)) query[key] = value;
    return query;
  }
  // The client's own parameters are plain, and are read with each request.
  for (let at = 0, end = 0; at < text.length; at = end + 1) {
    end = text.indexOf("&", at);
    if (end < 0) end = text.length;
    const equals = text.indexOf("=", at);
    if (equals >= 0 && equals < end) query[text.slice(at, equals)] = text.slice(equals + 1, end);
    else if (end > at) query[text.slice(at, end)] = "";
  }
  return query;
}

/** What decides about a request: the parameters that every client sends. */
export interface Asked {
  /** The transport it is for. */
  readonly transport?: string | undefined;
  /** The revision of the protocol. */
  readonly EIO?: string | undefined;
  /** The session that it belongs to. */
  readonly sid?: string | undefined;
}

/**
 * Reads these parameters alone, in half the time: the many requests that poll have no others of interest. One without
 * `=` is none.
 */
export function parseAsked(url: string): Asked {
  const start = url.indexOf("?") + 1;
  const text = url.slice(start);
  if (start === 0 || ENCODED.test(text) || url.includes("#")) return parseQuery(url);
  let transport: string | undefined;
  let EIO: string | undefined;
  let sid: string | undefined;
  for (let at = 0, end = 0; at < text.length; at = end + 1) {
    end = text.indexOf("&", at);
    if (end < 0) end = text.length;
    if (text.startsWith("transport=", at)) transport = text.slice(at + "transport=".length, end);
    else if (text.startsWith("EIO=", at)) EIO = text.slice(at + "EIO=".length, end);
    else if (text.startsWith("sid=", at)) sid = text.slice(at + "sid=".length, end);
  }
  return { transport, EIO, sid };
}

const ENCODED = /[^\w&=.~*-]/;
