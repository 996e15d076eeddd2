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
