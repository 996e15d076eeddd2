/** Clients of the official kind, and between them and the server a network that breaks everything it can. */
import { assert, assertEquals } from "@std/assert";
import type { Socket } from "socket.io-client";
import { ChaosProxy } from "../kit/chaos_proxy.ts";
import type { ServerProcess } from "../kit/process.ts";
import { Random } from "../kit/random.ts";
import { Clients, event, WAYS } from "../runtimes/client.ts";
import { BUN, DENO, NODE } from "../runtimes/test_runtime.ts";

const FIXTURE = new URL("./fixtures/chaos.ts", import.meta.url);
/** How long the events may take, in milliseconds. */
const PATIENCE = 180_000;
const WORK = 40;
const CLIENTS_PER_WAY = 3;
const CHAOS = { delay: 15, cut: 0.03, reset: 0.03 };

for (const runtime of [DENO, BUN, NODE]) {
  Deno.test(`${runtime.name}: through a network that delays, cuts and resets, every event arrives once and in order`, async () => {
    const random = new Random();
    await using server = await runtime.serve(FIXTURE);
    await using proxy = await ChaosProxy.start(server.port, random, CHAOS);
    const clients = new Clients(proxy.url);
    const names = WAYS.flatMap((way) =>
      Array.from({ length: CLIENTS_PER_WAY }, (_, n) => ({ way, key: `${way.name}, ${n}` }))
    );
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const seen = `${clients.state}\n${server.output.slice(-2_000)}`;
      late.reject(new Error(`It takes too long: ${seen}`));
    }, PATIENCE);
    const run = async () => {
      const guests = await Promise.all(names.map(({ way, key }) => {
        const socket = clients.create(way, "/", {
          auth: { key },
          reconnection: true,
          reconnectionDelay: 5,
          reconnectionDelayMax: 20,
          // Deno does not always tell a client that its connection broke before the first answer.
          timeout: 1_000,
          retries: 1_000,
          ackTimeout: 300,
        });
        return Guest.join(key, socket);
      }));
      await control(server, "start");
      await Promise.all(guests.map((guest) => guest.work()));
      proxy.calm();
      const ticks = await control(server, "stop");
      assert(proxy.harmed > 20, `only ${proxy.harmed} connections were harmed`);
      for (const guest of guests) await guest.check(ticks);
    };
    try {
      await Promise.race([run(), late.promise]);
    } catch (error) {
      console.error(`SEED=${random.seed}`);
      throw error;
    } finally {
      clearTimeout(timer);
      await clients.close();
    }
  });
}

/** Starts or stops the ticks, and tells how many there were. */
async function control({ url }: ServerProcess, word: "start" | "stop"): Promise<number> {
  return await (await fetch(url, { method: "POST", body: word })).json();
}

/** A client that works, and listens. */
class Guest {
  readonly #name: string;
  readonly #socket: Socket;
  readonly #ticks: number[] = [];
  readonly #acknowledged: number[] = [];
  #unrecovered = 0;

  private constructor(name: string, socket: Socket) {
    this.#name = name;
    this.#socket = socket;
    socket.on("tick", (n) => this.#ticks.push(n));
  }

  static async join(name: string, socket: Socket): Promise<Guest> {
    const guest = new Guest(name, socket);
    const joined = event(socket, "connect");
    socket.connect();
    await joined;
    socket.on("connect", () => {
      if (!socket.recovered) guest.#unrecovered++;
    });
    return guest;
  }

  /** Asks for work, bit by bit, until all of it is acknowledged. */
  async work(): Promise<void> {
    for (let n = 0; n < WORK; n++) {
      await new Promise<void>((resolve) => {
        this.#socket.emit("work", n, () => {
          this.#acknowledged.push(n);
          resolve();
        });
      });
    }
  }

  async check(ticks: number): Promise<void> {
    const socket = this.#socket;
    if (!socket.connected) await event(socket, "connect");
    const done = await socket.emitWithAck("done");
    const all = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
    assertEquals(this.#acknowledged, all(WORK), this.#name);
    assertEquals(done, all(WORK), this.#name);
    assertEquals(this.#unrecovered, 0, this.#name);
    assertEquals(this.#ticks, all(ticks), this.#name);
  }
}
