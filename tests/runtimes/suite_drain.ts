/** Servers that are terminated while clients talk to them. */
import { assertEquals } from "@std/assert";
import type { Socket } from "socket.io-client";
import type { ServerProcess } from "../kit/process.ts";
import type { Behaviour } from "./behaviour.ts";
import { Clients, event, WAYS } from "./client.ts";
import { requestWebSocket } from "./raw.ts";
import type { HostRuntime } from "./test_runtime.ts";

const FIXTURE = new URL("./fixtures/leaving.ts", import.meta.url);
const EVENTS = 60;
const QUERY = "/socket.io/?EIO=4";

/** Registers the tests. */
export function drainSuite({ once }: Behaviour): void {
  once("io.drain leaves the server that it is mounted in alone", async (t) => {
    const path = "/draining";
    await Promise.all(WAYS.map((way) => t.clients.connect(way, "/", { path })));
    const bystander = await t.clients.connect(WAYS[0]!);
    await t.server.ask((io) => io.drain({ within: 500 }), path);
    assertEquals(await t.server.ask((io) => io.engine.clientsCount, path), 0);
    assertEquals(await bystander.emitWithAck("echo", "still here"), "still here");
    assertEquals(await (await fetch(`${t.server.url}/page`)).text(), "a page of the application");
  });
}

/** Registers the tests of processes that end. */
export function terminationSuite(runtime: HostRuntime): void {
  for (const way of WAYS) {
    test(
      `a server that drains loses no event of a client that goes on, ${way.name}`,
      async (first, clients) => {
        await using second = await runtime.run(FIXTURE);
        const socket = await clients.connect(way, "/", {
          reconnection: true,
          reconnectionDelay: 10,
          reconnectionDelayMax: 20,
          retries: 5,
          // Asked too early, it would do work a second time; on a new connection it asks at once.
          ackTimeout: 20_000,
        });
        const left = event(socket, "disconnect");
        const acked: number[] = [];
        const done = Promise.withResolvers<void>();
        for (let n = 0; n < EVENTS; n++) {
          socket.emit("work", n, () => {
            if (acked.push(n) === 10) {
              balance(socket, second);
              first.terminate();
            }
            if (acked.length === EVENTS) done.resolve();
          });
        }
        await done.promise;
        assertEquals((await left)[0], "transport close");
        assertEquals(await first.exitCode(), 0);
        await clients.close();
        await second.stop();
        const expected = Array.from({ length: EVENTS }, (_, n) => n);
        assertEquals(acked, expected);
        assertEquals([...workOf(first), ...workOf(second)], expected);
        assertEquals(first.output.includes("server shutting down"), true);
      },
    );
  }

  test("a server that drains refuses new clients with 503", async (process, clients) => {
    const sockets = await Promise.all(WAYS.map((way) => clients.connect(way)));
    // Nobody leaves at once: all of them wait for an answer.
    for (const socket of sockets) socket.emit("hold", () => {});
    const left = sockets.map((socket) => event(socket, "disconnect"));
    process.terminate();
    let response: Response | undefined;
    do {
      await response?.body?.cancel();
      response = await fetch(`${process.url}${QUERY}&transport=polling`);
    } while (response.ok);
    await response.body?.cancel();
    const wait = Number(response.headers.get("retry-after"));
    assertEquals([response.status, wait >= 1 && wait <= 3], [503, true]);
    const { status } = await requestWebSocket(process.url, `${QUERY}&transport=websocket`);
    assertEquals(status, 503);
    for (const [reason] of await Promise.all(left)) assertEquals(reason, "transport close");
    assertEquals(await process.exitCode(), 0);
  });

  function test(
    name: string,
    fn: (process: ServerProcess, clients: Clients) => Promise<void>,
  ): void {
    Deno.test(`${runtime.name}: ${name}`, async () => {
      await using process = await runtime.run(FIXTURE);
      const clients = new Clients(process.url);
      try {
        await fn(process, clients);
      } finally {
        await clients.close();
      }
    });
  }
}

/** Leads the next connections of a client to another server, as a balancer does. */
function balance(socket: Socket, { url }: ServerProcess): void {
  Object.assign(socket.io, { uri: url });
}

function workOf({ output }: ServerProcess): number[] {
  return [...output.matchAll(/^did (\d+)$/gm)].map(([, n]) => Number(n));
}
