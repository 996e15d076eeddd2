/** Requests that reach another worker than the one that has their session, on Deno and on Bun. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Socket } from "socket.io-client";
import { Server } from "../../mod.ts";
import { BroadcastChannelRelay } from "../../src/adapters/mod.ts";
import type { ServerProcess } from "../kit/process.ts";
import { RoundRobin } from "../kit/round_robin.ts";
import { Clients, event, POLLING, type Way, WAYS } from "../runtimes/client.ts";
import { requestWebSocket } from "../runtimes/raw.ts";
import { RUNTIMES, startParallel } from "./channel_servers.ts";

/** Two workers, the client's way between them, and clients that are closed at the end. */
class Rig implements AsyncDisposable {
  readonly server: ServerProcess;
  /** The addresses of the workers. */
  readonly urls: readonly [string, string];
  readonly balancer: RoundRobin;
  readonly #clients: Clients[] = [];

  private constructor(server: ServerProcess, other: number) {
    this.server = server;
    this.urls = [server.url, `http://127.0.0.1:${other}`];
    this.balancer = new RoundRobin([server.port, other]);
  }

  static async start(start: () => Promise<ServerProcess>): Promise<Rig> {
    const server = await start();
    const clients = new Clients(server.url);
    try {
      const socket = await clients.connect(POLLING);
      return new Rig(server, await socket.emitWithAck("other port"));
    } finally {
      await clients.close();
    }
  }

  /** Connects a client whose connections go to one worker and the other in turns. */
  connect(way: Way, url = this.balancer.url): Promise<Socket> {
    const clients = new Clients(url);
    this.#clients.push(clients);
    return clients.connect(way);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((it) => it.close()));
    await this.balancer[Symbol.asyncDispose]();
    this.server.check();
    await this.server[Symbol.asyncDispose]();
  }
}

/** Sends the requests of one session to whichever address. */
class Session {
  readonly sid: string;

  constructor(sid: string) {
    this.sid = sid;
  }

  static async open(url: string): Promise<Session> {
    const response = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    return new Session(JSON.parse((await response.text()).slice(1)).sid);
  }

