import { assertEquals } from "@std/assert";
import type { Socket } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

const LONG = "hello ".repeat(1000);
const WAYS: [name: string, send: (socket: Socket) => void, compressed: boolean][] = [
  ["socket.emit", (socket) => void socket.emit("a", LONG), true],
  ["socket.compress(true)", (socket) => void socket.compress(true).emit("a", LONG), true],
  ["socket.compress(false)", (socket) => void socket.compress(false).emit("a", LONG), false],
  ["nsp.emit", ({ nsp }) => void nsp.emit("a", LONG), true],
  ["nsp.compress(false)", ({ nsp }) => void nsp.compress(false).emit("a", LONG), false],
  ["nsp.to(room).compress(false)", ({ nsp, id }) => {
    nsp.to(id).compress(false).emit("a", LONG);
  }, false],
  ["one of two that may be compressed", (socket) => {
    socket.compress(false).emit("a", LONG);
    socket.emit("b");
  }, true],
];

for (const [name, send, compressed] of WAYS) {
  const what = compressed ? "a compressed" : "a plain";
  Deno.test(`${name} sends ${what} answer over polling`, () =>
    withServer({}, async ({ io, runtime, poller }) => {
      const client = await poller();
      await (await client.post("40")).text();
      await client.poll();
      const [socket] = io.sockets.sockets.values();
      send(socket!);
      const headers = { "accept-encoding": "gzip" };
      const response = await io.fetch(new Request(client.url, { headers }), runtime);
      await response.body?.cancel();
      assertEquals(response.headers.get("content-encoding"), compressed ? "gzip" : null);
    }));
}
