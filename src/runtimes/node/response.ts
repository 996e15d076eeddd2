import { LightResponse } from "./light.ts";
import type { NodeOutgoing, NodeSocket } from "./types.ts";

/** Sends a response by Node's means; the body is cancelled if the client goes. */
export async function respond(outgoing: NodeOutgoing, response: Response): Promise<void> {
  const light = response instanceof LightResponse ? response.untouched : undefined;
  if (light !== undefined) {
    outgoing.writeHead(200, light.head);
    return void outgoing.end(light.text);
  }
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
  const body = new Uint8Array(await response.arrayBuffer());
  if (!socket.writable) return void socket.destroy();
  const headers = new Headers(response.headers);
  headers.set("connection", "close");
  headers.set("content-length", `${body.length}`);
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${response.status} ${response.statusText}\r\n${lines.join("")}\r\n`);
  socket.end(body, () => socket.destroy());
}
