/** Polls, posts, upgrades, messages and ends in every order, checked against what has to arrive. */
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Server, type Socket } from "../../src/engine/mod.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import type { Random } from "../kit/random.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { ModelClient, turn } from "./model_client.ts";

const BASE = "http://localhost/engine.io/";

/** The fuzzer. */
export const transports: Fuzzer = {
  name: "transports",
  async round(random, trace) {
    using time = new FakeTime();
    const round = new Round(random, time, trace);
    try {
      await round.run();
    } finally {
      round.engine.close();
    }
  },
};

class Round {
  readonly engine = new Server({
    pingInterval: 400,
    pingTimeout: 300,
    upgradeTimeout: 250,
    allowEIO3: true,
  });
  readonly #random: Random;
  readonly #time: FakeTime;
  readonly #trace: string[];
  /** What the server has got, and what it has sent. */
  readonly #got: string[] = [];
  readonly #sent: string[] = [];
  readonly #closes: string[] = [];
  readonly #faults: unknown[] = [];
  #count = 0;
  /** Whether the server has closed, and let what it had written go before. */
  #closing = false;

  constructor(random: Random, time: FakeTime, trace: string[]) {
    this.#random = random;
    this.#time = time;
    this.#trace = trace;
  }

  async run(): Promise<void> {
    const random = this.#random;
    const { engine } = this;
    engine.on("error", (error) => this.#faults.push(error));
    const chatty = random.below(3) === 0;
    let [conn] = engine.clients.values();
    const send = () => {
      if (conn?.readyState !== "open") return;
      const message = `s${this.#count++}`;
      if (random.below(4) > 0) {
        this.#sent.push(message);
        conn.send(message);
      } else {
        this.#sent.push(`b${btoa(message)}`);
        conn.send(new TextEncoder().encode(message));
      }
    };
    engine.on("connection", (it) => {
      conn = it;
      it.on("close", (reason) => {
        this.#note(`closed: ${reason}`);
        this.#closes.push(reason);
        it.send("too late");
      });
      it.on("message", (data) => {
        this.#got.push(String(data));
        if (chatty) send();
      });
      if (!chatty) return;
      it.on("upgrade", send);
      it.on("upgrading", send);
      it.on("drain", () => random.below(3) === 0 && send());
      it.on("heartbeat", send);
    });

    const runtime = new MemoryRuntime();
    const over = random.below(8) === 0 ? "websocket" : "polling";
    const revision = random.below(3) === 0 ? 3 : 4;
    const client = await ModelClient.open(engine, runtime, BASE, over, revision);
    const steps = 10 + random.below(80);
    // Some rounds come to no end before all is sent.
    const closing = random.below(2 * steps);
    const ending = random.below(2 * steps);
    const weights = [random.below(4), random.below(4), 1 + random.below(3), 4 + random.below(8)];
    const faults = random.below(3) === 0 ? random.below(3) : 0;
    const longest = random.pick([5, 30, 120]);
    for (let step = 0; step < steps && !(client.over && random.below(4) === 0); step++) {
      if (step === closing) this.#close(conn, random.below(4) === 0);
      if (step === ending) await this.#act(client.endings());
      switch (pickByWeight(random, [...weights, faults])) {
        case 0:
          this.#note("the server sends");
          for (let n = 1 + random.below(3); n > 0; n--) send();
          break;
        case 1:
          this.#note("the client writes");
          for (let n = 1 + random.below(3); n > 0; n--) client.write(`c${this.#count++}`);
          break;
        case 2: {
          const ms = random.below(longest);
          this.#note(`${ms} ms`);
          this.#time.tick(ms);
          if (random.below(3) === 0) client.ping();
          break;
        }
        case 3:
          await this.#act(client.actions(random));
          break;
        case 4:
          await this.#act(client.faults(random));
      }
      if (random.below(3) > 0) await turn();
    }
    await this.#finish(client);
    this.#check(client, conn!.readyState);
    // Whatever is left ends with its time limits.
    engine.close();
    await turn();
    this.#time.tick(200);
    await turn();
    assertEquals(engine.clientsCount, 0, "a session is left");
    assertEquals(this.#time.next(), false, "a timer is left");
    assertEquals(this.#closes.length, 1, `closed ${this.#closes.length} times`);
    assertEquals(this.#faults, []);
  }

  #close(conn: Socket | undefined, discard: boolean): void {
    this.#note(discard ? "the server cuts the connection" : "the server closes");
    if (conn?.readyState === "open" && !discard) this.#closing = true;
    else if (discard) this.#closing = false;
    conn?.close(discard);
  }

  /** Goes on like a client in good order, until nothing happens any more. */
  async #finish(client: ModelClient): Promise<void> {
    this.#note("finish");
    for (let quiet = 0, steps = 0; quiet < 6 && !client.over; steps++) {
      assert(steps < 500, "it never ends");
      const before = client.got.length + this.#got.length;
      // All that it can do, but no other trial.
      for (const [name, act] of client.actions(this.#random)) {
        if (name === "try a WebSocket" || client.over) continue;
        this.#note(name);
        await act();
        await turn();
      }
      this.#time.tick(10);
      await turn();
      const happened = client.got.length + this.#got.length > before || !client.quiet;
      quiet = happened ? 0 : quiet + 1;
    }
  }

  async #act(actions: readonly (readonly [string, () => void | Promise<void>])[]): Promise<void> {
    if (actions.length === 0) return;
    const [name, act] = this.#random.pick(actions);
    this.#note(name);
    await act();
  }

  #check(client: ModelClient, state: string): void {
    if (client.faulty) {
      // Another poll may have taken some of them.
      assertInOrder(client.got, this.#sent);
      assertInOrder(this.#got, client.sent);
      return;
    }
    // Never doubled, never out of order, never with a gap.
    assertEquals(client.got, this.#sent.slice(0, client.got.length));
    assertEquals(this.#got, client.sent.slice(0, this.#got.length));
    const [reason] = this.#closes;
    if (reason === undefined) assertEquals(state, this.#closing ? undefined : "open");
    if (reason === "forced close" && this.#closing && !client.left) {
      assertEquals(client.got.length, this.#sent.length, "not all has come before the end");
    }
    // Nothing is lost either, unless the client has gone.
    if (reason === undefined && !this.#closing) {
      assertEquals(client.over, false, "the client takes the session for over");
      assertEquals(client.got.length, this.#sent.length, "not all has come to the client");
      assertEquals(this.#got.length, client.sent.length, "not all has come to the server");
    }
  }

  #note(what: string): void {
    this.#trace.push(`${this.#time.now - this.#time.start} ${what}`);
  }
}

/** An index, the more often the greater its weight is. */
function pickByWeight(random: Random, weights: readonly number[]): number {
  let left = random.below(weights.reduce((sum, it) => sum + it, 0));
  return weights.findIndex((it) => (left -= it) < 0);
}

/** Whether messages are among those that were sent, each once, and in their order. */
function assertInOrder(messages: readonly string[], sent: readonly string[]): void {
  let at = -1;
  for (const it of messages) {
    const next = sent.indexOf(it, at + 1);
    assert(next >= 0, `${it} is doubled or out of order in ${messages}`);
    at = next;
  }
}
