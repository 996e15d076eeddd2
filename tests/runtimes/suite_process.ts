/** What needs a process of its own. */
import { assert, assertEquals } from "@std/assert";
import type { ServerProcess } from "../kit/process.ts";
import { Clients, collect, event, POLLING, WAYS } from "./client.ts";
import type { HostRuntime } from "./test_runtime.ts";

/** Longer than Bun lets a request wait by itself, ten seconds in steps of four; and Node a connection, five. */
const LONG: Readonly<Record<string, number>> = { Bun: 14_000 };
const LONG_ELSEWHERE = 6_000;

/** Registers the tests. */
export function processSuite(runtime: HostRuntime): void {
  test("io.close ends every connection, and the process can end", async (process, clients) => {
    const sockets = await Promise.all(WAYS.map((way) => clients.connect(way)));
    const idle = clients.create(POLLING);
    const open = event(idle.io, "open");
    idle.io.open();
    await open;
    const left = sockets.map((socket) => event(socket, "disconnect"));
    sockets[0]!.emit("close");
    assertEquals((await Promise.all(left)).map(([reason]) => reason), [
      "transport close",
      "transport close",
      "transport close",
    ]);
    assertEquals(await process.exitCode(), 0);
    assertEquals(process.output.split("\n"), [
      "server shutting down",
      "server shutting down",
      "server shutting down",
      "closed",
      "",
    ]);
  });

  test("a poll may wait longer than the runtime's limit for requests", async (_, clients) => {
    const socket = await clients.connect(POLLING);
    await socket.emitWithAck("echo");
    // From here on, nothing is sent until the first ping is due, after 25 seconds.
    const polls = collect(socket.io.engine.transport, "pollComplete");
    const patience = Promise.withResolvers<string>();
    const timer = setTimeout(
      () => patience.resolve("still connected"),
      LONG[runtime.name] ?? LONG_ELSEWHERE,
    );
    socket.on("disconnect", patience.resolve);
    const outcome = await patience.promise;
    clearTimeout(timer);
    assertEquals(outcome, "still connected");
    assert(polls.length <= 1, `${polls.length} polls were answered`);
    assertEquals(await socket.emitWithAck("echo", "hello"), "hello");
  });

  function test(
    name: string,
    fn: (process: ServerProcess, clients: Clients) => Promise<void>,
  ): void {
    Deno.test(`${runtime.name}: ${name}`, async () => {
      await using process = await runtime.run(new URL("./fixtures/listen.ts", import.meta.url));
      const clients = new Clients(process.url);
      try {
        await fn(process, clients);
      } finally {
        await clients.close();
      }
    });
  }
}
