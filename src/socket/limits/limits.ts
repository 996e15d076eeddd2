import { duration, positive } from "../../base/checks.ts";

/** What clients may have of a Socket.IO server, beside what its engine limits. Infinity takes a limit away. */
export interface LimitOptions {
  /**
   * How many events of a socket may wait behind an asynchronous middleware, before its connection is closed.
   *
   * @default 1_000
   */
  maxWaitingEvents?: number;
  /**
   * How many binary attachments an event of a client may have; more close the connection. Like the next three, it is for
   * the default parser; others have limits of their own.
   *
   * @default 10
   */
  maxAttachments?: number;
  /**
   * How many bytes the attachments of an event may have in all; more close the connection.
   *
   * @default ten times maxHttpBufferSize
   */
  maxAttachmentBytes?: number;
  /**
   * How long the attachments of an event may take to come, before the connection is closed.
   *
   * @default 60_000
   */
  attachmentTimeout?: number;
  /**
   * How many levels deep lists and objects of a client may be; more close the connection.
   *
   * @default 1_000
   */
  maxDepth?: number;
  /**
   * How many characters the packet may have that joins a namespace, with its name and what the client sends as `auth`:
   * both are kept as long as it stays. More close the connection. It is for the default parser, like those above.
   *
   * @default 65_536
   */
  maxConnectLength?: number;
  /**
   * In how many namespaces a client may be at once; from more, it is refused with a `connect_error`.
   *
   * @default 100
   */
  maxNamespaces?: number;
  /**
   * How many namespaces a client may be on its way into, while their middlewares run; from more, it is refused with a
   * `connect_error`.
   *
   * @default 50
   */
  maxPendingConnects?: number;
  /**
   * How many dynamic namespaces there may be that clients had made. For one more, one that nobody is in is removed, with
   * what was kept for the recovery of its sockets; if there is none, the client is refused with a `connect_error`.
   *
   * @default 10_000
   */
  maxChildNamespaces?: number;
  /**
   * How many rooms a socket may be in, its own one included. `join()` throws a `RangeError` at one more.
   *
   * @default 10_000
   */
  maxRooms?: number;
  /**
   * How many acknowledgements a client may owe at once in a namespace, before its connection is closed.
   *
   * @default 10_000
   */
  maxPendingAcks?: number;
}

/**
 * Checks the limits and fills in the defaults.
 *
 * @param messageBytes how large a message may be
 * @throws {RangeError} if one is out of range
 */
export function resolveLimits(
  options: LimitOptions,
  messageBytes = 1_000_000,
): Required<LimitOptions> {
  const limit = (name: keyof LimitOptions, byDefault: number) =>
    positive(name, options[name] ?? byDefault);
  return {
    maxWaitingEvents: limit("maxWaitingEvents", 1_000),
    maxAttachments: limit("maxAttachments", 10),
    maxAttachmentBytes: limit(
      "maxAttachmentBytes",
      10 * positive("maxHttpBufferSize", messageBytes),
    ),
    attachmentTimeout: duration("attachmentTimeout", options.attachmentTimeout ?? 60_000),
    maxDepth: limit("maxDepth", 1_000),
    maxConnectLength: limit("maxConnectLength", 65_536),
    maxNamespaces: limit("maxNamespaces", 100),
    maxPendingConnects: limit("maxPendingConnects", 50),
    maxChildNamespaces: limit("maxChildNamespaces", 10_000),
    maxRooms: limit("maxRooms", 10_000),
    maxPendingAcks: limit("maxPendingAcks", 10_000),
  };
}
