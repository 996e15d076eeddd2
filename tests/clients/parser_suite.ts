/** The official client with other parsers, on each runtime. */
import { assertEquals } from "@std/assert";
import type { Socket } from "socket.io-client";
import json from "socket.io-json-parser";
import msgpack from "socket.io-msgpack-parser";
import type { ServerProcess } from "../kit/process.ts";
import { Clients, event, refusal, WAYS } from "../runtimes/client.ts";
import type { TestRuntime } from "../runtimes/test_runtime.ts";

const SERVER = new URL("./fixtures/parsers.ts", import.meta.url);

const PARSERS = [
  { path: "/msgpack", parser: msgpack, binary: true },
  { path: "/official-msgpack", parser: msgpack, binary: true },
  { path: "/official-json", parser: json, binary: false },
];

interface Context {
  readonly binary: boolean;
  connect(): Promise<Socket>;
  create(nsp: string): Socket;
}

const TESTS: Record<string, (t: Context) => Promise<void>> = {
  "exchanges events and acknowledgements": async ({ connect }) => {
    const socket = await connect();
    const values = [1, -1.5, "a€🦕", null, { x: [true, { y: [] }] }];
    assertEquals(await socket.emitWithAck("echo", values), values);
    socket.on("question", (text, ack) => ack(`${text} well`));
    const answered = event(socket, "answered");
    socket.emit("ask me");
    assertEquals(await answered, ["how? well"]);
  },

  "exchanges bytes, if the parser has them": async ({ connect, binary }) => {
    if (!binary) return;
    const socket = await connect();
    const bytes = new Uint8Array(300).map((_, i) => i);
    const echo = await socket.emitWithAck("echo", { deep: [bytes] });
    // The official parser makes an ArrayBuffer of a Uint8Array.
    assertEquals([...new Uint8Array(echo.deep[0])], [...bytes]);
    const returned = event(socket, "returned");
    socket.emit("return", bytes, new Date(5));
    const [first, date] = await returned as [Uint8Array, Date];
    assertEquals([...new Uint8Array(first)], [...bytes]);
    assertEquals(new Date(date).getTime(), 5);
  },

  "is in a room": async ({ connect }) => {
    const [one, two] = await Promise.all([connect(), connect()]);
    const room = crypto.randomUUID();
    await one.emitWithAck("join", room);
    await two.emitWithAck("join", room);
    const told = [one, two].map((it) => event(it, "told"));
    one.emit("tell", room, "news", [1, 2]);
    assertEquals(await Promise.all(told), [["news", [1, 2]], ["news", [1, 2]]]);
  },

  "is refused and sent away": async ({ connect, create }) => {
    const error = await refusal(create("/admin"));
    assertEquals([error.message, error.data], ["no", { code: 7 }]);
    const socket = await connect();
    const gone = event(socket, "disconnect");
    socket.emit("send me away");
    assertEquals((await gone)[0], "io server disconnect");
  },
};

/** Registers the tests. */
export function parsersOn(runtime: TestRuntime): void {
  let process: ServerProcess | undefined;
  Deno.test.beforeAll(async () => {
    process = await runtime.serve(SERVER);
  });
  Deno.test.afterAll(() => process?.stop());
  for (const { path, parser, binary } of PARSERS) {
    for (const way of WAYS) {
      for (const [name, test] of Object.entries(TESTS)) {
        Deno.test(`${runtime.name}: a client of ${path} ${name}, ${way.name}`, async () => {
          const clients = new Clients(process!.url);
          const options = { path, parser };
          try {
            await test({
              binary,
              connect: () => clients.connect(way, "/", options),
              create: (nsp) => clients.create(way, nsp, options),
            });
          } finally {
            await clients.close();
            process!.check();
          }
        });
      }
    }
  }
}
