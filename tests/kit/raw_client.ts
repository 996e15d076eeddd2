/** A client that speaks the protocols by hand: `fetch` and `WebSocket`, no package of Socket.IO's. */
import { assertEquals } from "@std/assert";

const PATIENCE = 20_000;

/** What the server's first packet says. */
export interface Handshake {
  sid: string;
  upgrades: string[];
  pingInterval: number;
  pingTimeout: number;
  maxPayload: number;
}

/** Requests of one server, at one path. */
export class RawClient {
  readonly #base: string;

  /** @param base the URL up to the query, such as `http://127.0.0.1:3000/socket.io/` */
  constructor(base: string) {
    this.#base = base;
  }

  /** Sends a request with a query. */
  request(query: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#base}?${query}`, { signal: AbortSignal.timeout(PATIENCE), ...init });
  }

  /** Opens a session over polling. */
  async handshake(): Promise<Handshake> {
    const response = await this.request("EIO=4&transport=polling");
    assertEquals(response.status, 200);
    const text = await response.text();
    assertEquals(text[0], "0");
    return JSON.parse(text.slice(1));
  }

  /** Waits for packets. */
  get(sid: string): Promise<Response> {
    return this.request(`EIO=4&transport=polling&sid=${sid}`);
  }

  /** Waits for packets, and reads them. */
  async poll(sid: string): Promise<string> {
    const response = await this.get(sid);
    assertEquals(response.status, 200);
    return await response.text();
  }

  /** Sends packets. */
  post(sid: string, body: BodyInit, headers: HeadersInit = {}): Promise<Response> {
    const query = `EIO=4&transport=polling&sid=${sid}`;
    return this.request(query, { method: "POST", body, headers });
  }

  /** Sends packets that the server must take. */
  async push(sid: string, body: BodyInit): Promise<void> {
    const response = await this.post(sid, body);
    assertEquals([response.status, await response.text()], [200, "ok"]);
  }

  /** Tells whether the server still knows a session. */
  async knows(sid: string): Promise<boolean> {
    const response = await this.post(sid, "6");
    const text = await response.text();
    if (response.status === 200) return true;
    assertEquals(text, '{"code":1,"message":"Session ID unknown"}');
    return false;
  }

  /** Opens a WebSocket; with a sid to move a session to. */
  socket(sid?: string, query = "EIO=4&transport=websocket"): Promise<RawSocket> {
    const url = this.#base.replace("http", "ws");
    return RawSocket.open(`${url}?${query}${sid === undefined ? "" : `&sid=${sid}`}`);
  }

  /** Opens a session over WebSocket. */
  async session(): Promise<{ handshake: Handshake; socket: RawSocket }> {
    const socket = await this.socket();
    const open = await socket.next();
    assertEquals(String(open)[0], "0");
    return { handshake: JSON.parse(String(open).slice(1)), socket };
  }
}

/** A WebSocket whose frames are asked for one by one. */
export class RawSocket {
  readonly #socket: WebSocket;
  readonly #frames: (string | Uint8Array)[] = [];
  #wake = Promise.withResolvers<void>();
  /** The last frames and the end, for whom waits in vain. */
  readonly #history: string[] = [];
  /** How it was closed, once it is. */
  readonly closed: Promise<CloseEvent>;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      this.#frames.push(typeof data === "string" ? data : new Uint8Array(data));
      this.#note(typeof data === "string" ? data.slice(0, 100) : `${data.byteLength} bytes`);
      this.#awake();
    };
    this.closed = new Promise((resolve) => {
      socket.onclose = (event) => {
        this.#note(`closed with ${event.code} ${event.reason}`);
        this.#awake();
        resolve(event);
      };
    });
    socket.onerror = (event) => event.preventDefault();
  }

  /** Opens one; rejects if the server refuses. */
  static async open(url: string): Promise<RawSocket> {
    const socket = new WebSocket(url);
    const raw = new RawSocket(socket);
    await Promise.race([
      new Promise((resolve) => socket.onopen = resolve),
      raw.closed.then(({ code }) => Promise.reject(new Error(`refused: ${code}`))),
    ]);
    return raw;
  }

  /** Sends a frame. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  /** The next frame. */
  async next(): Promise<string | Uint8Array> {
    const deadline = setTimeout(() => this.#awake(), PATIENCE);
    try {
      if (this.#frames.length === 0 && this.#socket.readyState === WebSocket.OPEN) {
        await this.#wake.promise;
      }
    } finally {
      clearTimeout(deadline);
    }
    const frame = this.#frames.shift();
    if (frame === undefined) throw new Error(`No frame came after ${this.#shown()}`);
    return frame;
  }

  /** The next frame that is not a ping. */
  async nextPacket(): Promise<string | Uint8Array> {
    for (let frame = await this.next();; frame = await this.next()) {
      if (frame === "2") this.send("3");
      else return frame;
    }
  }

  /** Waits until the server has closed it. */
  async end(): Promise<CloseEvent> {
    const { promise, reject } = Promise.withResolvers<never>();
    const deadline = setTimeout(
      () => reject(new Error(`Not closed after ${this.#shown()}`)),
      PATIENCE,
    );
    try {
      return await Promise.race([this.closed, promise]);
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Closes it. */
  async close(): Promise<void> {
    this.#socket.close();
    await this.end();
  }

  #note(text: string): void {
    this.#history.push(text);
    if (this.#history.length > 10) this.#history.shift();
  }

  #shown(): string {
    return `${JSON.stringify(this.#history)}, in state ${this.#socket.readyState}`;
  }

  #awake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** Sends bytes over TCP, and gives what comes back until the server closes or `enough` says so. */
export async function exchange(
  url: string,
  request: string,
  enough: (received: string) => boolean,
): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const deadline = setTimeout(() => connection.close(), PATIENCE);
  let received = "";
  try {
    await connection.write(new TextEncoder().encode(request.replaceAll("\n", "\r\n")));
    const buffer = new Uint8Array(65536);
    while (!enough(received)) {
      const length = await connection.read(buffer);
      if (length === null) break;
      received += new TextDecoder().decode(buffer.subarray(0, length));
    }
  } catch (error) {
    // A reset is an end as well.
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  } finally {
    clearTimeout(deadline);
  }
  return received;
}
