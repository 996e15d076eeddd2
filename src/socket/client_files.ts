import { chooseEncoding } from "../engine/http/accept_encoding.ts";
import { encodedResponse } from "../engine/http/encoded_response.ts";
import { parseQuery } from "../engine/handshake.ts";
import { fromBase64 } from "../wire/base64.ts";

/** The version of the official client whose bundles are served. */
export const CLIENT_VERSION = "4.8.4";

type Load = () => Promise<{ default: string }>;

/** A bundle as it is stored, the smallest form first. All are there as gzip. */
interface Forms {
  readonly br?: Load;
  readonly gzip: Load;
}

// Loaded when they are first asked for: most servers never serve most of them.
const FILES: ReadonlyMap<string, Forms> = new Map<string, Forms>([
  ["socket.io.js", {
    br: () => import("./client_files/socket.io.js.br.ts"),
    gzip: () => import("./client_files/socket.io.js.gz.ts"),
  }],
  ["socket.io.js.map", { gzip: () => import("./client_files/socket.io.js.map.gz.ts") }],
  ["socket.io.min.js", {
    br: () => import("./client_files/socket.io.min.js.br.ts"),
    gzip: () => import("./client_files/socket.io.min.js.gz.ts"),
  }],
  ["socket.io.min.js.map", { gzip: () => import("./client_files/socket.io.min.js.map.gz.ts") }],
  ["socket.io.esm.min.js", {
    br: () => import("./client_files/socket.io.esm.min.js.br.ts"),
    gzip: () => import("./client_files/socket.io.esm.min.js.gz.ts"),
  }],
  ["socket.io.esm.min.js.map", {
    gzip: () => import("./client_files/socket.io.esm.min.js.map.gz.ts"),
  }],
  ["socket.io.msgpack.min.js", {
    br: () => import("./client_files/socket.io.msgpack.min.js.br.ts"),
    gzip: () => import("./client_files/socket.io.msgpack.min.js.gz.ts"),
  }],
  ["socket.io.msgpack.min.js.map", {
    gzip: () => import("./client_files/socket.io.msgpack.min.js.map.gz.ts"),
  }],
]);

// Whoever asks for `?v=` and the version gets the same bytes for ever; a later version is another URL.
const FOR_EVER = "public, max-age=31536000, immutable";
const TO_BE_ASKED_FOR = "public, max-age=0";
const ETAG = `"${CLIENT_VERSION}"`;
const loaded = new Map<Load, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * Answers a request for a browser bundle of the official client; `undefined` if it is for something else.
 *
 * @param name the part of the path behind the server's
 */
export function clientFile(name: string, request: Request): Promise<Response> | undefined {
  const forms = FILES.get(name);
  if (forms === undefined) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  return answer(name, forms, request);
}

async function answer(name: string, forms: Forms, request: Request): Promise<Response> {
  const headers = new Headers({
    "cache-control": isVersioned(request) ? FOR_EVER : TO_BE_ASKED_FOR,
    "etag": ETAG,
    "vary": "Accept-Encoding",
  });
  if (isKnown(request.headers.get("if-none-match"))) {
    return new Response(null, { status: 304, headers });
  }
  const kind = name.endsWith(".map") ? "json" : "javascript";
  headers.set("content-type", `application/${kind}; charset=utf-8`);
  const offered = Object.keys(forms) as (keyof Forms)[];
  const encoding = chooseEncoding(request.headers.get("accept-encoding"), offered);
  if (encoding !== undefined) headers.set("content-encoding", encoding);
  if (request.method === "HEAD") return new Response(null, { headers });
  if (encoding !== undefined) return encodedResponse(await load(forms[encoding]!), headers);
  const stored = new Blob([await load(forms.gzip)]).stream();
  return new Response(stored.pipeThrough(new DecompressionStream("gzip")), { headers });
}

function load(form: Load): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = loaded.get(form);
  if (bytes === undefined) {
    bytes = form().then((module) => fromBase64(module.default));
    loaded.set(form, bytes);
  }
  return bytes;
}

function isVersioned(request: Request): boolean {
  return parseQuery(request.url).v === CLIENT_VERSION;
}

function isKnown(ifNoneMatch: string | null): boolean {
  return ifNoneMatch?.split(",").some((tag) => {
    const trimmed = tag.trim();
    return trimmed === "*" || trimmed === ETAG || trimmed === `W/${ETAG}`;
  }) ?? false;
}
