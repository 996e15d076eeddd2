/** TCP connections whose every byte is the test's own. */
import { Buffer } from "node:buffer";
import { connect } from "node:net";

/** How long anything may take, in milliseconds. */
const PATIENCE = 20_000;
const CHUNK = 65_536;

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By their names in lower case; several of one name are joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A connection that reads only when it is asked to. */
export class Tcp {
  readonly #connection: Deno.Conn;
  readonly #buffer = new Uint8Array(CHUNK);
  #received = "";
  #ended = false;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects. */
  static async open(url: string): Promise<Tcp> {
    const { hostname, port } = new URL(url);
    return new Tcp(await Deno.connect({ hostname, port: Number(port) }));
  }

  /** What came and was not taken yet, a character for each byte. */
  get received(): string {
    return this.#received;
  }

  /** Whether the server has closed, or has said that it will. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Sends text or bytes; lines may end in a bare line feed in `head`.
   *
   * @returns whether the server has taken all of it
   */
  async write(data: string | Uint8Array): Promise<boolean> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
      return true;
    } catch (error) {
      if (!isEnd(error)) throw error;
      this.#ended = true;
      return false;
    }
  }

  /** Sends a request of which the lines are given. */
  send(lines: readonly string[], body: string | Uint8Array = ""): Promise<boolean> {
    return this.write(requestBytes(lines, body));
  }

  /**
   * Reads until enough has come, or the server closes; takes it all.
   *
   * @throws {Error} if that takes too long
   */
  async until(enough: (received: string) => boolean): Promise<string> {
    await this.#within(async () => {
      while (!enough(this.#received) && await this.#fill());
    });
    const received = this.#received;
    this.#received = "";
    return received;
  }

  /** Waits until the server closes, and gives what came until then. */
  end(): Promise<string> {
    return this.until(() => false);
  }

  /** Reads one answer, without what follows it. */
  async answer(): Promise<RawAnswer> {
    return await this.#within(async () => {
      while (!this.#received.includes("\r\n\r\n")) {
        if (!await this.#fill()) throw new Error(`No answer, but ${this.#shown()}`);
      }
      const end = this.#received.indexOf("\r\n\r\n");
      const head = this.#received.slice(0, end);
      this.#received = this.#received.slice(end + 4);
      const [first = "", ...lines] = head.split("\r\n");
      const status = Number(first.split(" ")[1]);
      const headers = new Map<string, string>();
      for (const line of lines) {
        const colon = line.indexOf(":");
        const name = line.slice(0, colon).toLowerCase();
        const value = line.slice(colon + 1).trim();
        headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
      }
      const body = await this.#body(status, headers);
      if (headers.get("connection") === "close") this.#ended = true;
      return { status, headers, body };
    });
  }

  /** Sends a request of which the lines are given, and reads the answer. */
  async ask(lines: readonly string[], body: string | Uint8Array = ""): Promise<RawAnswer> {
    await this.send(lines, body);
    return await this.answer();
  }

  /** Closes. */
  close(): void {
    try {
      this.#connection.close();
    } catch {
      // It was closed when a wait took too long.
    }
  }

  /** Same as {@linkcode Tcp.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #body(status: number, headers: ReadonlyMap<string, string>): Promise<string> {
    if (status === 101 || status === 204 || status === 304) return "";
    if (headers.get("transfer-encoding") === "chunked") {
      let body = "";
      while (true) {
        const size = parseInt(await this.#line(), 16);
        body += await this.#take(size);
        await this.#take(2);
        if (size === 0) return body;
      }
    }
    const length = headers.get("content-length");
    if (length !== undefined) return await this.#take(Number(length));
    while (await this.#fill());
    return await this.#take(this.#received.length);
  }

  async #line(): Promise<string> {
    while (!this.#received.includes("\r\n")) await this.#more();
    const line = this.#received.slice(0, this.#received.indexOf("\r\n"));
    this.#received = this.#received.slice(line.length + 2);
    return line;
  }

  async #take(length: number): Promise<string> {
    while (this.#received.length < length) await this.#more();
    const taken = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return taken;
  }

  async #more(): Promise<void> {
    if (!await this.#fill()) throw new Error(`The answer ends too early: ${this.#shown()}`);
  }

  async #fill(): Promise<boolean> {
    if (this.#ended) return false;
    try {
      const length = await this.#connection.read(this.#buffer);
      this.#ended = length === null;
      this.#received += Buffer.from(this.#buffer.buffer, 0, length ?? 0).toString("latin1");
    } catch (error) {
      if (!isEnd(error)) throw error;
      this.#ended = true;
    }
    return !this.#ended;
  }

  async #within<T>(wait: () => Promise<T>): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.close();
    }, PATIENCE);
    try {
      return await wait();
    } catch (error) {
      throw late ? new Error(`Nothing more came after ${this.#shown()}`) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #shown(): string {
    return JSON.stringify(this.#received.slice(-200));
  }
}

/** A request of which the lines are given, without a body in between. */
export function requestBytes(
  lines: readonly string[],
  body: string | Uint8Array = "",
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const head = encoder.encode(`${lines.join("\r\n")}\r\n\r\n`);
  const tail = typeof body === "string" ? encoder.encode(body) : body;
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

/** The lines that ask for a WebSocket. */
export function webSocketLines(path: string, ...headers: string[]): string[] {
  return [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  ];
}

/** What may be odd about a WebSocket frame. */
export interface FrameOptions {
  /** 1 for text, 2 for bytes, 0 for the continuation of either. */
  readonly opcode?: number;
  /** Whether it is the last of its message. */
  readonly fin?: boolean;
  /** The three reserved bits. */
  readonly rsv?: number;
  /** Whether it is masked, as a client's have to be. */
  readonly masked?: boolean;
  /** The length that it claims to have. */
  readonly length?: bigint;
}

/** A WebSocket frame as a client sends it. Its mask is of zeros, which change nothing. */
export function frame(
  payload: string | Uint8Array = "",
  { opcode = typeof payload === "string" ? 1 : 2, fin = true, rsv = 0, masked = true, length }:
    FrameOptions = {},
): Uint8Array<ArrayBuffer> {
  const data = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const claimed = length ?? BigInt(data.length);
  const head = new DataView(new ArrayBuffer(14));
  head.setUint8(0, (fin ? 0x80 : 0) | (rsv << 4) | opcode);
  const mask = masked ? 0x80 : 0;
  let at = 2;
  if (claimed < 126n) head.setUint8(1, mask | Number(claimed));
  else if (claimed < 65_536n) {
    head.setUint8(1, mask | 126);
    head.setUint16(2, Number(claimed));
    at = 4;
  } else {
    head.setUint8(1, mask | 127);
    head.setBigUint64(2, claimed);
    at = 10;
  }
  if (masked) at += 4;
  const bytes = new Uint8Array(at + data.length);
  bytes.set(new Uint8Array(head.buffer, 0, at));
  bytes.set(data, at);
  return bytes;
}

/** Sends bytes over a connection of its own, and resets it: with what is in the answer, if any, unread. */
export function sendAndReset(url: string, bytes: Uint8Array, wait = 0): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), wait));
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

function isEnd(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    // Closed on this side meanwhile.
    error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionAborted;
}
