import type { Receiver, Runtime } from "../channel.ts";
import type { HeaderEdits } from "./header_edits.ts";
import { ERRORS, type Refusal, refuse } from "./refusal.ts";
import { PendingUpgrade } from "./request_middleware.ts";

/** What {@link toWebSocket} needs of its engine. */
export interface UpgradeHost {
  /** Finds the runtime of a request. */
  runtimeOf(context: unknown): Runtime;
  /** Answers a request that cannot become a WebSocket. */
  refuse(request: Request, context: unknown, refusal: Refusal): Promise<Response>;
  /** Something failed that is not the client's fault. */
  fault(error: unknown): void;
}

/** A request that asks to become a WebSocket. */
export interface UpgradeRequest {
  readonly request: Request;
  readonly context: unknown;
  readonly receiver: Receiver;
  /** What is done to the headers of the answer. */
  readonly edits: HeaderEdits | undefined;
  /** Whether middlewares may change them afterwards. */
  readonly inside: boolean;
}

/**
 * Makes a request a WebSocket.
 *
 * As a rule there is nothing to wait for. Then no promise is made on the way: they would take more memory than what is
 * kept of the connection, between the objects that stay, so that it could not be given back.
 */
export function toWebSocket(
  host: UpgradeHost,
  asked: UpgradeRequest,
): Response | Promise<Response> {
  return asked.edits === undefined && !asked.inside
    ? upgrade(host, asked)
    : withHeaders(host, asked);
}

async function withHeaders(host: UpgradeHost, asked: UpgradeRequest): Promise<Response> {
  const headers = new Headers();
  await asked.edits?.apply(headers);
  return asked.inside
    ? new PendingUpgrade(headers, (headers) => upgrade(host, asked, headers))
    : await upgrade(host, asked, headers);
}

function upgrade(
  host: UpgradeHost,
  asked: UpgradeRequest,
  headers?: Headers,
): Response | Promise<Response> {
  const { request, context, receiver } = asked;
  try {
    const response = host.runtimeOf(context).upgrade(request, context, receiver, headers);
    return response instanceof Response ? response : answer(host, asked, response);
  } catch (error) {
    return failed(host, asked, error);
  }
}

async function answer(
  host: UpgradeHost,
  asked: UpgradeRequest,
  response: Promise<Response | undefined> | undefined,
): Promise<Response> {
  try {
    return await response ?? await refused(host, asked);
  } catch (error) {
    return await failed(host, asked, error);
  }
}

// Nothing that the client did: how the server is mounted, most likely.
function failed(host: UpgradeHost, asked: UpgradeRequest, error: unknown): Promise<Response> {
  host.fault(error);
  return refused(host, asked);
}

function refused(host: UpgradeHost, { request, context }: UpgradeRequest): Promise<Response> {
  const refusal = refuse(ERRORS.BAD_REQUEST, { name: "TRANSPORT_HANDSHAKE_ERROR" });
  return host.refuse(request, context, refusal);
}
