import { revisionOf } from "./dialect.ts";
import type { Asked } from "./handshake.ts";
import { ERRORS, type Refusal, refuse } from "./http/refusal.ts";
import type { Session } from "./session.ts";
import { type TransportName, UPGRADES } from "./transport.ts";

/** The options that decide about requests. */
export interface VerifyOptions {
  /** The transports that clients may use. */
  readonly transports: readonly TransportName[];
  /** Whether they may move from one to another. */
  readonly allowUpgrades: boolean;
  /** Whether clients of Engine.IO 3 are let in. */
  readonly allowEIO3: boolean;
}

/** A request, and what decides about it beside its method and headers. */
export interface Candidate {
  /** The request. */
  readonly request: Request;
  /** What its query asks for. */
  readonly query: Asked;
  /** Whether it asks to become a WebSocket. */
  readonly upgrade: boolean;
}

/** What to do with a request: make a session, hand it to one, or refuse it. */
export type Verdict =
  | { readonly kind: "open"; readonly transport: TransportName }
  | { readonly kind: "continue"; readonly session: Session }
  | { readonly kind: "refuse"; readonly refusal: Refusal };

/** One of the words of a `Connection` header. */
const UPGRADE = /(?:^|,)\s*upgrade\s*(?:,|$)/i;
const HINT = "Clients of Socket.IO can connect here, a bare WebSocket cannot";

/** Decides about a request without side effects. */
export function verify(
  candidate: Candidate,
  { transports, allowUpgrades, allowEIO3 }: VerifyOptions,
  sessions: ReadonlyMap<string, Session>,
): Verdict {
  const { request, query, upgrade } = candidate;
  const transport = transportOf(query, transports);
  if (transport === undefined) {
    // Every client names both: this is a browser's address bar, or a bare WebSocket.
    const stranger = query.transport === undefined && query.EIO === undefined;
    return refused(ERRORS.UNKNOWN_TRANSPORT, {
      transport: query.transport,
      ...(stranger ? { hint: HINT } : {}),
    });
  }
  // Where a poll comes from was seen when its session was opened; its headers are best left unread.
  const origin = query.sid && !upgrade ? null : request.headers.get("origin");
  if (origin !== null && !isHeaderText(origin)) {
    return refused(ERRORS.BAD_REQUEST, { name: "INVALID_ORIGIN", origin });
  }
  const protocol = revisionOf(query);
  if (upgrade && (transport !== "websocket" || !isWebSocketRequest(request))) {
    return refused(ERRORS.BAD_REQUEST, { name: "TRANSPORT_HANDSHAKE_ERROR" });
  }

  if (query.sid) {
    const session = sessions.get(query.sid);
    if (session === undefined) return refused(ERRORS.UNKNOWN_SID, { sid: query.sid });
    const previousTransport = session.transport.name;
    const fits = upgrade
      ? allowUpgrades && UPGRADES[previousTransport].includes(transport) && !session.upgrading
      : previousTransport === transport && transport === "polling";
    if (!fits) {
      return refused(ERRORS.BAD_REQUEST, {
        name: "TRANSPORT_MISMATCH",
        transport,
        previousTransport,
      });
    }
    if (session.protocol !== protocol) {
      return refused(ERRORS.BAD_REQUEST, {
        name: "PROTOCOL_MISMATCH",
        protocol,
        previousProtocol: session.protocol,
      });
    }
    return { kind: "continue", session };
  }

  const { method } = request;
  if (method !== "GET") return refused(ERRORS.BAD_HANDSHAKE_METHOD, { method });
  if (transport === "websocket" && !upgrade) {
    return refused(ERRORS.BAD_REQUEST, { name: "TRANSPORT_HANDSHAKE_ERROR" });
  }
  if (protocol === 3 && !allowEIO3) {
    return refused(ERRORS.UNSUPPORTED_PROTOCOL_VERSION, { protocol });
  }
  return { kind: "open", transport };
}

/** Tells whether a request asks to become a WebSocket, well-formed or not. */
export function asksForWebSocket(request: Request, query: Asked): boolean {
  // The many polls of a session do not; to read the headers of each would take longer than all the rest.
  if (query.sid && query.transport === "polling") return false;
  // Other protocols are offered in the same header, h2c by Java's client for example.
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

// One of the names that are there anyway: that in the query would be kept with the session.
function transportOf(
  query: Asked,
  transports: readonly TransportName[],
): TransportName | undefined {
  const names: readonly (string | undefined)[] = transports;
  return transports[names.indexOf(query.transport)];
}

function refused(code: Refusal["code"], context: Record<string, unknown>): Verdict {
  return { kind: "refuse", refusal: refuse(code, context) };
}

// The runtimes differ in what they let through (Deno takes version 8, and throws without a key).
function isWebSocketRequest({ method, headers }: Request): boolean {
  const connection = headers.get("connection");
  return method === "GET" &&
    // Bun's own requests and some proxies leave the header out.
    (connection === null || UPGRADE.test(connection)) &&
    headers.get("sec-websocket-version") === "13" &&
    headers.get("sec-websocket-key")?.length === 24;
}

function isHeaderText(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 32 && code !== 9) || code === 127 || code > 255) return false;
  }
  return true;
}
