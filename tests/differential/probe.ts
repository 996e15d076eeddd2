/** Talks to one server by hand, and notes what comes back in a form that can be compared. */
import { RawSocket } from "../kit/raw_client.ts";
import { HEADERS } from "./headers.ts";

/** How long nothing must have come before that counts as all there is, in milliseconds. */
const QUIET = 40;
const PATIENCE = 10_000;
const ASKED_FOR = [...HEADERS, "x-initial", "x-every"];

/** One scenario on one server. */
export class Probe {
  /** What was seen. */
  readonly transcript: string[] = [];
  readonly #url: string;
  readonly #sockets: Watched[] = [];
  readonly #sessions: string[] = [];

  readonly #quiet: number;

  /**
   * @param url where the server is, without a slash at the end
   * @param patience how many times as long as usual to wait for silence
   */
  constructor(url: string, patience: number) {
    this.#url = url;
    this.#quiet = patience * QUIET;
  }

  /** Notes something. */
  note(...parts: unknown[]): void {
    const text = parts.map((it) => typeof it === "string" ? it : JSON.stringify(it)).join(" ");
    this.transcript.push(anonymous(text));
  }

  /** Sends a request, notes the answer, and gives its body. */
  async http(query: string, init: RequestInit = {}, path = "/socket.io/"): Promise<string> {
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const response = await fetch(`${this.#url}${path}${query}`, { signal, ...init });
      const body = await response.text();
      const headers = ASKED_FOR.flatMap((name) => {
        const value = response.headers.get(name);
        return value === null ? [] : [`${name}: ${value.toLowerCase()}`];
      });
      this.note("answer", response.status, headers, body.slice(0, 300));
      return body;
    } catch (error) {
      this.note("no answer", (error as Error).name);
      return "";
    }
  }

  /** Opens a session over polling, and gives the query that goes on with it. */
  async polling(query = ""): Promise<string> {
    const body = await this.http(`?EIO=4&transport=polling${query}`);
    const session = `?EIO=4&transport=polling&sid=${JSON.parse(body.slice(1)).sid}`;
    this.#sessions.push(session);
    return session;
  }

  /** Opens a WebSocket. */
  async socket(query = "?EIO=4&transport=websocket", path = "/socket.io/"): Promise<Watched> {
    const url = `${this.#url.replace("http", "ws")}${path}${query}`;
    const socket = new Watched(await RawSocket.open(url), this.#quiet);
    this.#sockets.push(socket);
    return socket;
  }

  /** Opens a WebSocket and joins namespaces. */
  async joined(...packets: string[]): Promise<Watched> {
    const socket = await this.socket();
    for (const packet of packets.length > 0 ? packets : ["40"]) socket.raw.send(packet);
    await socket.quiet();
    socket.take();
    await this.log(false);
    return socket;
  }

  /** Sends frames, and notes what comes until it is quiet. */
  async say(socket: Watched, ...frames: (string | Uint8Array<ArrayBuffer>)[]): Promise<void> {
    for (const frame of frames) socket.raw.send(frame);
    await socket.quiet();
    this.note("frames", ...socket.take());
  }

  /** Notes what the server's side has seen since the last time. */
  async log(noted = true): Promise<void> {
    // The official server takes some turns until it has handled what it has answered already.
    await new Promise((resolve) => setTimeout(resolve, this.#quiet / 2));
    const response = await fetch(`${this.#url}/log`);
    for (const entry of await response.json()) if (noted) this.note("server", entry);
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((it) => it.raw.close()));
    for (const session of this.#sessions) {
      const url = `${this.#url}/socket.io/${session}`;
      await (await fetch(url, { method: "POST", body: "1" })).body?.cancel();
    }
    await new Promise((resolve) => setTimeout(resolve, this.#quiet));
    await this.log(false);
  }
}

/** A WebSocket whose frames pile up. */
export class Watched {
  readonly raw: RawSocket;
  readonly #frames: string[] = [];
  #last = Date.now();
  readonly #quiet: number;

  constructor(raw: RawSocket, quiet: number) {
    this.raw = raw;
    this.#quiet = quiet;
    this.#watch();
    // Which code a close without one is told as is the runtime's business.
    raw.closed.then(({ code }) => this.#add(code <= 1006 ? "closed" : `closed ${code}`));
  }

  /** Waits until nothing more comes. */
  async quiet(): Promise<void> {
    this.#last = Date.now();
    while (Date.now() - this.#last < this.#quiet) await new Promise((it) => setTimeout(it, 5));
  }

  /** Takes what has come. */
  take(): string[] {
    return this.#frames.splice(0);
  }

  async #watch(): Promise<void> {
    while (true) {
      try {
        const frame = await this.raw.next();
        this.#add(typeof frame === "string" ? frame : `bytes ${frame.join(" ")}`);
      } catch {
        // Nothing came for a while, or never will.
        if (this.#frames.at(-1)?.startsWith("closed")) return;
        await new Promise((it) => setTimeout(it, 1));
      }
    }
  }

  #add(frame: string): void {
    this.#last = Date.now();
    this.#frames.push(frame);
  }
}

/** A text without what differs from run to run. */
function anonymous(text: string): string {
  return text
    .replaceAll(/"(sid|pid)\\?":\\?"[^"\\]+/g, '"$1":"…')
    .replaceAll(/io=[\w-]{20}/g, "io=…")
    .replaceAll(/sid=[\w-]{20}/g, "sid=…")
    .replaceAll(/[?&]sid=[\w-]{20}/g, "?sid=…");
}
