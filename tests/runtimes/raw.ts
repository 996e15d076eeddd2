/** Requests that the official client does not make. */
import { get } from "node:http";

/** An answer as it comes over the wire: fetch would decompress it. */
export interface RawAnswer {
  /** The `Content-Encoding`. */
  readonly encoding: string | undefined;
  /** The bytes, once all are there. */
  readonly body: Promise<Uint8Array<ArrayBuffer>>;
}

/** Sends a GET, and waits until its answer begins. */
export function getRaw(url: string, headers: Record<string, string>): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      const body = (async () => {
        const chunks: Uint8Array<ArrayBuffer>[] = [];
        for await (const chunk of response) chunks.push(chunk);
        return new Uint8Array(await new Blob(chunks).arrayBuffer());
      })();
      resolve({ encoding: response.headers["content-encoding"], body });
    });
    request.on("error", reject);
  });
}

/** A polling session of which every request is made by hand. */
export interface PollingSession {
  /** The session's id. */
  readonly sid: string;
  /** Waits for packets. */
  get(signal?: AbortSignal): Promise<string>;
  /** Sends packets. */
  post(packets: string): Promise<string>;
  /** Joins the main namespace, and gives the socket's id. */
  join(): Promise<string>;
}

/** Opens a session over polling. */
export async function openPolling(url: string, path = "/socket.io/"): Promise<PollingSession> {
  const address = `${url}${path}?EIO=4&transport=polling`;
  const send = async (sid: string, init?: RequestInit): Promise<string> =>
    await (await fetch(address + sid, init)).text();
  const { sid } = JSON.parse((await send("")).slice(1));
  const get = (signal: AbortSignal | null = null) => send(`&sid=${sid}`, { signal });
  const post = (body: string) => send(`&sid=${sid}`, { method: "POST", body });
  return {
    sid,
    get,
    post,
    async join() {
      await post("40");
      return JSON.parse((await get()).slice(2)).sid;
    },
  };
}

/** Sends a request for a WebSocket and gives status and headers of the answer. */
export async function requestWebSocket(
  url: string,
  path: string,
  extraHeaders: Record<string, string> = {},
): Promise<{ status: number; headers: [name: string, value: string][] }> {
  const { hostname, port, host } = new URL(url);
  const headers = {
    host,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...extraHeaders,
  };
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`));
  let text = "";
  for await (const chunk of connection.readable.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes("\r\n\r\n")) break;
  }
  const [first, ...rest] = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
  return {
    status: Number(first!.split(" ")[1]),
    headers: rest.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  };
}
