/** Durable Objects that hibernate, put away by workerd itself: it takes ten seconds without work. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Socket } from "socket.io-client";
import type { ServerProcess } from "../kit/process.ts";
import { RawClient, type RawSocket } from "../kit/raw_client.ts";
import { serveWorker } from "../kit/workerd.ts";
import { Clients, collect, event, POLLING, UPGRADE, type Way, WEBSOCKET } from "./client.ts";

const FIXTURE = new URL("./fixtures/hibernation.ts", import.meta.url);
const CLASSES = ["Room", "Recovering", "Beats", "Old", "OldBeats", "Lobby"];
/** How long an object must be left alone to be put away, in milliseconds, and some more. */
const REST = 12_500;

/** The objects of one test. */
class World {
  readonly process: ServerProcess;
  readonly clients: Clients;

  constructor(process: ServerProcess) {
    this.process = process;
    this.clients = new Clients(process.url);
  }

  connect(object: string, way: Way = WEBSOCKET, nsp = "/"): Promise<Socket> {
    return this.clients.connect(way, nsp, { query: { object }, auth: { name: "Ada" } });
  }

  raw(object: string, binding = "Room", revision = 4): Promise<RawSocket> {
    const query = `EIO=${revision}&transport=websocket&class=${binding}&object=${object}`;
    return new RawClient(`${this.process.url}/socket.io/`).socket(undefined, query);
  }

  /** Asks something of an object, without its sockets. */
  async ask(path: string, query: Record<string, string>): Promise<string> {
    const response = await fetch(`${this.process.url}${path}?${new URLSearchParams(query)}`);
    assertEquals(response.status, 200);
    return await response.text();
  }

  async facts(object: string, binding = "Room") {
    return JSON.parse(await this.ask("/facts", { object, class: binding }));
  }
}

/** What is checked when an object has been put away; once more, perhaps. */
type Check = () => Promise<void | Check>;
/** What is done before that. */
type Scenario = (world: World) => Promise<Check>;

