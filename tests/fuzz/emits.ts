/** Events to one client and to many, with bytes and without, over every transport and from one to the other. */
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Server, type Socket } from "../../mod.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { Decoder } from "../../src/wire/parser.ts";
import type { Random } from "../kit/random.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { ModelClient, turn } from "./model_client.ts";

const BASE = "http://localhost/socket.io/";

/** The fuzzer. */
export const emits: Fuzzer = {
  name: "emits",
  async round(random, trace) {
    using time = new FakeTime();
    const round = new Round(random, time, trace);
    try {
      await round.run();
    } finally {
      await round.io.close();
    }
    await turn();
    time.tick(200);
    await turn();
    assertEquals(round.io.engine.clientsCount, 0, "a session is left");
    assertEquals(time.next(), false, "a timer is left");
  },
};

/** What a client was sent, in this order; some of it may be dropped. */
interface Sent {
  readonly number: number;
  readonly volatile: boolean;
}

/** A client, and its socket. */
class Party {
  readonly client: ModelClient;
  readonly socket: Socket;
  readonly sent: Sent[] = [];
  /** What it has asked for, by the id of the question, and how often it was answered. */
  readonly asked = new Map<number, number>();

  constructor(client: ModelClient, socket: Socket) {
    this.client = client;
    this.socket = socket;
  }
}

class Round {
  readonly io = new Server({ pingInterval: 60_000, pingTimeout: 60_000, upgradeTimeout: 250 });
  readonly #random: Random;
  readonly #time: FakeTime;
  readonly #trace: string[];
  readonly #runtime = new MemoryRuntime();
  readonly #parties: Party[] = [];
  readonly #faults: unknown[] = [];
  #count = 0;

  constructor(random: Random, time: FakeTime, trace: string[]) {
    this.#random = random;
    this.#time = time;
    this.#trace = trace;
  }

  async run(): Promise<void> {
    const random = this.#random;
    this.io.on("error", (error) => this.#faults.push(error));
    this.io.on("connection", (socket) => {
      socket.on("ask", (number, ack) => ack(number));
      // Emitted from within a handler, to the others as well.
      socket.on("tell", () => this.#emit());
    });
    for (let n = 1 + random.below(3); n > 0; n--) await this.#join();
    for (let step = 20 + random.below(80); step > 0; step--) {
      const party = random.pick(this.#parties);
      switch (random.below(8)) {
        case 0:
        case 1:
          this.#emit();
          break;
        case 2:
          this.#ask(party);
          break;
        case 3: {
          const ms = random.below(60);
          this.#note(`${ms} ms`);
          this.#time.tick(ms);
          break;
        }
        case 4:
          if (random.below(3) > 0) break;
          this.#runtime.buffered = random.pick([0, 0, 100_000, 300_000]);
          this.#note(`${this.#runtime.buffered} bytes wait`);
          break;
        default:
          await this.#act(party);
      }
      if (random.below(3) > 0) await turn();
    }
    await this.#finish();
    for (const party of this.#parties) this.#check(party);
    assertEquals(this.#faults, []);
  }

  async #join(): Promise<void> {
    const before = new Set(this.io.sockets.sockets.keys());
    const over = this.#random.below(3) === 0 ? "websocket" : "polling";
    const client = await ModelClient.open(this.io, this.#runtime, BASE, over);
    client.write("0");
    while (this.io.sockets.sockets.size === before.size) {
      for (const [, act] of client.actions(this.#random).slice(0, 2)) await act();
      await turn();
    }
    const id = [...this.io.sockets.sockets.keys()].find((it) => !before.has(it))!;
    this.#parties.push(new Party(client, this.io.sockets.sockets.get(id)!));
    const socket = this.#parties.at(-1)!.socket;
    if (this.#random.below(2) === 0) socket.join("room");
  }

  #emit(): void {
    const random = this.#random;
    const number = this.#count++;
    const volatile = random.below(5) === 0;
    const data = [number, ...this.#load()];
    const to = random.below(3);
    const party = random.pick(this.#parties);
    this.#note(
      `emit ${number} to ${["one", "all", "the room"][to]}${volatile ? ", volatile" : ""}`,
    );
    const receivers = to === 0
      ? [party]
      : this.#parties.filter(({ socket }) => to === 1 || socket.rooms.has("room"));
    // Before it is sent, since what is sent from within a handler comes later.
    for (const { sent, socket } of receivers) if (socket.connected) sent.push({ number, volatile });
    const from = to === 0 ? party.socket : to === 1 ? this.io : this.io.to("room");
    const compress = random.below(2) === 0;
    const flagged = from.compress(compress);
    (volatile ? flagged.volatile : flagged).emit("event", ...data);
  }

  #load(): unknown[] {
    const random = this.#random;
    if (random.below(3) > 0) return ["text"];
    const bytes = random.bytes();
    // A blob is read first, and what is sent meanwhile has to wait.
    return [random.below(3) === 0 ? new Blob([bytes]) : bytes, random.bytes()];
  }

  #ask({ client, asked }: Party): void {
    const id = this.#count++;
    this.#note(`ask ${id}`);
    asked.set(id, 0);
    client.write(`2${id}["ask",${id}]`);
    if (this.#random.below(3) === 0) client.write('2["tell"]');
  }

  async #act({ client }: Party): Promise<void> {
    const actions = client.actions(this.#random);
    if (actions.length === 0) return;
    const [name, act] = this.#random.pick(actions);
    this.#note(name);
    await act();
  }

  /** Goes on until nothing happens any more. */
  async #finish(): Promise<void> {
    this.#runtime.buffered = 0;
    this.#note("finish");
    for (let quiet = 0, steps = 0; quiet < 8; steps++) {
      assert(steps < 500, "it never ends");
      const before = this.#progress();
      for (const { client } of this.#parties) {
        for (const [name, act] of client.actions(this.#random)) {
          if (name === "try a WebSocket") continue;
          await act();
          await turn();
        }
      }
      this.#time.tick(30);
      await turn();
      const still = this.#progress() === before &&
        this.#parties.every(({ client }) => client.quiet);
      quiet = still ? quiet + 1 : 0;
    }
  }

  #progress(): number {
    return this.#parties.reduce((sum, { client }) => sum + client.got.length, 0);
  }

  #check({ client, socket, sent, asked }: Party): void {
    assertEquals([socket.connected, client.over], [true, false]);
    let at = 0;
    const decoder = new Decoder().on("decoded", ({ type, id, data }) => {
      if (type === 3) asked.set(id!, asked.get(id!)! + 1);
      if (type !== 2) return;
      const [, number, ...rest] = data as [string, number, ...unknown[]];
      assert(rest.length === (rest[0] === "text" ? 1 : 2), "its data is not whole");
      while (sent[at] !== undefined && sent[at]!.number !== number) {
        assert(sent[at]!.volatile, `event ${sent[at]!.number} is lost, ${number} came`);
        at++;
      }
      assert(sent[at++] !== undefined, `event ${number} is doubled or out of order`);
    });
    for (const it of client.got) decoder.add(it[0] === "b" ? bytesOf(it.slice(1)) : it);
    const left = sent.slice(at).filter((it) => !it.volatile);
    assertEquals(left, [], "not all has come");
    for (const [id, times] of asked) assertEquals(times, 1, `answers to ${id}`);
  }

  #note(what: string): void {
    this.#trace.push(`${this.#time.now - this.#time.start} ${what}`);
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));
}
