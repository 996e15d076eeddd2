/** What Debian's client in Python sees, without and with threads, on each runtime. */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Clients, WAYS, WEBSOCKET } from "../runtimes/client.ts";
import { BUN, DENO } from "../runtimes/test_runtime.ts";
import { pythonCommand } from "../tools/python.ts";

const SERVER = new URL("./fixtures/server.ts", import.meta.url);
const PROGRAM = fileURLToPath(new URL("./python/client.py", import.meta.url));
const TIME_LIMIT = 60_000;

const CLIENTS = ["socketio.AsyncClient", "socketio.Client"];
/** What the program tests; it has to run them all. */
const TESTS = [
  "connects, with auth and query",
  "gets what it sent as an acknowledgement",
  "acknowledges what the server asks",
  "sends and receives bytes, at any depth",
  "sends and receives what is large",
  "keeps the order of what it sends and receives",
  "gets volatile events",
  "is in a room",
  "talks with a client in JavaScript",
  "answers a broadcast",
  "reaches several namespaces over one connection",
  "learns why it was refused",
  "is sent away, from one namespace or for good",
  "leaves, and the server knows",
  "comes back after the server has hung up",
];

/** Runs the program once, with all of its tests side by side, and gives the failure of each. */
async function results(url: string): Promise<Map<string, string | null>> {
  const { stdout, stderr } = await new Deno.Command(await pythonCommand(), {
    args: [PROGRAM, url],
    stdin: "null",
    signal: AbortSignal.timeout(TIME_LIMIT),
  }).output();
  const lines = new TextDecoder().decode(stdout).split("\n").filter((it) => it !== "");
  if (lines.length === 0) throw new Error(new TextDecoder().decode(stderr));
  return new Map(lines.map((line) => {
    const { name, failure } = JSON.parse(line) as { name: string; failure: string | null };
    return [name, failure];
  }));
}

for (const runtime of [DENO, BUN]) {
  Deno.test(`${runtime.name}: Debian's client in Python`, async (t) => {
    await using server = await runtime.serve(SERVER);
    const clients = new Clients(server.url);
    const friend = await clients.connect(WEBSOCKET);
    friend.on("told", (id, value) => friend.emit("tell", id, "JavaScript says", value));
    await friend.emitWithAck("join", "JavaScript");
    const failures = await results(server.url);
    await clients.close();
    const names = CLIENTS.flatMap((client) =>
      TESTS.flatMap((test) => WAYS.map((way) => `${client} ${test}, ${way.name}`))
    );
    for (const name of names) {
      await t.step(name, () => assertEquals(failures.get(name) ?? null, null));
    }
    assertEquals([...failures.keys()].toSorted(), names.toSorted());
    server.check();
  });
}
