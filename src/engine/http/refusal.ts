/** The codes of refused requests. */
export const ERRORS = Object.freeze(
  {
    UNKNOWN_TRANSPORT: 0,
    UNKNOWN_SID: 1,
    BAD_HANDSHAKE_METHOD: 2,
    BAD_REQUEST: 3,
    FORBIDDEN: 4,
    UNSUPPORTED_PROTOCOL_VERSION: 5,
  } as const,
);

/** The code of a refused request. */
export type ErrorCode = 0 | 1 | 2 | 3 | 4 | 5;

/** What each code means. */
export const ERROR_MESSAGES: Readonly<Record<ErrorCode, string>> = {
  0: "Transport unknown",
  1: "Session ID unknown",
  2: "Bad handshake method",
  3: "Bad request",
  4: "Forbidden",
  5: "Unsupported protocol version",
};

/** Why a request was refused. */
export interface Refusal {
  /** One of {@link ERRORS}. */
  readonly code: ErrorCode;
  /** What is known beside the code, such as the name of the rule that was broken. */
  readonly context: Record<string, unknown>;
  /** The status of the answer, if it is not that of the code. */
  readonly status?: number;
  /** After how many seconds the client may come again. */
  readonly retryAfter?: number | undefined;
}

/** Makes a refusal. */
export function refuse(code: ErrorCode, context: Record<string, unknown>): Refusal {
  return { code, context };
}

/** The answer to a refused request. */
export function refusalResponse(refusal: Refusal, upgrade: boolean): Response {
  const { code, context, retryAfter } = refusal;
  const message = typeof context.message === "string" ? context.message : ERROR_MESSAGES[code];
  const status = refusal.status ?? (code === ERRORS.FORBIDDEN ? 403 : 400);
  const headers = new Headers({ "content-type": upgrade ? "text/html" : "application/json" });
  if (retryAfter !== undefined) headers.set("retry-after", `${retryAfter}`);
  const { hint } = context;
  const body = upgrade
    ? hint === undefined ? message : `${message}. ${hint}`
    : JSON.stringify({ code, message, hint });
  return new Response(body, { status, headers });
}
