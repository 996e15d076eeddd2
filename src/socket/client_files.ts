import { chooseEncoding } from "../engine/accept_encoding.ts";
import { encodedResponse } from "../engine/encoded_response.ts";
import { parseQuery } from "../engine/handshake.ts";
import { fromBase64 } from "../wire/base64.ts";

/** The version of the official client whose bundles are served. */
export const CLIENT_VERSION = "4.8.4";

type BundleModule = { default: string };

// Loaded when they are first asked for: most servers never serve most of them.
const FILES: ReadonlyMap<string, () => Promise<BundleModule>> = new Map([
  ["socket.io.js", () => import("./client_files/socket.io.js.ts")],
  ["socket.io.js.map", () => import("./client_files/socket.io.js.map.ts")],
  ["socket.io.min.js", () => import("./client_files/socket.io.min.js.ts")],
  ["socket.io.min.js.map", () => import("./client_files/socket.io.min.js.map.ts")],
  ["socket.io.esm.min.js", () => import("./client_files/socket.io.esm.min.js.ts")],
  ["socket.io.esm.min.js.map", () => import("./client_files/socket.io.esm.min.js.map.ts")],
  ["socket.io.msgpack.min.js", () => import("./client_files/socket.io.msgpack.min.js.ts")],
  ["socket.io.msgpack.min.js.map", () => import("./client_files/socket.io.msgpack.min.js.map.ts")],
]);

// Whoever asks for `?v=` and the version gets the same bytes for ever; a later version is another URL.
const FOR_EVER = "public, max-age=31536000, immutable";
const TO_BE_ASKED_FOR = "public, max-age=0";
const ETAG = `"${CLIENT_VERSION}"`;
const loaded = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * Answers a request for a browser bundle of the official client; `undefined` if it is for something else.
 *
 * @param name the part of the path behind the server's
 */
export function clientFile(name: string, request: Request): Promise<Response> | undefined {
  if (!FILES.has(name)) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  return answer(name, request);
}

async function answer(name: string, request: Request): Promise<Response> {
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
  const gzipped = chooseEncoding(request.headers.get("accept-encoding"), ["gzip"]) !== undefined;
  if (gzipped) headers.set("content-encoding", "gzip");
  if (request.method === "HEAD") return new Response(null, { headers });
  const bytes = await load(name);
  if (gzipped) return encodedResponse(bytes, headers);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain, { headers });
}

function load(name: string): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = loaded.get(name);
  if (bytes === undefined) {
    bytes = FILES.get(name)!().then((module) => fromBase64(module.default));
    loaded.set(name, bytes);
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
