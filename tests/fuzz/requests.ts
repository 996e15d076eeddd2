/** Requests of any method, query, headers and body, in any order: every one is answered, and nothing is left. */
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Server } from "../../src/engine/mod.ts";
import type { EngineOptions } from "../../src/engine/options.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import type { Random } from "../kit/random.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { turn } from "./model_client.ts";
import { prototypes } from "./wire.ts";

const BASE = "http://localhost/engine.io/";
const METHODS = [
  "GET",
  "GET",
  "GET",
  "POST",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "HEAD",
  "PATCH",
  "FOO",
];
const TRANSPORTS = ["polling", "polling", "websocket", "webtransport", "__proto__", "", "Polling"];
const REVISIONS = ["4", "4", "4", "3", "", "5", "04", "4.0"];
const ODD_SIDS = ["__proto__", "constructor", "", "x", "%00", "é", "x".repeat(2_000)];
const PACKETS = [
  "4a",
  "4",
  "2",
  "3",
  "6",
  "1",
  "5",
  "0",
  "7",
  "",
  "bAAAA",
  "b!",
  "2probe",
  "1:6",
  "3:4ab",
  "b4AA",
];
const HEADERS: [name: string, values: string[]][] = [
  ["content-type", ["application/octet-stream", "text/plain;charset=UTF-8", "x", ""]],
  ["content-length", ["0", "5", "99999999", "-1", "1e3", "x"]],
  ["origin", ["http://app.example", "http://evil.example", "null", ""]],
  ["accept-encoding", ["gzip", "deflate", "gzip;q=0", "*", "identity", "br, gzip;q=x", ";;,,"]],
  ["user-agent", ["Mozilla/5.0", "x"]],
  ["access-control-request-method", ["POST", "X"]],
  ["access-control-request-headers", ["a,b", " ".repeat(500), ","]],
  ["x-forwarded-for", ["1.2.3.4", "::1, 9.9.9.9", "x,,,", "1".repeat(300)]],
  ["x-forwarded-proto", ["https", "x"]],
  ["forwarded", ["for=1.2.3.4;proto=https", 'for="[::1]:80', ";;=,"]],
  ["cookie", ["a=1; b=2", "__proto__=1", ";=;"]],
];

const UPGRADE: [name: string, value: string][] = [
  ["connection", "Upgrade"],
  ["upgrade", "websocket"],
  ["sec-websocket-version", "13"],
  ["sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="],
];

/** What each request was answered with. */
type Statuses = Map<string, number>;

const PENDING = 0;

/** The fuzzer. */
export const requests: Fuzzer = {
  name: "requests",
  async round(random, trace) {
    using time = new FakeTime();
    const before = prototypes();
    const engine = new Server(optionsOf(random));
    const faults: unknown[] = [];
    engine.on("error", (error) => faults.push(error));
    const ends = new Map<string, number>();
    engine.on("connection", (conn) => {
      ends.set(conn.id, 0);
      conn.on("message", (data) => conn.send(data));
      conn.on("close", () => ends.set(conn.id, ends.get(conn.id)! + 1));
    });
    const runtime = new MemoryRuntime();
    const statuses: Statuses = new Map();
    try {
      for (let n = 5 + random.below(40); n > 0; n--) {
        await step(random, trace, engine, runtime, statuses);
        if (random.below(5) === 0) time.tick(random.below(150));
        if (random.below(3) > 0) await turn();
      }
      await assertPlacesAreFree(engine, runtime);
    } finally {
      engine.close();
    }
    await turn();
    time.tick(200);
    for (let turns = 20; turns > 0; turns--) await turn();
    for (const [request, status] of statuses) {
      assert([200, 204, 400, 403, 413, 503].includes(status), `${status} for ${request}`);
    }
    assertEquals(faults, []);
    assertEquals(prototypes(), before);
    assertEquals(engine.clientsCount, 0, "a session is left");
    assert([...ends.values()].every((it) => it === 1), "a session did not end once");
    assertEquals(time.next(), false, "a timer is left");
  },
};

/** When all have gone, as many may come as before. */
async function assertPlacesAreFree(engine: Server, runtime: MemoryRuntime): Promise<void> {
  const { maxConnections, transports } = engine.opts;
  if (maxConnections > 10 || !transports.includes("polling")) return;
  for (let turns = 20; turns > 0; turns--) await turn();
  for (const conn of engine.clients.values()) conn.close(true);
  // Hooks refuse some of them.
  for (let tries = 0; engine.clientsCount < maxConnections; tries++) {
    assert(tries < 200, `${engine.clientsCount} of ${maxConnections} places are free`);
    const request = new Request(`${BASE}?EIO=4&transport=polling`);
    await (await engine.fetch(request, runtime)).body?.cancel();
  }
}

