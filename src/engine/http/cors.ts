import { flag, shown } from "../../base/checks.ts";

/** An origin that may be allowed. */
export type StaticOrigin = boolean | string | RegExp | (string | RegExp)[];

/** Decides about an origin when it is asked for. */
export type CustomOrigin = (
  origin: string | undefined,
  callback: (error: Error | null, allowed?: StaticOrigin) => void,
) => void;

/** The `cors` option as an object, as the `cors` package takes it. */
export interface CorsOptions {
  /**
   * Who may read the answers: an origin, a pattern, a list of these, `"*"` for anybody, `true` for whoever asks, `false`
   * for nobody, or a function that decides.
   *
   * @default "*"
   */
  origin?: StaticOrigin | CustomOrigin;
  /**
   * What a preflight allows.
   *
   * @default "GET,HEAD,PUT,PATCH,POST,DELETE"
   */
  methods?: string | string[];
  /** Request headers that a preflight allows; by default those it asks for. */
  allowedHeaders?: string | string[];
  /** Response headers that scripts may read. */
  exposedHeaders?: string | string[];
  /**
   * Whether cookies are sent. Needs an `origin` that names who may.
   *
   * @default false
   */
  credentials?: boolean;
  /** How many seconds a preflight is remembered. */
  maxAge?: number;
  /**
   * Whether preflights are handled like other requests instead of being answered.
   *
   * @default false
   */
  preflightContinue?: boolean;
  /**
   * The status of the answer to a preflight.
   *
   * @default 204
   */
  optionsSuccessStatus?: number;
}

/** Chooses the options for a request. */
export type CorsOptionsDelegate = (
  request: Request,
  callback: (error: Error | null, options?: CorsOptions) => void,
) => void;

/** Names and values to add to a response. */
export type CorsHeaders = [name: string, value: string][];

/**
 * Checks what can be checked of the `cors` option.
 *
 * @throws {TypeError} if it is of the wrong kind, or would give cookies to every site
 * @throws {RangeError} if a number in it is out of range
 */
export function resolveCors(
  cors: false | CorsOptions | CorsOptionsDelegate | undefined,
): CorsOptions | CorsOptionsDelegate | undefined {
  if (cors === false || cors === undefined || typeof cors === "function") return cors || undefined;
  if (typeof cors !== "object" || cors === null) {
    throw new TypeError(`cors must be an object or a function, got ${shown(cors)}`);
  }
  checkParts(cors);
  const { origin = "*", credentials = false } = cors;
  if (credentials && origin === "*") {
    throw new TypeError(
      'cors.credentials needs cors.origin to name the allowed origins: browsers refuse "*" with credentials',
    );
  }
  return cors;
}

function checkParts(cors: CorsOptions): void {
  const { origin = "*", maxAge = 0, optionsSuccessStatus: status = 204 } = cors;
  if (typeof origin !== "function" && !isStaticOrigin(origin)) {
    throw new TypeError(
      `cors.origin must be text, a RegExp, a list of these, a boolean or a function, got ${
        shown(origin)
      }`,
    );
  }
  for (const key of ["methods", "allowedHeaders", "exposedHeaders"] as const) {
    const value: unknown = cors[key] ?? "";
    if (![value].flat().every((it) => typeof it === "string")) {
      throw new TypeError(`cors.${key} must be text or a list of it, got ${shown(value)}`);
    }
  }
  for (const key of ["credentials", "preflightContinue"] as const) {
    flag(`cors.${key}`, cors[key] ?? false);
  }
  if (!Number.isInteger(maxAge)) {
    throw new RangeError(`cors.maxAge must be an integer, got ${shown(maxAge)}`);
  }
  if (!Number.isInteger(status) || status < 200 || status > 299) {
    throw new RangeError(`cors.optionsSuccessStatus must be from 200 to 299, got ${shown(status)}`);
  }
}