  async get(url: string, signal: AbortSignal | null = null): Promise<[number, string]> {
    const response = await fetch(this.#address(url), { signal });
    return [response.status, await response.text()];
  }

  async post(url: string, body: string): Promise<[number, string]> {
    const response = await fetch(this.#address(url), { method: "POST", body });
    return [response.status, await response.text()];
  }

  #address(url: string): string {
    return `${url}/socket.io/?EIO=4&transport=polling&sid=${this.sid}`;
  }
}

for (const [name, start] of Object.entries(RUNTIMES)) {
  Deno.test(`on ${name}, a client reaches its session through any worker`, async (t) => {
    await using rig = await Rig.start(start);
    for (const way of WAYS) {
      await t.step(`${way.name}: events, answers and bytes, in order`, async () => {
        const socket = await rig.connect(way);
        for (let i = 0; i < 10; i++) assertEquals(await socket.emitWithAck("echo", i), i);
        const bytes = new Uint8Array([0, 1, 128, 255]);
        const [back] = await Promise.all([
          event(socket, "sent back"),
          socket.emit("send back", bytes),
        ]);
        assertEquals([...new Uint8Array(back[0] as ArrayBuffer)], [...bytes]);
        const numbers: number[] = [];
        const done = new Promise<void>((resolve) =>
          socket.on("told", (n) => {
            numbers.push(n);
            if (numbers.length === 50) resolve();
          })
        );
        await socket.emitWithAck("join", way.name);
        for (let i = 0; i < 50; i++) socket.emit("tell", way.name, i);
        await done;
        assertEquals(numbers, Array.from({ length: 50 }, (_, i) => i));
      });
      await t.step(`${way.name}: both sides learn of the end`, async () => {
        const [leaving, sent] = [await rig.connect(way), await rig.connect(way)];
        const witness = await rig.connect(POLLING, rig.urls[0]);
        const other = await rig.connect(POLLING, rig.urls[1]);
        const gone = event(sent, "disconnect");
        sent.emit("leave");
        assertEquals((await gone)[0], "io server disconnect");
        leaving.disconnect();
        const reasons = async (): Promise<string[]> => [
          ...await witness.emitWithAck("reasons"),
          ...await other.emitWithAck("reasons"),
        ];
        while (!(await reasons()).includes("client namespace disconnect"));
        assert((await reasons()).includes("server namespace disconnect"));
      });
    }
    await t.step("much that is sent at once is counted", async () => {
      const socket = await rig.connect(WAYS[2]!);
      const seen = new Promise<void>((resolve) => {
        let count = 0;
        socket.on("drop", () => ++count === 100 && resolve());
      });
      await socket.emitWithAck("flood", 10_000);
      await seen;
      assertEquals(await socket.emitWithAck("echo", "still here"), "still here");
    });
  });

  Deno.test(`on ${name}, requests are handed to the worker that has their session`, async (t) => {
    await using rig = await Rig.start(start);
    const [a, b] = rig.urls;
    await t.step("a POST and a GET", async () => {
      const session = await Session.open(a);
      assertEquals(await session.post(b, "40"), [200, "ok"]);
      const [status, packet] = await session.get(b);
      assertEquals([status, packet.startsWith("40{")], [200, true]);
    });
    await t.step("a GET that waits, and another one, which closes", async () => {
      const session = await Session.open(a);
      await session.post(b, "40");
      await session.get(b);
      const waiting = session.get(b);
      await session.post(a, '42["send back",1]');
      assertEquals(await waiting, [200, '42["sent back",1]']);
      const first = session.get(b);
      // The first one waits by then.
      await session.post(b, '42["nothing"]');
      const second = session.get(a);
      assertEquals((await second)[0], 400);
      assertEquals(await first, [200, "1"]);
      assertEquals((await session.get(b))[0], 400);
    });
    await t.step("a GET whose client goes ends the session", async () => {
      const session = await Session.open(a);
      await session.post(b, "40");
      await session.get(b);
      const ending = new AbortController();
      const waiting = session.get(b, ending.signal).catch(() => "aborted");
      await session.post(b, '42["nothing"]');
      ending.abort();
      assertEquals(await waiting, "aborted");
      while ((await session.post(a, '42["nothing"]'))[0] === 200);
      assertEquals((await session.post(b, '42["nothing"]'))[0], 400);
    });
    await t.step("a body that is too large is not handed on", async () => {
      const session = await Session.open(a);
      assertEquals((await session.post(b, "x".repeat(200_000)))[0], 413);
    });
    await t.step("nobody has the session", async () => {
      for (const sid of ["x", "y".repeat(28), (await Session.open(a)).sid.slice(0, 8) + "z"]) {
        const [status, text] = await new Session(sid).get(b);
        assertEquals([status, JSON.parse(text).code], [400, 1]);
      }
    });
    await t.step("a request for a WebSocket that the session does not want", async () => {
      const { sid } = await Session.open(a);
      const path = `/socket.io/?EIO=3&transport=websocket&sid=${sid}`;
      assertEquals((await requestWebSocket(b, path)).status, 400);
      const old = `/socket.io/?EIO=4&transport=websocket&sid=${sid}`;
      const headers = { "sec-websocket-version": "8" };
      assertEquals((await requestWebSocket(b, old, headers)).status, 400);
    });
    await t.step("the worker that has the session is gone", async () => {
      const session = await Session.open(b);
      const main = await rig.connect(POLLING, a);
      main.emit("end the other");
      await main.emitWithAck("echo", 1);
      const [status, text] = await session.get(a);
      assertEquals([status, JSON.parse(text).code], [400, 1]);
    });
  });
}

Deno.test("deno serve --parallel needs no sticky sessions", async () => {
  await using server = await startParallel();
  const all: Clients[] = [];
  const sockets: Socket[] = [];
  const workers = new Set<unknown>();
  try {
    // Which worker gets a connection is for the system to choose.
    while (sockets.length < 12 || (workers.size < 2 && sockets.length < 120)) {
      const clients = new Clients(server.url);
      all.push(clients);
      const socket = await clients.connect(WAYS[sockets.length % WAYS.length]!);
      sockets.push(socket);
      workers.add(await socket.emitWithAck("worker"));
    }
    assert(workers.size > 1);
    for (let i = 0; i < 10; i++) {
      const answers = await Promise.all(sockets.map((it) => it.emitWithAck("echo", i)));
      assertEquals(answers, sockets.map(() => i));
    }
    await Promise.all(sockets.map((it) => it.emitWithAck("join", "all")));
    const seen = sockets.map((it) => event(it, "told"));
    sockets[0]!.emit("tell", "all", "hello");
    assertEquals(await Promise.all(seen), sockets.map(() => ["hello"]));
  } finally {
    await Promise.all(all.map((it) => it.close()));
  }
  server.check();
});

Deno.test("relay refuses what is no relay, and a timeout that cannot be", () => {
  assertThrows(
    () => new Server({ relay: {} as never }),
    TypeError,
    "relay must be a relay such as",
  );
  assertThrows(() => new BroadcastChannelRelay({ responseTimeout: 0 }), RangeError, "above 0");
  // A timer would fire at once.
  assertThrows(() => new BroadcastChannelRelay({ responseTimeout: Infinity }), RangeError, "most");
});
