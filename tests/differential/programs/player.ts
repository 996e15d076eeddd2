/** Plays a program against a server with the official client, and notes what is seen. */
import { Manager, type Socket } from "socket.io-client";
import { TrackingAgent } from "../../runtimes/client.ts";
import type { Chain, ClientOp, ClientPlan, Op, Program, Step } from "./program.ts";
import { sent } from "./stage.mjs";
import { make, show } from "./values.mjs";

/** How long a step may take until everything has come to rest, in milliseconds. */
const PATIENCE = 4_000;
const BARRIER = "~";

/** What the server tells of its side. */
interface Look {
  readonly entries: readonly (readonly [lane: string, text: string])[];
  readonly pending: number;
  readonly clients: number;
  readonly live: readonly string[];
  readonly state: unknown;
}

let count = 0;

/**
 * Plays a program.
 *
 * @param url the server, without a slash at the end
 * @param patience how many times as long as usual to wait
 * @returns what was seen in each step, in lanes whose order is promised
 */
export async function play(url: string, program: Program, patience: number): Promise<string[]> {
  const player = new Player(url, program, patience);
  try {
    await player.run();
  } finally {
    await player.close();
  }
  return player.transcript;
}

class Player {
  readonly transcript: string[] = [];
  readonly #url: string;
  readonly #id = `p${count++}`;
  readonly #program: Program;
  readonly #patience: number;
  readonly #clients = new Map<string, Client>();
  #lanes = new Map<string, string[]>();
  /** How much has been noted. */
  #noted = 0;

  constructor(url: string, program: Program, patience: number) {
    this.#url = url;
    this.#program = program;
    this.#patience = patience;
  }

  async run(): Promise<void> {
    const { program, patience } = { program: this.#program, patience: this.#patience };
    await this.#control({ kind: "begin", program, patience });
    for (const plan of program.clients) {
      const note = (lane: string, text: string) => this.#note(lane, text);
      const client = new Client(`${this.#url}`, `/${this.#id}`, plan, patience, note);
      this.#clients.set(plan.who, client);
    }
    for (const [n, step] of program.steps.entries()) {
      await this.#step(step);
      this.#finish(n, await this.#settle());
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((it) => it.close()));
    await this.#control({ kind: "end" });
  }

  async #step(step: Step): Promise<void> {
    if (step.by === "server") await this.#control({ kind: "do", ops: step.ops as readonly Op[] });
    else for (const op of step.ops as readonly ClientOp[]) this.#clients.get(step.by)!.perform(op);
  }