/** The headers that a request is answered with, whatever the answer. */
export async function corsHeaders(
  cors: CorsOptions | CorsOptionsDelegate,
  request: Request,
): Promise<CorsHeaders> {
  return headersFor(await optionsFor(cors, request), request);
}

/** The answer to a preflight; `undefined` if the request is none, or is to be handled like others. */
export async function preflight(
  cors: CorsOptions | CorsOptionsDelegate,
  request: Request,
): Promise<Response | undefined> {
  if (request.method !== "OPTIONS") return undefined;
  const options = await optionsFor(cors, request);
  if (options.preflightContinue) return undefined;
  const headers = new Headers(await headersFor(options, request));
  const { methods = "GET,HEAD,PUT,PATCH,POST,DELETE", allowedHeaders, maxAge } = options;
  headers.set("access-control-allow-methods", list(methods));
  const requested = request.headers.get("access-control-request-headers");
  const names = list(allowedHeaders ?? requested ?? "");
  if (names !== "") headers.set("access-control-allow-headers", names);
  // Also where it asks for none: the answer to one that does would be another.
  if (allowedHeaders === undefined) headers.append("vary", "Access-Control-Request-Headers");
  if (maxAge !== undefined) headers.set("access-control-max-age", String(maxAge));
  headers.set("content-length", "0");
  return new Response(null, { status: options.optionsSuccessStatus ?? 204, headers });
}

async function headersFor(options: CorsOptions, request: Request): Promise<CorsHeaders> {
  const asking = request.headers.get("origin") ?? undefined;
  const { origin = "*", credentials, exposedHeaders } = options;
  const rule = typeof origin === "function" ? await decide(origin, asking) : origin;
  const headers: CorsHeaders = [];
  if (rule === "*") headers.push(["access-control-allow-origin", "*"]);
  else {
    headers.push(["vary", "Origin"]);
    if (typeof rule === "string") {
      if (rule !== "") headers.push(["access-control-allow-origin", rule]);
    } else if (asking !== undefined && allows(rule, asking)) {
      headers.push(["access-control-allow-origin", asking]);
    }
  }
  if (credentials) headers.push(["access-control-allow-credentials", "true"]);
  if (exposedHeaders !== undefined && exposedHeaders.length > 0) {
    headers.push(["access-control-expose-headers", list(exposedHeaders)]);
  }
  return headers;
}

async function optionsFor(
  cors: CorsOptions | CorsOptionsDelegate,
  request: Request,
): Promise<CorsOptions> {
  if (typeof cors !== "function") return cors;
  const nobody: CorsOptions = { origin: false };
  return await answerOf((callback) => cors(request, callback), nobody);
}

function decide(origin: CustomOrigin, asking: string | undefined): Promise<StaticOrigin> {
  return answerOf<StaticOrigin>((callback) => origin(asking, callback), false);
}

// What a function calls back with, and `none` if that is an error.
function answerOf<Answer>(
  ask: (callback: (error: Error | null, answer?: Answer) => void) => unknown,
  none: Answer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const returned = ask((error, answer) => resolve(error ? none : answer ?? none));
    // An async function fails by its promise. Unheard, it would end the process.
    Promise.resolve(returned).catch(reject);
  });
}

function isStaticOrigin(value: unknown): value is StaticOrigin {
  if (Array.isArray(value)) return value.every((it) => isPattern(it));
  return typeof value === "boolean" || isPattern(value);
}

function isPattern(value: unknown): value is string | RegExp {
  return typeof value === "string" || value instanceof RegExp;
}

function allows(rule: StaticOrigin, origin: string): boolean {
  if (typeof rule === "boolean") return rule;
  if (typeof rule === "string") return rule === origin;
  if (Array.isArray(rule)) return rule.some((it) => allows(it, origin));
  // A pattern with the flag "g" or "y" remembers where it stopped.
  rule.lastIndex = 0;
  return rule.test(origin);
}

function list(values: string | string[]): string {
  return Array.isArray(values) ? values.join(",") : values;
}
