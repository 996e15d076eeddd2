import type { Peer } from "../channel.ts";
import { isInRange, parseIp, parseRanges } from "./ip_range.ts";

/** Whether a proxy is believed: by its address, and by how many others are between it and the server. */
export type Trust = (address: string, hop: number) => boolean;

/** The `trustProxy` option. */
export type TrustProxy = boolean | number | string | readonly string[] | Trust;

/** Who sent a request. */
export interface Sender {
  /** IP address, `""` if unknown. */
  readonly address: string;
  /** Whether it came over TLS. */
  readonly secure: boolean;
}

// What a proxy says of the request it got; the nearest proxy first.
interface Hop {
  readonly address: string | undefined;
  readonly proto: string | undefined;
}

/**
 * Checks the `trustProxy` option.
 *
 * @throws {TypeError} if it is of the wrong kind, or names what is no address
 * @throws {RangeError} if it is no possible number of proxies
 */
export function resolveTrust(option: TrustProxy): Trust | undefined {
  if (option === false || option === 0) return undefined;
  if (option === true) return () => true;
  if (typeof option === "function") return option;
  if (typeof option === "number") {
    if (Number.isInteger(option) && option > 0) return (_, hop) => hop < option;
    throw new RangeError(`trustProxy must be a number of proxies from 0, got ${option}`);
  }
  const names = typeof option === "string" ? option.split(",") : option;
  if (!Array.isArray(names) || names.some((it) => typeof it !== "string")) {
    throw new TypeError(
      "trustProxy must be true, false, a number, addresses as text or a list, or a function",
    );
  }
  const ranges = names.flatMap((it) => parseRanges(it.trim()));
  return (address) => {
    const ip = parseIp(address);
    return ip !== undefined && ranges.some((it) => isInRange(ip, it));
  };
}

/**
 * Finds out who sent a request.
 *
 * @param peer who the runtime says it came from
 * @param trust which proxies are believed, if any
 */
export function senderOf(request: Request, peer: Peer, trust: Trust | undefined): Sender {
  const secure = request.url.startsWith("https:") || request.url.startsWith("wss:");
  const sender = { address: peer.address, secure };
  return trust === undefined ? sender : senderBehindProxies(request.headers, sender, trust);
}

/**
 * Finds out who sent a request that came through proxies, by `X-Forwarded-For` and `X-Forwarded-Proto`, or `Forwarded`.
 *
 * Each proxy is asked only if all that are nearer are trusted, so what a client writes into these headers itself is not
 * believed. A proxy that sets one kind hands the other on as the client has written it: of two kinds that do not agree,
 * neither is.
 */
function senderBehindProxies(headers: Headers, peer: Sender, trust: Trust): Sender {
  const kinds: Iterable<Hop>[] = [];
  if (headers.has("x-forwarded-for") || headers.has("x-forwarded-proto")) {
    kinds.push(xForwarded(headers));
  }
  if (headers.has("forwarded")) kinds.push(forwarded(headers));
  const [sender, other] = kinds.map((hops) => follow(hops, peer, trust));
  if (sender === undefined) return peer;
  const agree = other === undefined ||
    (other.address === sender.address && other.secure === sender.secure);
  return agree ? sender : peer;
}

function follow(hops: Iterable<Hop>, peer: Sender, trust: Trust): Sender {
  let sender = peer;
  let passed = 0;
  for (const { address, proto } of hops) {
    if (!trust(sender.address, passed++)) break;
    const secure = proto === undefined ? sender.secure : /^(https|wss)$/i.test(proto);
    sender = { address: address ?? sender.address, secure };
    // It does not want to tell, or cannot.
    if (address === undefined) break;
  }
  return sender;
}

// Read hop by hop: a client may send thousands that nobody asks for.
function* xForwarded(headers: Headers): Generator<Hop> {
  const addresses = items(headers.get("x-forwarded-for"));
  const protos = items(headers.get("x-forwarded-proto"));
  // A proxy in front of others may be the only one to tell of the scheme.
  const count = Math.max(addresses.length, 1);
  for (let i = 0; i < count; i++) {
    yield { address: addressIn(addresses[i] ?? ""), proto: protos[i] ?? protos.at(-1) };
  }
}

function* forwarded(headers: Headers): Generator<Hop> {
  for (const element of items(headers.get("forwarded"))) {
    const parameters = new Map<string, string>();
    for (const pair of element.split(";")) {
      const [name = "", value = ""] = pair.split("=", 2);
      parameters.set(name.trim().toLowerCase(), value.trim().replaceAll('"', ""));
    }
    yield { address: addressIn(parameters.get("for") ?? ""), proto: parameters.get("proto") };
  }
}

// Each proxy has added its own at the end.
function items(header: string | null): string[] {
  return header === null ? [] : header.split(",").map((it) => it.trim()).reverse();
}

// Some proxies add the port.
function addressIn(text: string): string | undefined {
  let address = text;
  if (text.startsWith("[")) address = text.slice(1).split("]", 1)[0]!;
  else if (text.includes(".") && text.split(":").length === 2) address = text.split(":", 1)[0]!;
  return parseIp(address) === undefined ? undefined : address;
}
