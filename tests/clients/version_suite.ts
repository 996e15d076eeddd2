/** What each version of the official client sees, on each runtime. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Socket } from "socket.io-client";
import type { ServerProcess } from "../kit/process.ts";
import {
  type ClientOptions,
  Clients,
  collect,
  event,
  refusal,
  type Way,
  WAYS,
} from "../runtimes/client.ts";
import type { TestRuntime } from "../runtimes/test_runtime.ts";
import { VERSIONS } from "./versions.ts";

const SERVER = new URL("./fixtures/server.ts", import.meta.url);

interface Context {
  readonly way: Way;
  /** Connects a client of the version, in the way of the test. */
  connect(nsp?: string, options?: ClientOptions): Promise<Socket>;
  /** Makes one that is not connected. */
  create(nsp?: string, options?: ClientOptions): Socket;
  /** Connects one of the newest version, that watches. */
  watch(room: string): Promise<Socket>;
}

/** Sends an event and waits for its acknowledgement: older versions have no emitWithAck(). */
function ask(socket: Socket, name: string, ...args: unknown[]): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${name}`)), 30_000);
    socket.emit(name, ...args, (...answer: unknown[]) => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

const TESTS: Record<string, (t: Context) => Promise<void>> = {
  "connects, with auth and query": async ({ connect, way }) => {
    const socket = await connect("/", { auth: { token: "abc" }, query: { tag: "x y" } });
    assertEquals(socket.id?.length, 20);
    const transport = way.transports.at(-1);
    assertEquals(await ask(socket, "about"), [
      { nsp: "/", transport, auth: { token: "abc" }, tag: "x y" },
    ]);
  },

  "gets what it sent as an acknowledgement": async ({ connect }) => {
    const socket = await connect();
    const values = [1, "a€🦕é\n\\n", null, { x: [true, 1.5, { "__proto": "y" }] }, []];
    assertEquals(await ask(socket, "echo", ...values), values);
    assertEquals(await ask(socket, "echo"), []);
  },

  "acknowledges what the server asks": async ({ connect }) => {
    const socket = await connect();
    socket.on("question", (text, ack) => ack(`${text} well`));
    const answered = event(socket, "answered");
    socket.emit("ask me");
    assertEquals(await answered, ["how? well"]);
  },

  "sends and receives bytes, at any depth": async ({ connect }) => {
    const socket = await connect();
    const bytes = new Uint8Array(Array.from({ length: 256 }, (_, i) => i));
    const returned = event(socket, "returned");
    socket.emit("return", bytes, { deep: [bytes.subarray(4, 9).slice(), "é"] }, new Uint8Array());
    const [first, second, third] = await returned as [Uint8Array, { deep: unknown[] }, Uint8Array];
    assertEquals([...first], [...bytes]);
    assertEquals([...second.deep[0] as Uint8Array], [4, 5, 6, 7, 8]);
    assertEquals([second.deep[1], third.length], ["é", 0]);
    const [ack] = await ask(socket, "echo", bytes);
    assertEquals([...ack as Uint8Array], [...bytes]);
  },

  "sends and receives what is large": async ({ connect }) => {
    const socket = await connect();
    const text = "0123456789€".repeat(20_000);
    const [echo, bytes] = await ask(socket, "echo", text, new Uint8Array(300_000).fill(7));
    assert(echo === text);
    assertEquals((bytes as Uint8Array).length, 300_000);
  },

  "keeps the order of what it sends and receives": async ({ connect }) => {
    const socket = await connect();
    const returned = collect(socket, "returned");
    for (let i = 0; i < 100; i++) {
      socket.emit("return", i, ...(i % 7 === 0 ? [new Uint8Array([i])] : []));
    }
    await ask(socket, "echo");
    assertEquals(returned.map(([i]) => i), Array.from({ length: 100 }, (_, i) => i));
  },

  "gets volatile events": async ({ connect }) => {
    const socket = await connect();
    const told = event(socket, "told");
    socket.emit("tell me volatilely", "now", new Uint8Array([1]));
    const [text, bytes] = await told;
    assertEquals([text, ...bytes as Uint8Array], ["now", 1]);
  },

  "is in a room with a client of the newest version": async ({ connect, watch }) => {
    const socket = await connect();
    const room = `room of ${socket.id}`;
    const other = await watch(room);
    await ask(socket, "join", room);
    const told = [socket, other].map((it) => event(it, "told"));
    other.emit("tell", room, "news", { bytes: new Uint8Array([1, 2, 3]) });
    for (const args of await Promise.all(told)) {
      const [text, { bytes }] = args as [string, { bytes: Uint8Array }];
      assertEquals([text, ...new Uint8Array(bytes)], ["news", 1, 2, 3]);
    }
    const mine = collect(socket, "told");
    const theirs = event(other, "told");
    socket.emit("tell others", room, "from me");
    assertEquals(await theirs, ["from me"]);
    await ask(socket, "echo");
    assertEquals(mine, []);
  },

  "answers a broadcast": async ({ connect, watch }) => {
    const socket = await connect();
    const room = `answers of ${socket.id}`;
    const other = await watch(room);
    await ask(socket, "join", room);
    socket.on("question", (_text, ack) => ack("me"));
    other.on("question", (_text, ack) => ack("you"));
    const answered = event(socket, "all answered");
    socket.emit("ask all", room);
    const [answers] = await answered;
    assertEquals((answers as string[]).toSorted(), ["me", "you"]);
  },

  "reaches several namespaces over one connection": async ({ connect }) => {
    const socket = await connect();
    const admin = socket.io.socket("/admin", { auth: { token: "secret" } });
    const dynamic = socket.io.socket("/room-7");
    for (const it of [admin, dynamic]) {
      const ready = event(it, "connect", "connect_error");
      it.connect();
      await ready;
    }
    const names = await Promise.all([socket, admin, dynamic].map((it) => ask(it, "about")));
    assertEquals(names.map(([it]) => (it as { nsp: string }).nsp), ["/", "/admin", "/room-7"]);
    const gone = event(dynamic, "disconnect");
    dynamic.disconnect();
    assertEquals((await gone)[0], "io client disconnect");
    const back = event(dynamic, "connect");
    dynamic.connect();
    await back;
    assertEquals((await ask(dynamic, "echo", 1))[0], 1);
  },

  "learns why it was refused": async ({ create }) => {
    const error = await refusal(create("/admin"));
    assertEquals([error.message, error.data], ["who are you?", { code: 7 }]);
    assertEquals((await refusal(create("/nowhere"))).message, "Invalid namespace");
  },

  "is sent away, from one namespace or for good": async ({ connect }) => {
    for (const how of ["send me away", "close my connection"]) {
      const socket = await connect();
      const gone = event(socket, "disconnect");
      socket.emit(how);
      assertEquals((await gone)[0], "io server disconnect");
    }
  },

  "leaves, and the server knows": async ({ connect, watch }) => {
    const socket = await connect();
    const told = event(await watch(`end of ${socket.id}`), "told");
    socket.disconnect();
    const [reason] = await told;
    // The connection closes with the last namespace: over polling its end may be read first.
    assert(reason === "client namespace disconnect" || reason === "transport close", `${reason}`);
  },

  "reconnects after the server has hung up": async ({ connect }) => {
    const socket = await connect("/", { reconnection: true, reconnectionDelay: 10 });
    const { id } = socket;
    const gone = event(socket, "disconnect");
    const back = event(socket.io, "reconnect");
    socket.emit("hang up");
    assertEquals((await gone)[0], "transport close");
    await back;
    if (!socket.connected) await event(socket, "connect");
    assertNotEquals(socket.id, id);
    assertEquals(await ask(socket, "echo", "again"), ["again"]);
  },
};

/** Registers the tests. */
export function versionsOn(runtime: TestRuntime): void {
  let process: ServerProcess | undefined;
  Deno.test.beforeAll(async () => {
    process = await runtime.serve(SERVER);
  });
  Deno.test.afterAll(() => process?.stop());
  for (const version of VERSIONS) {
    for (const way of WAYS) {
      for (const [name, test] of Object.entries(TESTS)) {
        Deno.test(`${runtime.name}: ${version.name} ${name}, ${way.name}`, async () => {
          const clients = new Clients(process!.url, version.Manager);
          const newest = new Clients(process!.url);
          try {
            await test({
              way,
              connect: (nsp, options) => clients.connect(way, nsp, options),
              create: (nsp, options) => clients.create(way, nsp, options),
              watch: async (room) => {
                const socket = await newest.connect(WAYS[1]!);
                await ask(socket, "join", room);
                return socket;
              },
            });
          } finally {
            await clients.close();
            await newest.close();
            process!.check();
          }
        });
      }
    }
  }
}