const SCENARIOS: Record<string, Scenario> = {
  "a socket comes back with its id, rooms, data and handshake": async (world) => {
    const socket = await world.connect("whole");
    await socket.emitWithAck("join", "tea");
    await socket.emitWithAck("join", "coffee");
    await socket.emitWithAck("leave", "coffee");
    await socket.emitWithAck("set", "score", { wins: 2 });
    const before = await socket.emitWithAck("state");
    assertEquals(before.rooms, [socket.id, "tea"]);
    assertEquals([before.recovered, before.lives], [false, 1]);
    return async () => {
      const after = await socket.emitWithAck("state");
      assertEquals(after, { ...before, recovered: true, lives: 2 });
      assertEquals(after.data, { name: "Ada", score: { wins: 2 } });
      assertEquals(after.visit, "127.0.0.1");
      await socket.emitWithAck("set", "score", { wins: 3 });
      return async () => {
        const last = await socket.emitWithAck("state");
        const data = { name: "Ada", score: { wins: 3 } };
        assertEquals(last, { ...before, data, recovered: true, lives: 3 });
      };
    };
  },

  "rooms are kept that are joined after the adapter was replaced": async (world) => {
    const socket = await world.connect("replaced");
    await socket.emitWithAck("join by a new adapter", "tea");
    return async () => {
      const { rooms } = await socket.emitWithAck("state");
      assertEquals(rooms.toSorted(), [socket.id, "tea"].toSorted());
    };
  },

  "a client that slept through it gets the next broadcast to its room": async (world) => {
    const socket = await world.connect("sleeper");
    await socket.emitWithAck("join", "tea");
    const told = collect(socket, "told");
    const welcome = collect(socket, "welcome");
    return async () => {
      const next = event(socket, "told");
      await world.ask("/tell", { object: "sleeper", room: "coffee", text: "not for it" });
      await world.ask("/tell", { object: "sleeper", room: "tea", text: "wake up" });
      await next;
      assertEquals(told, [["wake up"]]);
      assertEquals(welcome, []);
      assertEquals((await world.facts("sleeper")).lives, 2);
    };
  },

  "a server that outlives its object forgets what was, and tells nobody": async (world) => {
    const query = { class: "Lobby", object: "/socket.io" };
    const [ada, grace] = await Promise.all([
      world.clients.connect(WEBSOCKET, "/", { query }),
      world.clients.connect(UPGRADE, "/", { query }),
    ]);
    const left = collect(ada, "left");
    return async () => {
      assertEquals(await world.ask("/count", query), "[2,2]");
      const { id } = grace;
      const gone = event(ada, "left");
      grace.disconnect();
      await gone;
      assertEquals(left, [[id, "client namespace disconnect"]]);
      assertEquals((await ada.emitWithAck("state")).recovered, true);
    };
  },

  "namespaces come back, those too that were made for clients": async (world) => {
    const [main, org, dynamic] = await Promise.all([
      world.connect("namespaces"),
      world.connect("namespaces", UPGRADE, "/org/7"),
      world.connect("namespaces", WEBSOCKET, "/dynamic"),
    ]);
    const second = main.io.socket("/org/8").connect();
    await event(second, "connect");
    const all = [main, org, dynamic, second];
    const before = await Promise.all(all.map((it) => it.emitWithAck("state")));
    assertEquals(before[1].params, { id: "7" });
    assertEquals(before[1].upgraded, true);
    return async () => {
      const after = await Promise.all(all.map((it) => it.emitWithAck("state")));
      assertEquals(after, before.map((it) => ({ ...it, recovered: true, lives: 2 })));
      await second.emitWithAck("join", "tea");
      const told = collect(org, "told");
      second.disconnect();
      assertEquals((await main.emitWithAck("state")).nsp, "/");
      assertEquals(told, []);
    };
  },

  "what is too much for an attachment comes back from the storage": async (world) => {
    const socket = await world.connect("large");
    const long = "long ".repeat(10_000);
    await socket.emitWithAck("set", "long", long);
    const other = await world.connect("large");
    await other.emitWithAck("set", "long", long);
    await other.emitWithAck("set", "long", "short again");
    return async () => {
      const { data, lives } = await socket.emitWithAck("state");
      assertEquals([data.long === long, lives], [true, 2]);
      assertEquals((await other.emitWithAck("state")).data.long, "short again");
    };
  },

  "data that cannot be copied is an error, and the rest goes on": async (world) => {
    const socket = await world.connect("function");
    await socket.emitWithAck("join", "tea");
    await socket.emitWithAck("set what cannot be copied");
    return async () => {
      const { data, rooms, lives } = await socket.emitWithAck("state");
      assertEquals([data, rooms, lives], [{}, [socket.id, "tea"], 2]);
      assertMatch((await world.facts("function")).errors[0], /could not be cloned/);
    };
  },

  "data that a timer sets comes back": async (world) => {
    const socket = await world.connect("later");
    await socket.emitWithAck("set later", "mood", "good");
    return async () => {
      const { data, lives } = await socket.emitWithAck("state");
      assertEquals([data.mood, lives], ["good", 2]);
    };
  },

  "who leaves meanwhile is gone, and the others are told": async (world) => {
    const [ada, grace] = await Promise.all([
      world.connect("leaving"),
      world.connect("leaving"),
    ]);
    const { id } = grace;
    return async () => {
      const left = event(ada, "left");
      grace.disconnect();
      assertEquals(await left, [id, "client namespace disconnect"]);
      assertEquals((await world.facts("leaving")).lives, 2);
    };
  },

  "whose connection breaks meanwhile is gone, and can be restored": async (world) => {
    const clients = new Clients(world.process.url);
    const query = { object: "broken", class: "Recovering" };
    const ada = await world.clients.connect(WEBSOCKET, "/", { query });
    const grace = await clients.connect(WEBSOCKET, "/", {
      query,
      reconnection: true,
      reconnectionDelay: 100,
    });
    await grace.emitWithAck("join", "tea");
    const { id } = grace;
    return async () => {
      try {
        const left = event(ada, "left");
        const back = event(grace, "connect");
        clients.cut();
        const [gone, reason] = await left;
        assertEquals([gone, reason], [id, "transport close"]);
        await back;
        assertEquals([grace.id, grace.recovered], [id, true]);
        const { rooms } = await grace.emitWithAck("state");
        assertEquals(new Set(rooms), new Set(["tea", id]));
      } finally {
        await clients.close();
      }
    };
  },

  "an answer to what was asked before is not taken for a later one": async (world) => {
    const socket = await world.raw("answers");
    await socket.next();
    socket.send("40");
    await socket.next();
    assertEquals(await socket.next(), '42["welcome"]');
    const ask = async (): Promise<string> => {
      socket.send('420["ask"]');
      const question = String(await socket.next());
      assertEquals(await socket.next(), "430[]");
      return /^42(\d+)\["question"\]$/.exec(question)![1]!;
    };
    const first = await ask();
    assertEquals(await socket.next(), '42["unanswered","AckTimeoutError"]');
    return async () => {
      const second = await ask();
      socket.send(`43${first}["late"]`);
      socket.send(`43${second}["in time"]`);
      assertEquals(await socket.next(), '42["answered","in time"]');
      assertEquals((await world.facts("answers")).lives, 2);
      await socket.close();
    };
  },

  "an old client comes back": async (world) => {
    const socket = await world.raw("old", "Old", 3);
    await socket.next();
    assertEquals(await socket.next(), "40");
    assertEquals(await socket.next(), '42["welcome"]');
    const state = async () => {
      socket.send('420["state"]');
      return JSON.parse(String(await socket.next()).slice(3))[0];
    };
    const before = await state();
    return async () => {
      assertEquals(await state(), { ...before, recovered: true, lives: 2 });
      await socket.close();
    };
  },

  "an object stays awake while a client polls": async (world) => {
    const socket = await world.connect("polled", POLLING);
    return async () => {
      assertEquals((await socket.emitWithAck("state")).lives, 1);
    };
  },
};

