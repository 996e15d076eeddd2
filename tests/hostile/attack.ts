/** Registers attacks: on each runtime, against a server in a process of its own. */
import { assert, assertEquals } from "@std/assert";
import type { ServerProcess } from "../kit/process.ts";
import { RawClient } from "../kit/raw_client.ts";
import { Tcp } from "../kit/tcp.ts";
import { Clients, UPGRADE, WEBSOCKET } from "../runtimes/client.ts";
import { serveWorker } from "../kit/workerd.ts";
import { usageOf } from "../kit/usage.ts";
import { BUN, DENO, NODE } from "../runtimes/test_runtime.ts";
import type { Probes, State } from "./fixtures/probes.ts";

/** workerd, in a Durable Object that hibernates. */
const HIBERNATING = "workerd, hibernating";

/** How the server is started on each runtime. */
const SERVERS = new Map<string, () => Promise<ServerProcess>>([
  ...[DENO, BUN, NODE].map(({ name, serve }) => [name, () => serve(fixture("main"))] as const),
  ["workerd", () => onWorkerd("worker")],
  [HIBERNATING, () => onWorkerd("worker_hibernating")],
]);

function onWorkerd(name: string): Promise<ServerProcess> {
  return serveWorker(fixture(name), { classes: ["Room"], attacked: true });
}

function fixture(name: string): URL {
  return new URL(`./fixtures/${name}.ts`, import.meta.url);
}

/** A million bytes. */
export const MEGABYTE = 1_000_000;

/** Whether `FULL=1` asks for attacks of their full size: `FULL=1 deno task test tests/hostile`. */
const FULL = Deno.env.get("FULL") === "1";

/** How long an attack may take, in milliseconds. */
const PATIENCE = FULL ? 300_000 : 90_000;

/** How much an attack uses of something: as a rule, and in full. */
export function amount(usual: number, full: number): number {
  return FULL ? full : usual;
}

/** How long a runtime may take to give back memory that it needs no more, in milliseconds. */
const GIVING_BACK = 20_000;

/** By how many bytes memory has grown. */
export interface Rise {
  /** At the most. */
  readonly most: number;
  /** And in the end. */
  readonly end: number;
}

/** What an attack works with. */
export class Target {
  /** The name of the runtime. */
  readonly runtime: string;
  /** Where the server answers, without a slash at the end. */
  readonly url: string;
  readonly #pid: number;
  /** Clients of the official kind, closed at the end. */
  readonly clients: Clients;
  readonly #connections: Tcp[] = [];

  constructor(runtime: string, { url, pid }: ServerProcess) {
    this.runtime = runtime;
    this.url = url;
    this.#pid = pid;
    this.clients = new Clients(url);
  }

  /** Whether it is workerd, whose own front answers much, and does not tell of every client that goes. */
  get onWorkerd(): boolean {
    return this.runtime.startsWith("workerd");
  }

  /** Opens a connection, which is closed at the end. */
  async tcp(): Promise<Tcp> {
    const connection = await Tcp.open(this.url);
    this.#connections.push(connection);
    return connection;
  }

  /** A client that speaks the protocols by hand. */
  raw(path = "/socket.io"): RawClient {
    return new RawClient(`${this.url}${path}/`);
  }

  /** Asks the server process. */
  async ask<Name extends keyof Probes>(
    name: Name,
    ...args: Parameters<Probes[Name]>
  ): Promise<Awaited<ReturnType<Probes[Name]>>> {
    const body = JSON.stringify([name, ...args]);
    const response = await fetch(`${this.url}/control`, { method: "POST", body });
    assertEquals(response.status, 200, await response.clone().text());
    return await response.json();
  }

  /** Asks how the server process is. */
  state(): Promise<State> {
    return this.ask("state");
  }

