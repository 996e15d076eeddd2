import { shown } from "../../base/checks.ts";
import { parseQuery, urlOf } from "../handshake.ts";
import { ERRORS, type Refusal, refuse } from "../http/refusal.ts";

/** Decides whether a client may connect from an origin; it is `undefined` for clients outside of browsers. */
export type OriginCheck = (
  origin: string | undefined,
  request: Request,
) => boolean | Promise<boolean>;

/** The `origins` option. */
export type Origins = "*" | "same" | readonly (string | RegExp)[] | OriginCheck;

/** Decides about a request; `secure` tells whether it came over TLS. */
export type OriginRule = (
  origin: string | undefined,
  request: Request,
  secure: boolean,
) => boolean | Promise<boolean>;

/** The origin of pages that have none: anybody can make one. */
const OPAQUE = "null";

/**
 * Checks the `origins` option.
 *
 * @returns `undefined` if it lets everybody in
 * @throws {TypeError} if it is of the wrong kind, or names what no browser sends
 */
export function resolveOrigins(origins: Origins = "*"): OriginRule | undefined {
  if (origins === "*") return undefined;
  if (typeof origins === "function") return origins;
  if (origins === "same") return named(isSame);
  if (!Array.isArray(origins)) {
    throw new TypeError(`origins must be "*", "same", a list or a function, got ${shown(origins)}`);
  }
  const texts = new Set<string>();
  const patterns: RegExp[] = [];
  for (const origin of origins as readonly (string | RegExp)[]) {
    if (origin instanceof RegExp) patterns.push(checkPattern(origin));
    else texts.add(checkText(origin));
  }
  return named((origin) => texts.has(origin) || patterns.some((it) => it.test(origin)));
}

/** Asks the rule about a request; `undefined` if it may connect. */
export async function admitOrigin(
  rule: OriginRule,
  request: Request,
  secure: boolean,
): Promise<Refusal | undefined> {
  const origin = request.headers.get("origin") ?? undefined;
  const context = { name: "INVALID_ORIGIN", origin };
  try {
    return await rule(origin, request, secure) === true
      ? undefined
      : refuse(ERRORS.FORBIDDEN, context);
  } catch (error) {
    return refuse(ERRORS.FORBIDDEN, { ...context, error });
  }
}

/** A rule that is asked about origins with a name only: who sends none at all is no page, unless other signs say so. */
function named(
  allows: (origin: string, request: Request, secure: boolean) => boolean,
): OriginRule {
  return (origin, request, secure) =>
    origin === undefined
      ? !isForeignScript(request)
      : origin !== OPAQUE && allows(origin, request, secure);
}

// A page can ask by a <script>, without an Origin. Browsers of today tell so; old ones are what JSONP is for.
function isForeignScript(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site === null) return parseQuery(request.url).j !== undefined;
  return site !== "same-origin" && site !== "none";
}

// What comes as http may have left the browser as https, and a proxy has opened it; not the other way round.
function isSame(origin: string, request: Request, secure: boolean): boolean {
  const url = urlOf(request);
  if (url === undefined) return false;
  const schemes = secure ? ["https"] : ["https", "http"];
  // Through URL, since the port of a scheme may be written or not.
  return schemes.some((scheme) =>
    URL.canParse(`${scheme}://${url.host}`) && new URL(`${scheme}://${url.host}`).origin === origin
  );
}

function checkText(origin: string): string {
  if (typeof origin !== "string") {
    throw new TypeError(`origins must list text and RegExps, got ${shown(origin)}`);
  }
  // Apps have schemes of their own, such as capacitor://localhost.
  const written = /^https?:/i.test(origin) && URL.canParse(origin)
    ? new URL(origin).origin
    : origin;
  if (written === origin && /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/.test(origin)) return origin;
  throw new TypeError(
    `origins must list them as browsers send them, such as "https://app.example", got ${
      shown(origin)
    }`,
  );
}

function checkPattern(pattern: RegExp): RegExp {
  if (!pattern.global && !pattern.sticky) return pattern;
  throw new TypeError(`origins cannot take a RegExp with the flag "g" or "y", got ${pattern}`);
}