Deno.test("an object that hibernates", async (t) => {
  await using process = await serveWorker(FIXTURE, { classes: CLASSES });
  const world = new World(process);
  try {
    const checks = await Promise.all(
      Object.entries(SCENARIOS).map(async ([name, prepare]) => ({
        name,
        fn: await prepare(world),
      })),
    );
    const clock = await world.connect("clock");
    const woken = await rest(world, clock, 2);
    await step("the user's alarm wakes it", () => Promise.resolve(assertEquals(woken, 2)));
    const again: typeof checks = [];
    for (const { name, fn } of checks) {
      await step(name, async () => {
        const next = await fn();
        if (next !== undefined) again.push({ name: `${name}, once more`, fn: next });
      });
    }
    assertEquals(await rest(world, clock, 3), 3);
    for (const { name, fn } of again) await step(name, async () => void await fn());
  } finally {
    await world.clients.close();
  }

  // What is opened here is closed at the end.
  async function step(name: string, fn: () => Promise<void>): Promise<void> {
    await t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
  }
});

/**
 * Waits until all objects are put away: the clock's own alarm wakes it, in which of its lives is the answer. On a slow machine, it
 * may come before.
 */
async function rest(world: World, clock: Socket, expected: number): Promise<unknown> {
  for (let times = 1;; times++) {
    const alarm = Promise.withResolvers<unknown>();
    clock.once("alarm", alarm.resolve);
    await world.ask("/alarm", { object: "clock", in: `${times * REST}` });
    const life = await alarm.promise;
    if (life === expected || times === 3) return life;
  }
}

Deno.test("an object that hibernates pings its clients, and ends those that do not answer", async () => {
  await using process = await serveWorker(FIXTURE, { classes: CLASSES });
  const world = new World(process);
  const [answering, silent] = await Promise.all([
    world.raw("beats", "Beats"),
    world.raw("beats", "Beats"),
  ]);
  for (const it of [answering, silent]) {
    await it.next();
    it.send("40");
    await it.next();
    assertEquals(await it.next(), '42["welcome"]');
  }
  const { frames } = await world.facts("beats", "Beats");
  // Without what the end of the other one brings.
  const heard: unknown[] = [];
  while (heard.length < 6) {
    const frame = await answering.next();
    if (frame === "2") answering.send("3");
    if (String(frame).length === 1) heard.push(frame);
  }
  assertEquals(heard, ["2", "6", "2", "6", "2", "6"]);
  assertEquals(await silent.next(), "2");
  await silent.end();
  // The answers have not reached it.
  assertEquals((await world.facts("beats", "Beats")).frames, frames);
  await answering.close();
});

Deno.test("an object that hibernates answers the pings of old clients in its sleep, and ends those without", async () => {
  await using process = await serveWorker(FIXTURE, { classes: CLASSES });
  const world = new World(process);
  const clock = await world.raw("old", "OldBeats");
  const [pinging, silent] = await Promise.all([
    world.raw("old", "OldBeats", 3),
    world.raw("old", "OldBeats", 3),
  ]);
  const { frames } = await world.facts("old", "OldBeats");
  await clock.next();
  let isOver = false;
  silent.closed.then(() => isOver = true);
  for (let beat = 1; beat <= 2; beat++) {
    assertEquals(await clock.next(), "2");
    if (beat === 1) assertEquals(isOver, false);
    clock.send("3");
    pinging.send("2");
    while (await pinging.next() !== "3");
  }
  await silent.end();
  // Nothing but the answers of the new client has reached it.
  const reached = async () => (await world.facts("old", "OldBeats")).frames - frames;
  while (await reached() < 2);
  assertEquals(await reached(), 2);
  await pinging.close();
  await clock.close();
});

Deno.test("an object that hibernates calls onAlarm again if it fails", async () => {
  await using process = await serveWorker(FIXTURE, { classes: CLASSES });
  const world = new World(process);
  try {
    const socket = await world.connect("failing");
    const alarm = event(socket, "alarm");
    await world.ask("/alarm", { object: "failing", in: "10" });
    assertEquals(await alarm, [1, 2]);
    assertEquals((await world.facts("failing")).errors, ["Error: not yet"]);
  } finally {
    await world.clients.close();
  }
});
