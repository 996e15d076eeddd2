/** Bytes or text from a peer that are not what the protocol allows. */
export class ProtocolError extends SyntaxError {
  /** The name of the class. */
  override readonly name = "ProtocolError";
}

/** An acknowledgement did not come in time. */
export class AckTimeoutError extends Error {
  /** The name of the class. */
  override readonly name = "AckTimeoutError";
  /** What had come until then, if it was a broadcast. */
  responses?: unknown[];

  constructor() {
    super("operation has timed out");
  }
}

/** The peer left before it acknowledged. */
export class DisconnectedError extends Error {
  /** The name of the class. */
  override readonly name = "DisconnectedError";
  /** Why the socket was disconnected. */
  readonly reason: string;

  /**
   * Made when a socket is disconnected.
   *
   * @param reason why it was
   */
  constructor(reason: string) {
    super("socket has been disconnected");
    this.reason = reason;
  }
}

/** A client has sent something too early. */
export class RateLimitError extends Error {
  /** The name of the class. */
  override readonly name = "RateLimitError";
  /** Which rate it has exceeded: the name of the option. */
  readonly limit: string;
  /** After how many milliseconds it would have passed. */
  readonly retryAfter: number;
  /** The name of the event, if it was one. */
  readonly event: string | undefined;

  /**
   * Made when a client sends something too early.
   *
   * @param limit which rate it has exceeded
   * @param retryAfter after how many milliseconds it would have passed
   * @param event the name of the event, if it was one
   */
  constructor(limit: string, retryAfter: number, event: string | undefined) {
    super(`rate limit exceeded (rateLimit.${limit})`);
    this.limit = limit;
    this.retryAfter = retryAfter;
    this.event = event;
  }
}
