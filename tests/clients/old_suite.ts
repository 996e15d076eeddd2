/** What old clients see of servers that let them in, on each runtime. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import type { ServerProcess } from "../kit/process.ts";
import { Clients, event, POLLING, WAYS, WEBSOCKET } from "../runtimes/client.ts";
import type { TestRuntime } from "../runtimes/test_runtime.ts";
import { ask, OldClients, VERSIONS } from "./old_clients.ts";

const SERVER = new URL("./fixtures/old_server.ts", import.meta.url);
const PATIENCE = 60_000;

interface Context {
  readonly server: ServerProcess;
  readonly old: OldClients;
  readonly recent: Clients;
  /** The last transport of the way to connect. */
  readonly transport: string;
}

const TESTS: Record<string, (t: Context) => Promise<void>> = {
  "connects, and has the id of its connection": async ({ old, transport }) => {
    const socket = await old.connect();
    assertEquals(await ask(socket, "about"), [{ id: socket.id, protocol: 3, transport }]);
  },

  "gets what it sent as an acknowledgement": async ({ old }) => {
    const socket = await old.connect();
    const values = [1, "a€🦕é\n\\n", null, { x: [true, 1.5] }, []];
    assertEquals(await ask(socket, "echo", ...values), values);
  },

  "acknowledges what the server asks": async ({ old }) => {
    const socket = await old.connect();
    socket.on("question", (text, ack) => (ack as (answer: string) => void)(`${text} well`));
    const answered = event(socket, "answered");
    socket.emit("ask me");
    assertEquals(await answered, ["how? well"]);
  },

  "sends and receives bytes": async ({ old }) => {
    const socket = await old.connect();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const returned = event(socket, "returned");
    socket.emit("return", bytes, { deep: [bytes.subarray(4, 9), "é"] }, Buffer.alloc(0));
    const [first, second, third] = await returned as [Uint8Array, { deep: unknown[] }, Uint8Array];
    assertEquals([...first], [...bytes]);
    assertEquals([...second.deep[0] as Uint8Array], [4, 5, 6, 7, 8]);
    assertEquals([second.deep[1], third.length], ["é", 0]);
    const [ack] = await ask(socket, "echo", bytes);
    assertEquals([...ack as Uint8Array], [...bytes]);
  },

  "sends and receives what is large": async ({ old }) => {
    const socket = await old.connect();
    const text = "0123456789€".repeat(20_000);
    const [echo, bytes] = await ask(socket, "echo", text, Buffer.alloc(300_000, 7));
    assert(echo === text);
    assertEquals((bytes as Uint8Array).length, 300_000);
  },

  "is in one room with a new client": async ({ old, recent }) => {
    const socket = await old.connect();
    const other = await recent.connect(WEBSOCKET);
    const polling = await recent.connect(POLLING);
    const room = `room of ${socket.id}`;
    await ask(socket, "join", room);
    await other.emitWithAck("join", room);
    await polling.emitWithAck("join", room);
    const told = [socket, other, polling].map((it) => event(it, "told"));
    other.emit("tell", room, "news", { bytes: Buffer.from([1, 2, 3]) });
    for (const args of await Promise.all(told)) {
      const [text, { bytes }] = args as [string, { bytes: Uint8Array }];
      assertEquals([text, ...bytes], ["news", 1, 2, 3]);
    }
    const again = [socket, other, polling].map((it) => event(it, "told"));
    socket.emit("tell", room, "from the old one");
    assertEquals(await Promise.all(again), Array(3).fill(["from the old one"]));
  },

  "reaches a namespace with a query": async ({ old }) => {
    const socket = old.create("/admin?token=a%2Cb&name=x%20y");
    const [id, auth] = await event(socket, "you");
    const [{ id: same }] = await ask(socket, "about") as [{ id: string }];
    assertEquals([id, auth], [same, { token: "a,b", name: "x y" }]);
    assertEquals(String(id).slice(0, 7), "/admin#");
  },

  "is refused by a middleware, in plain words or with data": async ({ old }) => {
    assertEquals(await event(old.create("/?refuse="), "error"), ["refused"]);
    assertEquals(await event(old.create("/?refuse=because"), "error"), [{ why: "because" }]);
  },

  "is told of an invalid namespace": async ({ old }) => {
    assertEquals(await event(old.create("/nowhere"), "error"), ["Invalid namespace"]);
  },

  "is disconnected by the server": async ({ server, old }) => {
    for (const [index, wish] of ["send me away", "close my connection"].entries()) {
      const tag = crypto.randomUUID();
      const socket = await old.connect(`/?tag=${tag}`);
      const gone = event(socket, "disconnect");
      socket.emit(wish);
      const [reason] = await gone;
      // What closes the connection says so in every namespace first.
      assertEquals(reason, "io server disconnect", `${index}`);
      assertEquals(await ends(server, tag), ["/ server namespace disconnect"]);
    }
  },

  "disconnects": async ({ server, old }) => {
    const tag = crypto.randomUUID();
    const socket = await old.connect(`/?tag=${tag}`);
    const gone = event(socket, "disconnect");
    socket.close();
    assertEquals(await gone, ["io client disconnect"]);
    const [reason] = await ends(server, tag);
    assert(reason === "/ client namespace disconnect" || reason === "/ transport close", reason);
  },

  "hears that the server hangs up": async ({ server, old }) => {
    const tag = crypto.randomUUID();
    const socket = await old.connect(`/?tag=${tag}`);
    const gone = event(socket, "disconnect");
    socket.emit("hang up");
    assertEquals(await gone, ["transport close"]);
    assertEquals(await ends(server, tag), ["/ forced close"]);
  },

  "keeps its heartbeat": async ({ old }) => {
    const socket = await old.connect("/", { path: "/brisk" });
    let disconnects = 0;
    socket.on("disconnect", () => disconnects++);
    assertEquals(await event(socket, "alive"), [7]);
    assertEquals([disconnects, socket.connected], [0, true]);
  },

  "reconnects": async ({ old }) => {
    const socket = await old.connect("/", { reconnection: true, reconnectionDelay: 10 });
    const { id } = socket;
    const gone = event(socket, "disconnect");
    const back = event(socket, "reconnect");
    const { engine } = socket.io as unknown as { engine: { close(): void } };
    engine.close();
    await gone;
    await back;
    if (!socket.connected) await event(socket, "connect");
    assertNotEquals(socket.id, id);
    assertEquals(await ask(socket, "echo", "again"), ["again"]);
  },

  "is refused by a server that does not let it in": async ({ old }) => {
    const socket = old.create("/", { path: "/strict" });
    await event(socket, "connect_error");
    assertEquals(socket.connected, false);
  },
};

