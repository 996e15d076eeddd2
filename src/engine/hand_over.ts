import { readBytes, Reading, type UnreadBody } from "./http/body.ts";
import type { Receiver, Relay, RelayedRequest, Runtime } from "./channel.ts";
import { urlOf } from "./handshake.ts";
import type { ResolvedEngineOptions } from "./options.ts";

/**
 * Hands a request to the server that has its session.
 *
 * @param upgrade whether it asks to become a WebSocket
 * @returns the answer, or its status if it was not handed over; `undefined` if no server has the session
 */
export async function handOver(
  relay: Relay,
  request: Request,
  context: unknown,
  sid: string,
  upgrade: boolean,
  runtime: Runtime,
  options: ResolvedEngineOptions,
): Promise<Response | 400 | 413 | undefined> {
  const { method } = request;
  const url = urlOf(request);
  if (url === undefined) return 400;
  if (!await relay.knows(sid)) return undefined;
  let body: Uint8Array | undefined;
  if (method === "POST") {
    const read = await readInTime(request, options);
    if (read === "too large") return 413;
    if (read === "aborted") return 400;
    body = read.content;
  }
  const handed: RelayedRequest = {
    sid,
    method,
    url: url.href,
    headers: [...request.headers],
    body,
    upgrade: upgrade
      ? async (receiver, headers) => {
        const whole: Receiver = { ...receiver, options };
        return await runtime.upgrade(request, context, whole, headers);
      }
      : undefined,
  };
  if (!upgrade) runtime.hold(request, context);
  return await relay.hand(handed);
}

// There is no session here whose end would end the wait for a body.
async function readInTime(
  request: Request,
  { maxHttpBufferSize, pingInterval, pingTimeout }: ResolvedEngineOptions,
): Promise<{ content: Uint8Array } | UnreadBody> {
  const reading = new Reading();
  const timer = setTimeout(() => reading.abort(), pingInterval + pingTimeout);
  try {
    return await readBytes(request, maxHttpBufferSize, reading);
  } finally {
    clearTimeout(timer);
  }
}