  /** Its resident memory in bytes, without garbage where the runtime says how to collect it. */
  async rss(): Promise<number> {
    await this.ask("collect");
    return (await usageOf(this.#pid)).rss;
  }

  /** Waits until a server has as many sessions. */
  async sessions(path: string, count: number): Promise<void> {
    const deadline = Date.now() + PATIENCE / 2;
    while (true) {
      const open = (await this.state()).sessions[path] ?? 0;
      if (open === count) return;
      if (Date.now() > deadline) throw new Error(`${open} sessions at ${path}, not ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Waits until no WebSocket is left that the server has closed: each takes a place. */
  async settled(): Promise<void> {
    const deadline = Date.now() + PATIENCE / 2;
    for (let closing = -1; closing !== 0; closing = (await this.state()).closing) {
      if (Date.now() > deadline) throw new Error(`${closing} WebSockets are never gone`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The processor time that the server takes meanwhile, in milliseconds. */
  async cpuOf(work: () => Promise<unknown>): Promise<number> {
    const before = (await usageOf(this.#pid)).cpu;
    await work();
    return (await usageOf(this.#pid)).cpu - before;
  }

  /**
   * By how many bytes the server's memory has grown.
   *
   * @param limit what it soon falls below: a runtime does not give back at once what it needs no more
   */
  async growth(before: number, limit: number): Promise<number> {
    const deadline = Date.now() + GIVING_BACK;
    while (true) {
      const rise = await this.rss() - before;
      if (rise < limit || Date.now() > deadline) return rise;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /**
   * By how many bytes the server's memory grows meanwhile, at the most and in the end.
   *
   * @param limit what it soon falls below in the end
   */
  async riseOf(work: () => Promise<unknown>, limit = Infinity): Promise<Rise> {
    const before = await this.rss();
    let most = before;
    let over = false;
    const watch = async () => {
      while (!over) {
        most = Math.max(most, (await usageOf(this.#pid)).rss);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const watching = watch();
    try {
      await work();
    } finally {
      over = true;
      await watching;
    }
    const end = await this.growth(before, limit);
    return { most: Math.max(most - before, end), end };
  }

  /** Tells how much memory it took, in an attack of full size. */
  report(what: string, { most, end }: Rise): void {
    if (!FULL) return;
    const [high, low] = [most, end].map((it) => Math.round(it / MEGABYTE));
    console.log(`${this.runtime}: ${what}: ${high} MB more, ${low} MB in the end`);
  }

  /** Closes what the attack has opened. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.clients.close();
  }
}

/** Registers attacks. */
export interface Attacks {
  /** Registers one. A healthy client has to get through afterwards, and the server must have nothing to report. */
  attack(name: string, fn: (target: Target) => Promise<void>): void;
}

/**
 * Starts the servers that the attacks of a file share.
 *
 * @param hibernating whether a Durable Object that hibernates is among them: it has WebSockets of another kind
 */
export function attacks({ hibernating = false } = {}): Attacks {
  const runtimes = [...SERVERS.keys()].filter((it) => it !== HIBERNATING || hibernating);
  const processes = new Map<string, ServerProcess>();
  Deno.test.beforeAll(async () => {
    for (const runtime of runtimes) {
      const process = await SERVERS.get(runtime)!();
      processes.set(runtime, process);
      // What workerd prints in the beginning comes with its first request.
      await new Target(runtime, process).state();
    }
  });
  Deno.test.afterAll(async () => {
    for (const process of processes.values()) await process.stop();
  });

  async function run(name: string, fn: (target: Target) => Promise<void>): Promise<void> {
    const process = processes.get(name)!;
    const target = new Target(name, process);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const seen = `${target.clients.state}\n${process.output.slice(-2_000)}`;
      late.reject(new Error(`The attack takes too long: ${seen}`));
    }, PATIENCE);
    try {
      await Promise.race([fn(target), late.promise]);
    } finally {
      clearTimeout(timer);
      await target.close();
      process.check();
    }
    await assertHealthy(process);
  }

  return {
    attack(name, fn) {
      for (const runtime of runtimes) {
        Deno.test({
          name: `${runtime}: ${name}`,
          // workerd prints what it refuses, which is read while a test runs.
          sanitizeOps: !runtime.startsWith("workerd"),
          fn: () => run(runtime, fn),
        });
      }
    },
  };
}

/** Whether ten times as much takes no more than ten times as long, with room for a busy machine. */
export function assertLinear(small: number, large: number): void {
  assert(large < 10 * small * 4 + 500, `${small} ms for a tenth, ${large} ms for all`);
}

async function assertHealthy(process: ServerProcess): Promise<void> {
  const target = new Target("", process);
  try {
    for (const way of [WEBSOCKET, UPGRADE]) {
      const socket = await target.clients.connect(way);
      assertEquals(await socket.emitWithAck("echo", "fine", 1), "fine");
    }
    assertEquals((await target.state()).faults, []);
    await target.settled();
  } finally {
    await target.close();
    process.check();
  }
}
