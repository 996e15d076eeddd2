import { call } from "../base/emitter.ts";
import { AckTimeoutError } from "../base/errors.ts";
import type { AnyListener } from "../base/events.ts";
import { deadlinesOf } from "../engine/engine.ts";
import type { Packet } from "../wire/socket_packet.ts";
import type { Adapter, BroadcastOptions, SocketId } from "./adapter.ts";
import type { AnyNamespace } from "./namespace.ts";
import { reportFailure } from "./report_failure.ts";

/** One client's acknowledgement of a broadcast. */
export interface BroadcastAnswer<Response> {
  /** The id of its socket; not known of the sockets of other servers. */
  readonly id: SocketId | undefined;
  /** What it answered. */
  readonly response: Response;
}

/** Hears of the acknowledgements of a broadcast. */
export interface AckConsumer {
  /** A client has answered. */
  answered(response: unknown, id: SocketId | undefined): void;
  /** That was all; with an error if some are missing. */
  ended(error: Error | null): void;
}

/**
 * Tells the application of the answers. What it fails with is reported, as with a listener: it is called when a client
 * answers or leaves, or by a timer.
 */
export function callAck(
  nsp: AnyNamespace,
  ack: AnyListener,
  event: unknown,
  answer: unknown[],
): void {
  call(nsp, ack, answer, String(event), reportAck);
}

function reportAck(nsp: AnyNamespace, error: unknown, event: string | symbol): void {
  reportFailure(nsp.server, error, undefined, event);
}

/**
 * Sends a packet and waits for the acknowledgements of all who receive it.
 *
 * @returns a function that stops waiting; the consumer then hears nothing more
 */
export function collectAcks(
  adapter: Adapter,
  packet: Packet,
  target: BroadcastOptions,
  consumer: AckConsumer,
): () => void {
  const { opts, engine } = adapter.nsp.server;
  const { timeout = opts.ackTimeout } = target.flags ?? {};
  let over = false;
  let servers = Infinity;
  let counted = 0;
  let missing = 0;
  const end = (error: Error | null) => {
    if (over) return;
    over = true;
    limits.stop(limit);
    if (error !== null) stop?.();
    consumer.ended(error);
  };
  const check = () => {
    // More may have it than are known: one that has just begun, or was silent for long.
    if (counted >= servers && missing === 0) end(null);
  };
  const stop = adapter.broadcastWithAck(
    packet,
    // Other servers have to know when to stop waiting.
    { ...target, flags: { ...target.flags, timeout } },
    (clients) => {
      counted++;
      missing += clients;
      check();
    },
    (response, id) => {
      if (over) return;
      missing--;
      consumer.answered(response, id);
      check();
    },
    () => {
      missing--;
      check();
    },
  );
  const limits = deadlinesOf(engine, timeout);
  const limit = { expired: () => end(new AckTimeoutError()) };
  limits.start(limit);
  adapter.serverCount().then((count) => {
    servers = count;
    check();
  }, end);
  return () => {
    over = true;
    limits.stop(limit);
    stop?.();
  };
}

/** The same as a stream, which fails after the last answer if some are missing. Who cancels it stops waiting. */
export function streamAcks<Response>(
  adapter: Adapter,
  packet: Packet,
  target: BroadcastOptions,
): ReadableStream<BroadcastAnswer<Response>> {
  let stop: () => void;
  let failure: Error | undefined;
  return new ReadableStream<BroadcastAnswer<Response>>({
    start(controller) {
      stop = collectAcks(adapter, packet, target, {
        answered: (response, id) => controller.enqueue({ id, response: response as Response }),
        ended(error) {
          if (error === null) controller.close();
          // What fails loses what was not read yet.
          else if (controller.desiredSize === 1) controller.error(error);
          else failure = error;
        },
      });
    },
    pull(controller) {
      if (failure !== undefined) controller.error(failure);
    },
    cancel: () => stop(),
  });
}
