import type { NodeIncoming, NodeOutgoing, NodeSocket } from "./node_types.ts";

/**
 * Makes a web request of one of Node's.
 *
 * @throws {TypeError} if the client's words make no request
 */
export function requestOf(incoming: NodeIncoming): Request {
  const { method = "GET", url = "/", rawHeaders } = incoming;
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    // HTTP/2 has what is no header among its headers, under names like ":path".
    if (!rawHeaders[i]!.startsWith(":")) headers.push([rawHeaders[i]!, rawHeaders[i + 1]!]);
  }
  const { socket, headers: { host = "localhost" } } = incoming;
  const address = url.startsWith("/")
    ? `${socket.encrypted ? "https" : "http"}://${host}${url}`
    : url;
  if (method === "GET" || method === "HEAD") return new Request(address, { method, headers });
  const init = { method, headers, body: bodyOf(incoming), duplex: "half" };
  return new Request(address, init);
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

/** Sends a response by Node's means; the body is cancelled if the client goes. */
export async function respond(outgoing: NodeOutgoing, response: Response): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  if (response.body === null) return void outgoing.end();

  const reader = response.body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  outgoing.once("close", cancel);
  if (outgoing.destroyed) return cancel();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if (!outgoing.write(chunk.value)) await drained(outgoing);
    }
    outgoing.end();
  } catch {
    // A length that was promised cannot be kept: the client must see that.
    outgoing.destroy();
  }
}

function drained(outgoing: NodeOutgoing): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
    if (outgoing.destroyed) done();
  });
}

/** Sends a response over a socket that was to become something else, and ends it. */
export async function refuseUpgrade(socket: NodeSocket, response: Response): Promise<void> {
  const body = await response.text();
  if (!socket.writable) return void socket.destroy();
  const headers = new Headers(response.headers);
  headers.set("connection", "close");
  headers.set("content-length", `${new TextEncoder().encode(body).length}`);
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${response.status} ${response.statusText}\r\n${lines.join("")}\r\n${body}`,
    () => socket.destroy(),
  );
}