  /** Waits until nothing is under way, and gives what the server says then. */
  async #settle(): Promise<Look> {
    const clients = [...this.#clients.values()];
    const deadline = Date.now() + this.#patience * PATIENCE;
    for (let quiet = 0;;) {
      const before = this.#noted;
      const look: Look = await this.#control({ kind: "look" });
      for (const [lane, text] of look.entries) this.#note(`server: ${lane}`, text);
      const open = clients.filter((it) => it.open).length;
      const live = clients.flatMap((it) => it.live).sort();
      const agreed = look.pending === 0 && look.clients === open &&
        clients.every((it) => it.rests) && `${live}` === `${[...look.live].sort()}`;
      if (agreed) await Promise.all(clients.map((it) => it.barrier()));
      if (!agreed || this.#noted > before) quiet = 0;
      else if (++quiet === 3) return look;
      if (Date.now() > deadline) {
        const left = `${look.pending} pending, ${look.clients} of ${open} open`;
        this.#note("it never comes to rest", `${left}, ${live} of ${look.live}`);
        return look;
      }
      if (!agreed) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  #note(lane: string, text: string): void {
    this.#noted++;
    const entries = this.#lanes.get(lane);
    if (entries === undefined) this.#lanes.set(lane, [text]);
    else entries.push(text);
  }

  #finish(n: number, { state }: Look): void {
    const names = [...this.#clients.values()].flatMap((it) => [...it.ids]);
    const anonymous = (text: string) =>
      names.reduce((it, [id, name]) => it.replaceAll(id, name), text);
    for (const [lane, entries] of [...this.#lanes].sort()) {
      // Several clients answer in any order; officially, several events are in the middlewares at a time.
      if (/ (answers|each|filter)$/.test(lane)) entries.sort();
      for (const entry of entries) this.transcript.push(anonymous(`${n} ${lane}: ${entry}`));
    }
    this.transcript.push(anonymous(`${n} state: ${JSON.stringify(state)}`));
    this.#lanes = new Map();
  }

  async #control(order: object): Promise<Look> {
    const body = JSON.stringify({ id: this.#id, ...order });
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(`${this.#url}/control`, { method: "POST", body, signal });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  }
}

/** A connection with its sockets. */
class Client {
  readonly #plan: ClientPlan;
  readonly #patience: number;
  readonly #manager: Manager;
  readonly #agent = new TrackingAgent();
  readonly #note: (lane: string, text: string) => void;
  readonly #sockets = new Map<string, Socket>();
  /** Ids of sockets, and what they are called in the transcript. */
  readonly ids = new Map<string, string>();
  #pending = 0;
  /** The socket that the server is about to disconnect: what comes from it then, it may take for a violation. */
  #leaving: Socket | undefined;

  constructor(
    url: string,
    path: string,
    plan: ClientPlan,
    patience: number,
    note: (lane: string, text: string) => void,
  ) {
    this.#plan = plan;
    this.#patience = patience;
    this.#note = note;
    this.#manager = new Manager(url, {
      path,
      transports: [...plan.transports],
      query: { ...plan.query, who: plan.who },
      autoConnect: false,
      reconnectionDelay: 1,
      reconnectionDelayMax: 1,
      randomizationFactor: 0,
      agent: this.#agent as never,
    });
  }

  get open(): boolean {
    return this.#manager._readyState === "open";
  }

  /** The sockets that are connected. */
  get live(): string[] {
    return [...this.#sockets].filter(([, it]) => it.connected).map(([nsp]) => this.#plan.who + nsp);
  }

  /** Whether it waits for nothing. */
  get rests(): boolean {
    if (this.#pending > 0 || this.#leaving !== undefined) return false;
    if (this.#manager._readyState === "opening") return false;
    const { engine } = this.#manager;
    const upgrades = this.open && this.#plan.transports.length > 1;
    if (upgrades && this.#plan.patient && engine.transport.name !== "websocket") return false;
    if (!this.#manager.reconnection() && !this.open) return true;
    return [...this.#sockets.values()].every((it) => it.connected || !it.active);
  }

  /** Waits until all before it has come and gone. */
  async barrier(): Promise<void> {
    const connected = [...this.#sockets.values()].filter((it) => it.connected);
    await Promise.all(connected.map((socket) =>
      new Promise<void>((resolve) => {
        socket.timeout(this.#patience * PATIENCE / 4).emit(BARRIER, () => resolve());
      })
    ));
  }

  perform(op: ClientOp): void {
    switch (op.does) {
      case "connect":
        return this.#connect(op.nsp, op.auth);
      case "call":
        return this.#call(op.nsp, op.chain);
      case "leave":
        this.#manager.reconnection(false);
        return void this.#manager.engine?.close();
      case "return":
        this.#manager.reconnection(true);
        for (const socket of this.#sockets.values()) if (socket.active) socket.connect();
        return;
    }
  }

  async close(): Promise<void> {
    this.#manager._close();
    await this.#agent.idle();
  }

  #connect(nsp: string, auth: unknown): void {
    const known = this.#sockets.get(nsp);
    if (known !== undefined) return void known.connect();
    const socket = this.#manager.socket(nsp, { auth: make(auth ?? {}, () => {}) as object });
    this.#sockets.set(nsp, socket);
    const name = this.#plan.who + nsp;
    socket.on("connect", () => {
      const { id } = socket;
      if (!this.ids.has(id!)) this.ids.set(id!, name);
      this.#note(`${name} life`, `connect, ${socket.recovered ? "recovered" : "new"}`);
    });
    socket.on("connect_error", (error) => {
      const { data } = error as Error & { data?: unknown };
      this.#note(`${name} life`, `refused: ${error.message} ${show(data)}`);
    });
    socket.on("disconnect", (reason) => {
      if (this.#leaving === socket) this.#leaving = undefined;
      this.#note(`${name} life`, `disconnect: ${reason}`);
    });
    socket.onAny((...args) => this.#take(socket, name, args));
    socket.connect();
  }

  #take(socket: Socket, name: string, args: unknown[]): void {
    if (args[0] === "volatile") return;
    this.#note(`${name} got`, show(sent(args)));
    const ack = args.at(-1);
    if (typeof ack === "function") {
      if (args[0] === "mute") return;
      ack(name, ...args.slice(1, -1));
      if (args[0] === "twice") ack("again");
    } else if (args[0] === "poke") {
      socket.emit("poked", Uint8Array.of(1), args[1]);
    } else if (args[0] === "go") socket.disconnect();
  }

  #call(nsp: string, chain: Chain): void {
    const socket = this.#sockets.get(nsp);
    if (socket === undefined) return;
    const name = this.#plan.who + nsp;
    const says = show(chain.at(-1));
    const timed = chain.some(([member]) => member === "timeout");
    const callback = () => {
      if (timed) this.#pending++;
      return (...answer: unknown[]) => {
        if (timed) this.#pending--;
        this.#note(`${name} answers`, `${says} ${show(answer)}`);
      };
    };
    if (chain.at(-1)![1] === "kick") {
      if (!socket.connected) return;
      this.#leaving = socket;
    }
    let value: unknown = socket;
    for (const [member, ...recipes] of chain) {
      const given = recipes.map((it) => isTime(it) ? it.v * this.#patience : make(it, callback));
      const found = (value as Record<string, unknown>)[member];
      try {
        value = typeof found === "function" ? found.apply(value, given) : found;
      } catch (error) {
        return this.#note(`${name} does`, `${says} throws ${(error as Error).name}`);
      }
    }
    if (!(value instanceof Promise)) return;
    if (timed) this.#pending++;
    value.then(
      (it) => this.#note(`${name} answers`, `${says} ${show(it)}`),
      () => this.#note(`${name} answers`, `${says} failed`),
    ).then(() => {
      if (timed) this.#pending--;
    });
  }
}

function isTime(it: unknown): it is { v: number } {
  return (it as { $?: unknown } | null)?.$ === "time";
}
