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

/** A WebSocket that has joined the main namespace, and reads only when it is asked to. */
export class SlowWebSocket {
  readonly #connection: Deno.Conn;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects and joins. */
  static async join(url: string, path: string): Promise<SlowWebSocket> {
    const { hostname, port, host } = new URL(url);
    const socket = new SlowWebSocket(await Deno.connect({ hostname, port: Number(port) }));
    const lines = [
      `GET ${path}/?EIO=4&transport=websocket HTTP/1.1`,
      `Host: ${host}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    await socket.#write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
    await socket.readUntil('0{"sid":"');
    // "40" in a masked frame; a mask of zeros changes nothing.
    await socket.#write(Uint8Array.of(0x81, 0x82, 0, 0, 0, 0, 0x34, 0x30));
    await socket.readUntil('40{"sid":"');
    return socket;
  }

  /** Reads until a text has come, and gives how many bytes came. */
  async readUntil(end: string): Promise<number> {
    const buffer = new Uint8Array(65_536);
    const decoder = new TextDecoder("latin1");
    let total = 0;
    for (let tail = ""; !tail.includes(end);) {
      const count = await this.#connection.read(buffer);
      if (count === null) throw new Error(`The connection has ended before ${end}`);
      total += count;
      tail = tail.slice(-end.length) + decoder.decode(buffer.subarray(0, count));
    }
    return total;
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
