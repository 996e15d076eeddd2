/** Does what an exchange says, and notes what comes back. */
import { RawSocket } from "../../kit/raw_client.ts";
import { shorterThan, type Trial } from "../difference.ts";
import { HEADERS } from "../headers.ts";
import type { Frame, Move } from "./exchange.ts";

/** How long nothing must have come before that counts as all there is, in milliseconds. */
const QUIET = 30;
/** The same, while polls are ended so that their client can move to its WebSocket. */
const QUIET_WHILE_PROBING = 160;

/** Exchanges. What is seen is noted after each move, in lanes whose order is promised. */
export const EXCHANGES: Trial<readonly Move[]> = {
  async play(url, moves, patience) {
    const player = new ExchangePlayer(url, patience);
    try {
      for (const move of moves) await player.move(move);
    } finally {
      await player.close();
    }
    return player.transcript;
  },
  *smallerThan(moves) {
    // The sessions have numbers, which must stay.
    for (const fewer of shorterThan(moves)) if (isWhole(fewer, moves)) yield fewer;
  },
};

function isWhole(fewer: readonly Move[], moves: readonly Move[]): boolean {
  const opened = (list: readonly Move[]) => list.filter(({ does }) => does === "open").length;
  return opened(fewer) === opened(moves);
}

/** A session, with its WebSocket if there is one. */
interface PlayedSession {
  sid: string;
  socket: RawSocket | undefined;
  probing?: boolean;
}

class ExchangePlayer {
  readonly transcript: string[] = [];
  readonly #url: string;
  readonly #patience: number;
  readonly #sessions: PlayedSession[] = [];
  readonly #sockets: RawSocket[] = [];
  readonly #requests = new Set<Promise<unknown>>();
  readonly #end = new AbortController();
  #lanes = new Map<string, string[]>();
  #last = 0;
  #moves = 0;

  constructor(url: string, patience: number) {
    this.#url = url;
    this.#patience = patience;
  }

