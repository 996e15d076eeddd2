/** Compression of messages over WebSocket: as the option says on Bun and Node, never on Deno, always on workerd. */
import { assert, assertEquals } from "@std/assert";
import type { Socket as TcpSocket } from "node:net";
import type { Socket } from "socket.io-client";
import { Clients, event, WEBSOCKET } from "./client.ts";
import { BUN, DENO, NODE, type TestRuntime, WORKERD } from "./test_runtime.ts";

/** What the official client's WebSocket is on this side: a socket of the package ws. */
interface WsSocket {
  readonly extensions: string;
  readonly _socket: TcpSocket;
}

function wsOf(socket: Socket): WsSocket {
  return (socket.io.engine.transport as unknown as { ws: WsSocket }).ws;
}

/** How many bytes come in for a text that is sent repeatedly. */
async function weigh(socket: Socket, count: number, compress: boolean): Promise<number> {
  const { _socket } = wsOf(socket);
  const before = _socket.bytesRead;
  const text = event(socket, "text");
  socket.emit("repeat", "hello ", count, compress);
  assertEquals(await text, ["hello ".repeat(count)]);
  return _socket.bytesRead - before;
}

function test(
  runtime: TestRuntime,
  name: string,
  fn: (clients: Clients) => Promise<void>,
): void {
  Deno.test(`${runtime.name}: ${name}`, async () => {
    const fixture = runtime === WORKERD ? "worker_deflate.ts" : "deflate.ts";
    await using server = await runtime.serve(new URL(`./fixtures/${fixture}`, import.meta.url));
    const clients = new Clients(server.url);
    try {
      await fn(clients);
    } finally {
      await clients.close();
    }
    server.check();
  });
}

for (const runtime of [BUN, NODE]) {
  test(
    runtime,
    "perMessageDeflate compresses long messages, unless told otherwise",
    async (clients) => {
      const socket = await clients.connect(WEBSOCKET);
      assert(wsOf(socket).extensions.includes("permessage-deflate"));
      assert(await weigh(socket, 1000, true) < 300);
      assert(await weigh(socket, 1000, false) > 6000);
      assert(await weigh(socket, 100, true) > 600, "below the threshold");
    },
  );

  test(
    runtime,
    "maxHttpBufferSize holds for what a compressed message becomes",
    async (clients) => {
      const bomber = await clients.connect(WEBSOCKET);
      assert(wsOf(bomber).extensions.includes("permessage-deflate"));
      const witness = await clients.connect(WEBSOCKET);
      const before = await witness.emitWithAck("memory");
      const gone = event(bomber, "disconnect");
      bomber.emit("bomb", "0".repeat(100_000_000));
      assertEquals((await gone)[0], "transport close");
      const grown = await witness.emitWithAck("memory") - before;
      assert(grown < 20_000_000, `${grown} bytes more in use`);
    },
  );
}

test(DENO, "perMessageDeflate has no effect", async (clients) => {
  const socket = await clients.connect(WEBSOCKET);
  assertEquals(wsOf(socket).extensions, "");
  assert(await weigh(socket, 1000, true) > 6000);
});

test(WORKERD, "perMessageDeflate has no effect, since all is compressed", async (clients) => {
  const socket = await clients.connect(WEBSOCKET);
  assert(wsOf(socket).extensions.includes("permessage-deflate"));
  assert(await weigh(socket, 1000, true) < 300);
  assert(await weigh(socket, 1000, false) < 300);
  assert(await weigh(socket, 20, true) < 60);
});
