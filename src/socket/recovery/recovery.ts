import { duration, flag, positive, shown } from "../../base/checks.ts";
import type { DisconnectReason } from "../socket_events.ts";

/** Options of connection state recovery. The bounds hold for each namespace. */
export interface RecoveryOptions {
  /**
   * How long a lost client may take to come back, in milliseconds.
   *
   * @default 120_000
   */
  maxDisconnectionDuration?: number;
  /**
   * Whether a client that is back passes by the middlewares.
   *
   * @default true
   */
  skipMiddlewares?: boolean;
  /**
   * How many lost clients are remembered; the ones lost first are forgotten.
   *
   * @default 100_000
   */
  maxSessions?: number;
  /**
   * How many packets are kept; who has missed older ones cannot be restored.
   *
   * @default 100_000
   */
  maxPackets?: number;
  /**
   * How much the packets that are kept may weigh: characters of text plus bytes.
   *
   * @default 67_108_864
   */
  maxPacketBytes?: number;
}

/** The options of connection state recovery with all defaults in place. */
export type ResolvedRecoveryOptions = Readonly<Required<RecoveryOptions>>;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {TypeError} if they are no object
 * @throws {RangeError} if one is out of range
 */
export function resolveRecovery(
  options: RecoveryOptions | undefined,
): ResolvedRecoveryOptions | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`connectionStateRecovery must be an object, got ${shown(options)}`);
  }
  const name = (option: keyof RecoveryOptions) => `connectionStateRecovery.${option}`;
  return {
    maxDisconnectionDuration: duration(
      name("maxDisconnectionDuration"),
      options.maxDisconnectionDuration ?? 120_000,
    ),
    skipMiddlewares: flag(name("skipMiddlewares"), options.skipMiddlewares ?? true),
    maxSessions: positive(name("maxSessions"), options.maxSessions ?? 100_000),
    maxPackets: positive(name("maxPackets"), options.maxPackets ?? 100_000),
    maxPacketBytes: positive(name("maxPacketBytes"), options.maxPacketBytes ?? 67_108_864),
  };
}

/** Whether a client that was lost for this reason may come back: it did not leave, and broke no rule. */
export function isRecoverable(reason: DisconnectReason): boolean {
  return !FINAL.has(reason);
}

const FINAL: ReadonlySet<DisconnectReason> = new Set([
  "client namespace disconnect",
  "server namespace disconnect",
  "parse error",
]);