/** Tests over polling alone: a WebSocket of the runtime cannot be broken off from here. */
const POLLING_TESTS: typeof TESTS = {
  "is lost with its connection": async ({ server, old }) => {
    const tag = crypto.randomUUID();
    const socket = await old.connect(`/?tag=${tag}`);
    const gone = event(socket, "disconnect");
    // A poll has to be under way to be lost.
    await ask(socket, "echo");
    old.cut();
    const [reason] = await gone;
    assert(reason === "transport close" || reason === "transport error", String(reason));
    // Before the server notices, the client may tell it.
    const [end] = await ends(server, tag);
    assert(end === "/ transport close" || end === "/ transport error", end);
  },
};

/** How the sockets of a connection ended, once they did. */
async function ends(server: ServerProcess, tag: string): Promise<string[]> {
  const deadline = Date.now() + PATIENCE;
  while (Date.now() < deadline) {
    const response = await fetch(`${server.url}/ends?tag=${tag}`);
    const reasons: string[] = await response.json();
    if (reasons.length > 0) return reasons;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("The server does not notice");
}

/** Registers the tests. */
export function oldClientsOn(runtime: TestRuntime): void {
  let process: ServerProcess | undefined;
  Deno.test.beforeAll(async () => {
    process = await runtime.serve(SERVER);
  });
  Deno.test.afterAll(() => process?.stop());
  for (const version of VERSIONS) {
    for (const way of WAYS) {
      const tests = way === POLLING ? { ...TESTS, ...POLLING_TESTS } : TESTS;
      for (const [name, test] of Object.entries(tests)) {
        Deno.test(`${runtime.name}: ${version.name} ${name}, ${way.name}`, async () => {
          const old = new OldClients(process!.url, version, way);
          const recent = new Clients(process!.url);
          const late = Promise.withResolvers<never>();
          const timer = setTimeout(
            () => late.reject(new Error(`The test takes too long: ${process!.output}`)),
            PATIENCE,
          );
          try {
            const context = { server: process!, old, recent, transport: way.transports.at(-1)! };
            await Promise.race([test(context), late.promise]);
          } finally {
            clearTimeout(timer);
            await old.close();
            await recent.close();
            process!.check();
          }
        });
      }
    }
  }
}
