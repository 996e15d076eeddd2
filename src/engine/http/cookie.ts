import { flag, hook, shown } from "../../base/checks.ts";

/** The `cookie` option as an object. */
export interface CookieOptions {
  /**
   * The name of the cookie.
   *
   * @default "io"
   */
  name?: string;
  /**
   * The paths it is sent to.
   *
   * @default "/"
   */
  path?: string;
  /**
   * Whether it is kept from scripts.
   *
   * @default true
   */
  httpOnly?: boolean;
  /**
   * Whether other sites' requests carry it; `true` means `"strict"`.
   *
   * @default "lax"
   */
  sameSite?: boolean | "lax" | "strict" | "none";
  /** The hosts it is sent to. */
  domain?: string;
  /** How the value is written; `encodeURIComponent` by default. */
  encode?: (value: string) => string;
  /** When it ends. */
  expires?: Date;
  /** How many seconds it lasts. */
  maxAge?: number;
  /** Whether it is kept apart for each top-level site. */
  partitioned?: boolean;
  /** What a full browser drops first. */
  priority?: "low" | "medium" | "high";
  /** Whether it is sent over TLS only. */
  secure?: boolean;
}

const SEPARATORS = '()<>@,;:\\"/[]?={} \t';

/**
 * Checks the `cookie` option and fills in its defaults.
 *
 * @throws {TypeError} if it is of the wrong kind, or a part of it cannot stand in a header
 */
export function resolveCookie(option: boolean | CookieOptions): CookieOptions | undefined {
  if (option === false) return undefined;
  if (option === true) return resolveCookie({});
  if (typeof option !== "object") {
    throw new TypeError(`cookie must be true, false or an object, got ${shown(option)}`);
  }
  const resolved: CookieOptions = {
    name: "io",
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    ...option,
  };
  const { name = "", path = "", domain = "", maxAge = 0 } = resolved;
  if (
    typeof name !== "string" || name === "" ||
    [...name].some((it) => SEPARATORS.includes(it) || !isVisible(it))
  ) {
    throw new TypeError(`cookie.name must be a token of RFC 6265, got ${shown(name)}`);
  }
  for (const [key, value] of Object.entries({ path, domain })) {
    if (typeof value !== "string") {
      throw new TypeError(`cookie.${key} must be text, got ${shown(value)}`);
    }
    if ([...value].some((it) => it === ";" || !(isVisible(it) || it === " "))) {
      throw new TypeError(`cookie.${key} holds a forbidden character: ${JSON.stringify(value)}`);
    }
  }
  if (!Number.isInteger(maxAge)) {
    throw new RangeError(`cookie.maxAge must be an integer, got ${maxAge}`);
  }
  const { expires, sameSite, priority } = resolved;
  if (expires !== undefined && !(expires instanceof Date && Number.isFinite(expires.getTime()))) {
    throw new TypeError(`cookie.expires must be a valid Date, got ${String(expires)}`);
  }
  for (const key of ["httpOnly", "partitioned", "secure"] as const) {
    flag(`cookie.${key}`, resolved[key] ?? false);
  }
  hook("cookie.encode", resolved.encode);
  check("sameSite", sameSite, [true, false, "lax", "strict", "none"]);
  check("priority", priority, ["low", "medium", "high"]);
  return resolved;
}

function check(name: string, value: unknown, allowed: readonly unknown[]): void {
  const known = typeof value === "string" ? value.toLowerCase() : value;
  if (value === undefined || allowed.includes(known)) return;
  const list = allowed.map((it) => JSON.stringify(it)).join(", ");
  throw new TypeError(`cookie.${name} must be one of ${list}, got ${JSON.stringify(value)}`);
}

/**
 * Writes the value of a `Set-Cookie` header.
 *
 * @throws {TypeError} if `encode` gives what cannot stand in one
 */
export function serializeCookie(value: string, options: CookieOptions): string {
  const { name, path, httpOnly, sameSite, domain, expires, maxAge } = options;
  const { partitioned, priority, secure, encode = encodeURIComponent } = options;
  const encoded: unknown = encode(value);
  if (typeof encoded !== "string" || [...encoded].some((it) => it === ";" || !isVisible(it))) {
    throw new TypeError(
      `cookie.encode must give a text that can stand in a header, got ${JSON.stringify(encoded)}`,
    );
  }
  let cookie = `${name}=${encoded}`;
  if (maxAge !== undefined) cookie += `; Max-Age=${maxAge}`;
  if (domain) cookie += `; Domain=${domain}`;
  if (path) cookie += `; Path=${path}`;
  if (expires) cookie += `; Expires=${expires.toUTCString()}`;
  if (httpOnly) cookie += "; HttpOnly";
  if (secure) cookie += "; Secure";
  if (partitioned) cookie += "; Partitioned";
  if (priority) cookie += `; Priority=${capitalize(priority)}`;
  if (sameSite) cookie += `; SameSite=${capitalize(sameSite === true ? "strict" : sameSite)}`;
  return cookie;
}

function isVisible(character: string): boolean {
  return character > " " && character < "\x7f";
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