function optionsOf(random: Random): EngineOptions {
  const some = () => random.below(2) === 0;
  return {
    pingInterval: 300,
    pingTimeout: 200,
    upgradeTimeout: 100,
    maxHttpBufferSize: 1_000,
    allowEIO3: some(),
    allowUpgrades: random.below(4) > 0,
    ...(some() ? { cors: { origin: some() ? "*" : ["http://app.example"] } } : {}),
    ...(some() ? { cookie: true } : {}),
    ...(some() ? { maxConnections: 3 } : {}),
    ...(some() ? { trustProxy: some() ? true : "loopback" } : {}),
    ...(some() ? { allowRequest: async () => (await turn(), random.below(4) > 0) } : {}),
    ...(some() ? { editResponseHeaders: (headers) => headers.set("x-every", "1") } : {}),
    ...(random.below(4) === 0 ? { transports: [some() ? "polling" : "websocket"] } : {}),
  };
}

async function step(
  random: Random,
  trace: string[],
  engine: Server,
  runtime: MemoryRuntime,
  statuses: Statuses,
): Promise<void> {
  const sids = [...engine.clients.keys()];
  const sid = random.below(4) > 0 && sids.length > 0
    ? random.pick(sids)
    : random.below(3) > 0
    ? undefined
    : random.pick(ODD_SIDS);
  const query = [`EIO=${random.pick(REVISIONS)}`, `transport=${random.pick(TRANSPORTS)}`];
  if (sid !== undefined) query.push(`sid=${sid}`);
  if (random.below(6) === 0) {
    query.push(random.pick(["b64=1", "j=0", "j=x(1)", "t=abc", "%", "&&=", "a[]=1"]));
  }
  if (random.below(8) === 0) query.splice(random.below(query.length), 1);
  if (random.below(8) === 0) query.push(random.pick(query));
  const url = `${BASE}?${query.join("&")}`;
  const headers = new Headers();
  for (const [name, values] of HEADERS) {
    if (random.below(8) === 0) headers.set(name, random.pick(values));
  }
  if (random.below(4) === 0) {
    for (const [name, value] of UPGRADE) headers.set(name, random.below(12) === 0 ? "x" : value);
    // Others may be polls, which wait.
    if (query.every((it) => !it.startsWith("transport") || it === "transport=websocket")) {
      return await upgrade(random, trace, engine, runtime, url, headers);
    }
  }
  const method = random.pick(METHODS);
  const init: RequestInit = { method, headers };
  if (method !== "GET" && method !== "HEAD" && random.below(8) > 0) init.body = bodyOf(random);
  const name = `${method} ${url.slice(0, 120)} ${JSON.stringify([...headers])} ${init.body}`;
  trace.push(name);
  const numbered = `${statuses.size}: ${name}`;
  statuses.set(numbered, PENDING);
  engine.fetch(new Request(url, init), runtime).then(async (response) => {
    const reader = response.body?.getReader();
    // Some readers go in the middle of it.
    if (random.below(8) === 0) await reader?.cancel();
    else while (reader !== undefined && !(await reader.read()).done);
    statuses.set(numbered, response.status);
  });
}

function bodyOf(random: Random): BodyInit {
  const packets = Array.from({ length: random.below(5) }, () => random.pick(PACKETS));
  switch (random.below(8)) {
    case 0:
      return random.bytes();
    case 1:
      return "4".repeat(random.pick([999, 1_000, 1_001, 3_000]));
    case 2:
      return new ReadableStream({
        start(controller) {
          for (let n = random.below(4); n > 0; n--) controller.enqueue(random.bytes());
          // Some never end, and some break off.
          const end = random.below(4);
          if (end < 2) controller.close();
          else if (end === 2) controller.error(new Error("reset"));
        },
      });
    case 3:
      return `d=${packets.join("")}`;
    default:
      return packets.join("\x1e");
  }
}

async function upgrade(
  random: Random,
  trace: string[],
  engine: Server,
  runtime: MemoryRuntime,
  url: string,
  headers: Headers,
): Promise<void> {
  trace.push(`WebSocket ${url.slice(0, 120)} ${JSON.stringify([...headers])}`);
  const all = Object.fromEntries(headers);
  const socket = await runtime.connect(engine, url, all).catch(() => undefined);
  if (socket === undefined) return;
  for (let n = random.below(5); n > 0; n--) {
    const data = random.below(5) === 0 ? random.bytes() : random.pick(PACKETS);
    trace.push(`> ${data}`);
    socket.send(data);
    if (random.below(3) === 0) await turn();
  }
  if (random.below(3) === 0) socket.close(random.pick([1000, 1005, 1006]));
}
