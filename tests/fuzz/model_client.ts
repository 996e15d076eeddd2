/** A client of Engine.IO in memory that does one thing at a time, when it is told to. */
import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import type { MemoryRuntime, MemorySocket } from "../../src/runtimes/memory.ts";
import type { Random } from "../kit/random.ts";
import type { Fetcher } from "../kit/memory_client.ts";

/** Lets all that is decided happen. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A request under way, and its answer once that is there. */
interface Exchange {
  answer?: { readonly status: number; readonly text: string };
}

/** Where the trial of a WebSocket stands. */
type Trial = { readonly socket: MemorySocket; stage: "open" | "probing" | "pausing" };

/** A way to do something, if it can be done now. */
type Action = readonly [name: string, act: () => void | Promise<void>];

/** Such a client. */
export class ModelClient {
  /** What it has got, in this order. */
  readonly got: string[] = [];
  /** What it has sent, in this order: those that the server may have. */
  readonly sent: string[] = [];
  /** Whether it takes the session for over. */
  over = false;
  /** Whether that was its own wish. */
  left = false;
  /** Whether it has broken a rule, or a network has: then things may be lost. */
  faulty = false;

  readonly #server: Fetcher;
  readonly #runtime: MemoryRuntime;
  readonly #url: string;
  readonly #revision: 3 | 4;
  readonly #queue: string[] = [];
  #poll: Exchange | undefined;
  #post: Exchange | undefined;
  #trial: Trial | undefined;
  #socket: MemorySocket | undefined;
  #aborting: (() => void) | undefined;

  constructor(server: Fetcher, runtime: MemoryRuntime, url: string, revision: 3 | 4) {
    this.#server = server;
    this.#runtime = runtime;
    this.#url = url;
    this.#revision = revision;
  }

  /** Opens a session over polling, or over a WebSocket. */
  static async open(
    server: Fetcher,
    runtime: MemoryRuntime,
    base: string,
    over: "polling" | "websocket",
    revision: 3 | 4 = 4,
  ): Promise<ModelClient> {
    // The third revision has two forms of binary payloads; text is what both clients and tests can read.
    const url = `${base}?EIO=${revision}${revision === 3 ? "&b64=1" : ""}`;
    if (over === "websocket") {
      const socket = await runtime.connect(server, `${url}&transport=websocket`);
      const client = new ModelClient(server, runtime, "", revision);
      client.#socket = socket;
      return client;
    }
    const response = await server.fetch(new Request(`${url}&transport=polling`), runtime);
    const [open, ...rest] = split(await response.text(), revision);
    const { sid } = JSON.parse(open!.slice(1));
    const client = new ModelClient(server, runtime, `${url}&sid=${sid}&transport=`, revision);
    for (const packet of rest) client.#packet(packet);
    return client;
  }

  /** Wants to send a message. */
  write(message: string): void {
    this.#queue.push(`4${message}`);
  }