  async move(move: Move): Promise<void> {
    const n = this.#moves++;
    await this.#do(n, move);
    await this.#quiet();
    const log = await (await fetch(`${this.#url}/log`)).json();
    for (const [what, ...rest] of log) {
      this.#note(what === "any" ? "server, any" : "server", JSON.stringify([what, ...rest]));
    }
    for (const [lane, texts] of [...this.#lanes].sort()) {
      // A poll that waits when its session moves is told officially that it is closed.
      const moves = lane.startsWith("poll") && move.does === "frames" && move.frames.includes("5");
      for (const text of texts) {
        const same = moves ? text.replace(/\| 1$/, "| 6") : text;
        this.transcript.push(`${n} ${lane}: ${this.#anonymous(same)}`);
      }
    }
    this.#lanes = new Map();
  }

  async close(): Promise<void> {
    this.#end.abort();
    for (const { sid } of this.#sessions) {
      const url = `${this.#url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
      await (await fetch(url, { method: "POST", body: "1" })).body?.cancel();
    }
    await Promise.all(this.#sockets.map((it) => it.close()));
    await Promise.all(this.#requests);
    await this.#quiet();
    await (await fetch(`${this.#url}/log`)).body?.cancel();
  }

  async #do(n: number, move: Move): Promise<void> {
    switch (move.does) {
      case "request":
        return void this.#request(`request ${n}`, move.query, move.init);
      case "open":
        return await this.#open(`open ${n}`, move);
      case "poll":
        return void this.#request(`poll ${n}`, this.#query(move, "polling"), {});
      case "post":
        return void this.#request(`post ${n}`, this.#query(move, "polling"), move.init);
      case "upgrade": {
        const session = this.#sessions[move.of]!;
        // The official server takes a WebSocket for a session that has one, and closes it later; ours refuses it.
        if (session.socket === undefined) {
          session.socket = await this.#connect(`upgrade ${n}`, this.#query(move, "websocket"));
          session.socket?.closed.then(() => session.socket = undefined);
        }
        return;
      }
      case "frames":
        return this.#send(this.#sessions[move.of]!, move.frames);
      case "close":
        await this.#sessions[move.of]!.socket?.close();
    }
  }

  #send(session: PlayedSession, frames: readonly Frame[]): void {
    for (const frame of frames) session.socket?.send(bytesOf(frame));
    session.probing = frames.at(-1) === "2probe";
  }

  async #open(lane: string, { over, init }: Extract<Move, { does: "open" }>): Promise<void> {
    const query = `EIO=4&transport=${over}`;
    if (over === "polling") {
      const body = await this.#request(lane, query, init);
      this.#sessions.push({ sid: sidOf(body) ?? "none", socket: undefined });
    } else {
      const session: PlayedSession = { sid: "unknown", socket: undefined };
      this.#sessions.push(session);
      session.socket = await this.#connect(lane, query, (frame) => {
        session.sid = sidOf(frame) ?? session.sid;
      });
    }
  }

  #query({ of, query }: { of: number; query: string }, transport: string): string {
    return `EIO=4&transport=${transport}&sid=${this.#sessions[of]!.sid}${query}`;
  }

  #request(lane: string, query: string, init: RequestInit): Promise<string> {
    const { signal } = this.#end;
    const ask = async () => {
      try {
        const url = `${this.#url}/socket.io/?${query}`;
        const response = await fetch(url, { ...init, signal });
        const body = await response.text();
        const headers = HEADERS.flatMap((name) => {
          const value = response.headers.get(name);
          return value === null ? [] : [`${name}: ${value.toLowerCase()}`];
        });
        this.#note(lane, [response.status, ...headers, body].join(" | "));
        return body;
      } catch (error) {
        if (!signal.aborted) this.#note(lane, `no answer: ${(error as Error).name}`);
        return "";
      }
    };
    const asked = ask().finally(() => this.#requests.delete(asked));
    this.#requests.add(asked);
    return asked;
  }

  async #connect(
    lane: string,
    query: string,
    got: (frame: string) => void = () => {},
  ): Promise<RawSocket | undefined> {
    try {
      const socket = await RawSocket.open(`${this.#url.replace("http", "ws")}/socket.io/?${query}`);
      this.#sockets.push(socket);
      this.#watch(lane, socket, got);
      return socket;
    } catch {
      this.#note(lane, "refused");
    }
  }

  async #watch(lane: string, socket: RawSocket, got: (frame: string) => void): Promise<void> {
    socket.closed.then(({ code }) => this.#note(lane, code <= 1006 ? "closed" : `closed ${code}`));
    try {
      while (true) {
        const frame = await socket.next();
        got(String(frame));
        this.#note(lane, typeof frame === "string" ? frame : `bytes ${frame.join(" ")}`);
      }
    } catch {
      // It is closed.
    }
  }

  #note(lane: string, text: string): void {
    this.#last = performance.now();
    const texts = this.#lanes.get(lane);
    if (texts === undefined) this.#lanes.set(lane, [text]);
    else texts.push(text);
  }

  async #quiet(): Promise<void> {
    this.#last = performance.now();
    const probing = this.#sessions.some((it) => it.probing && it.socket !== undefined);
    const quiet = this.#patience * (probing ? QUIET_WHILE_PROBING : QUIET);
    while (performance.now() - this.#last < quiet) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #anonymous(text: string): string {
    return text
      .replaceAll(/(sid|pid)\\?":\\?"[^"\\]+/g, '$1":"…')
      .replaceAll(/(io|sid)=[\w-]{20}/g, "$1=…")
      .replaceAll(/[?&]sid=…/g, "?sid=…")
      // Ours says what may be wrong, names the same reason on each transport, and says nothing before it closes.
      .replaceAll(/,?\\?"hint\\?":\\?"[^"\\]+\\?"/g, "")
      .replaceAll('"forced close"', '"forced server close"')
      .replaceAll("6\x1e1", "1");
  }
}

function sidOf(opening: string): string | undefined {
  return /^0\{"sid":"([^"]+)/.exec(opening)?.[1];
}

function bytesOf(frame: Frame): string | Uint8Array<ArrayBuffer> {
  return typeof frame === "string" ? frame : Uint8Array.from(frame);
}
