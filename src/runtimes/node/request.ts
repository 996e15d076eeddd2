import type { NodeIncoming } from "./types.ts";

/**
 * Makes a web request of one of Node's.
 *
 * @throws {TypeError} if the client's words make no request
 */
export function requestOf(incoming: NodeIncoming): Request {
  const { method = "GET" } = incoming;
  const headers = headersOf(incoming);
  const address = addressOf(incoming);
  if (method === "GET" || method === "HEAD") return new Request(address, { method, headers });
  const init = { method, headers, body: bodyOf(incoming), duplex: "half" };
  return new Request(address, init);
}

/** The URL of a request, as the client has written it. */
export function addressOf({ url = "/", socket, headers }: NodeIncoming): string {
  if (!url.startsWith("/")) return url;
  const host = headers.host || headers[":authority"] || "localhost";
  return `${socket.encrypted ? "https" : "http"}://${host}${url}`;
}

/** The headers of a request. */
export function headersOf({ rawHeaders }: NodeIncoming): Headers {
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    // HTTP/2 has what is no header among its headers, under names like ":path".
    if (!rawHeaders[i]!.startsWith(":")) headers.push([rawHeaders[i]!, rawHeaders[i + 1]!]);
  }
  return new Headers(headers);
}

/** The body of a request. Nothing of it is read before somebody asks, and never more than that. */
function bodyOf(incoming: NodeIncoming): ReadableStream<Uint8Array> {
  let begun = false;
  let over = false;
  const begin = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    begun = true;
    const once = (act: () => void) => () => {
      if (!over) act();
      over = true;
    };
    const lost = once(() => controller.error(new TypeError("The client has gone")));
    incoming.on("data", (chunk: Uint8Array) => {
      if (over) return;
      incoming.pause();
      controller.enqueue(chunk);
    });
    incoming.on("end", once(() => controller.close()));
    incoming.on("error", lost);
    incoming.on("close", lost);
    if (incoming.destroyed) lost();
  };
  return new ReadableStream({
    pull(controller) {
      if (begun) incoming.resume();
      else begin(controller);
    },
    cancel() {
      over = true;
      // The client reads no answer before it has sent its request.
      incoming.resume();
    },
  }, { highWaterMark: 0 });
}