  /** Sends a ping, as clients of the third revision do. */
  ping(): void {
    if (this.#revision === 3) this.#queue.push("2");
  }

  /** Whether nothing is under way: no answer is awaited but that of a poll, and nothing waits to be sent. */
  get quiet(): boolean {
    return this.#queue.length === 0 && this.#post === undefined && this.#trial === undefined &&
      (this.#socket === undefined || this.#socket.received.length === 0);
  }

  /** What it can do now that a client does. */
  actions(random: Random): Action[] {
    if (this.over) return [];
    const actions: Action[] = [];
    const add = (when: unknown, ...action: Action) => void (when && actions.push(action));
    const paused = this.#trial?.stage === "pausing";
    const polling = this.#socket === undefined;
    add(polling && !paused && this.#poll === undefined, "poll", () => this.#startPoll());
    add(
      polling && !paused && this.#post === undefined && this.#queue.length > 0,
      "post",
      () => this.#startPost(random),
    );
    add(this.#poll?.answer, "read the poll", () => this.#readPoll());
    add(this.#post?.answer, "read the post", () => this.#readPost());
    add(polling && this.#trial === undefined, "try a WebSocket", () => this.#try());
    add(this.#canGoOn, "go on with the trial", () => this.#goOn());
    add(this.#socket && this.#queue.length > 0, "send frames", () => this.#sendFrames(random));
    add(this.#hasFrames, "read frames", () => this.#readFrames(this.#socket!));
    return actions;
  }

  /** What it can do that ends things, as clients do. */
  endings(): Action[] {
    if (this.over) return [];
    const actions: Action[] = [];
    const add = (when: unknown, ...action: Action) => void (when && actions.push(action));
    add(this.#trial, "abort the trial", () => this.#abortTrial());
    add(this.#trial?.stage !== "pausing", "close", () => this.#close());
    return actions;
  }

  /** What it can do that no client should, or that a network does. */
  faults(random: Random): Action[] {
    if (this.over) return [];
    const actions: Action[] = [];
    const add = (when: unknown, name: string, act: () => void | Promise<void>) => {
      if (!when) return;
      actions.push([name, () => {
        this.faulty = true;
        return act();
      }]);
    };
    const polling = this.#socket === undefined;
    add(polling, "poll beside", () => this.#beside("GET"));
    add(polling, "post beside", () => this.#beside("POST"));
    add(polling && this.#poll, "abort the poll", () => this.#aborting?.());
    add(this.#socket, "lose the WebSocket", () => this.#socket!.close(1006));
    add(this.#socket, "send rubbish", () => this.#socket!.send(random.pick(RUBBISH)));
    add(
      this.#trial,
      "send rubbish in the trial",
      () => this.#trial!.socket.send(random.pick(RUBBISH)),
    );
    add(polling, "upgrade beside", () => this.#connect().then((it) => it?.send("2probe")));
    return actions;
  }

  #request(init: RequestInit = {}): Promise<Response> {
    return this.#server.fetch(new Request(`${this.#url}polling`, init), this.#runtime);
  }

  async #startPoll(): Promise<void> {
    const exchange: Exchange = this.#poll = {};
    this.#aborting = undefined;
    const response = this.#request();
    this.#read(response, exchange);
    await turn();
  }

  #startPost(random: Random): void {
    const packets = this.#queue.splice(0, 1 + random.below(this.#queue.length));
    const exchange: Exchange = this.#post = {};
    for (const it of packets) if (it[0] === "4") this.sent.push(it.slice(1));
    this.#read(this.#request({ method: "POST", body: join(packets, this.#revision) }), exchange);
  }

  #read(response: Promise<Response>, exchange: Exchange): void {
    response.then(async (response) => {
      const { status, body } = response;
      const reader = body?.getReader();
      let text = "";
      let cut = false;
      if (exchange === this.#poll) {
        this.#aborting = () => {
          cut = true;
          reader?.cancel().catch(() => {});
        };
      }
      const decoder = new TextDecoder();
      for (let it = await reader?.read(); it !== undefined && !it.done; it = await reader!.read()) {
        text += decoder.decode(it.value, { stream: true });
      }
      exchange.answer = { status: cut ? 0 : status, text };
    });
  }

  #readPoll(): void {
    const { status, text } = this.#poll!.answer!;
    this.#poll = undefined;
    if (status !== 200) return void (this.over = true);
    for (const packet of split(text, this.#revision)) this.#packet(packet);
  }

  #readPost(): void {
    const { status, text } = this.#post!.answer!;
    this.#post = undefined;
    if (status !== 200) return void (this.over = true);
    assertEquals(text, "ok");
  }

  async #connect(): Promise<MemorySocket | undefined> {
    try {
      return await this.#runtime.connect(this.#server, `${this.#url}websocket`);
    } catch {
      return undefined;
    }
  }

  async #try(): Promise<void> {
    const socket = await this.#connect();
    if (socket !== undefined) this.#trial = { socket, stage: "open" };
  }

  get #hasFrames(): boolean {
    const socket = this.#socket;
    return socket !== undefined && (socket.received.length > 0 || socket.closed !== undefined);
  }

  get #canGoOn(): boolean {
    if (this.#trial === undefined) return false;
    const { stage, socket } = this.#trial;
    if (socket.closed !== undefined || stage === "open") return true;
    if (stage === "probing") return socket.received.length > 0;
    // Not before the last poll and the last post are over.
    return this.#poll === undefined && this.#post === undefined;
  }

  #goOn(): void {
    const trial = this.#trial!;
    const { socket } = trial;
    if (socket.closed !== undefined) return void (this.#trial = undefined);
    switch (trial.stage) {
      case "open":
        socket.send("2probe");
        trial.stage = "probing";
        break;
      case "probing":
        if (socket.received.shift() === "3probe") trial.stage = "pausing";
        break;
      case "pausing":
        socket.send("5");
        this.#trial = undefined;
        this.#socket = socket;
    }
  }

  #abortTrial(): void {
    this.#trial!.socket.close(1005);
    this.#trial = undefined;
  }

  #sendFrames(random: Random): void {
    const packets = this.#queue.splice(0, 1 + random.below(this.#queue.length));
    if (this.#socket!.closed !== undefined) return;
    for (const it of packets) {
      if (it[0] === "4") this.sent.push(it.slice(1));
      this.#socket!.send(it);
    }
  }

  #readFrames(socket: MemorySocket): void {
    for (const frame of socket.received.splice(0)) {
      this.#packet(typeof frame === "string" ? frame : `b${btoa(String.fromCharCode(...frame))}`);
    }
    if (socket.closed !== undefined) this.over = true;
  }

  async #close(): Promise<void> {
    this.left = true;
    if (this.#socket !== undefined) this.#socket.close(1000);
    else await this.#request({ method: "POST", body: "1" });
    this.over = true;
  }

  async #beside(method: "GET" | "POST"): Promise<void> {
    const response = this.#request(method === "GET" ? {} : { method, body: "6" });
    response.then((it) => it.body?.cancel());
    await turn();
  }

  #packet(packet: string): void {
    switch (packet[0]) {
      case "2":
        return void this.#queue.unshift("3");
      case "3":
        assert(this.#revision === 3 || this.faulty, `got ${packet}`);
        return;
      case "4":
        return void this.got.push(packet.slice(1));
      case "b":
        // In the third revision, the type stands behind it.
        return void this.got.push(this.#revision === 3 ? `b${packet.slice(2)}` : packet);
      case "1":
        this.over = true;
        return;
      default:
        // A noop, the handshake of a WebSocket, or the answer to another probe.
        assert(packet === "6" || packet[0] === "0" || this.faulty, `got ${packet}`);
    }
  }
}

function join(packets: readonly string[], revision: 3 | 4): string {
  return revision === 4 ? packets.join("\x1e") : packets.map((it) => `${it.length}:${it}`).join("");
}

function split(payload: string, revision: 3 | 4): string[] {
  if (revision === 4) return payload.split("\x1e");
  const packets: string[] = [];
  for (let at = 0; at < payload.length;) {
    const start = payload.indexOf(":", at) + 1;
    const end = start + Number(payload.slice(at, start - 1));
    packets.push(payload.slice(start, end));
    at = end;
  }
  return packets;
}

/** Nothing that the server takes for a message. */
const RUBBISH = ["", "x", "7", "3", "2", "2probe", "5", "6", "1", "b!", "0{}", "\ud83e"];
