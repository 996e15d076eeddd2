import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { Server } from "../../mod.ts";
import { socketIO } from "../../src/plugins/hono.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { PollingClient } from "../kit/memory_client.ts";

for (const httpCompression of [true, false]) {
  Deno.test(`Hono's compress() compresses no answer twice, with httpCompression ${httpCompression}`, async () => {
    const io = new Server({ httpCompression });
    const app = new Hono().use(compress()).use(socketIO(io));
    const runtime = new MemoryRuntime();
    const server = { fetch: async (request: Request) => await app.fetch(request, runtime) };
    const client = await PollingClient.open(server, runtime, "http://localhost/socket.io/");
    await (await client.post("40")).text();
    await client.poll();
    io.emit("long", "hello ".repeat(1000));
    const headers = { "accept-encoding": "gzip" };
    const response = await server.fetch(new Request(client.url, { headers }));
    assertEquals(response.headers.get("content-encoding"), "gzip");
    const plain = response.body!.pipeThrough(new DecompressionStream("gzip"));
    assertEquals(await new Response(plain).text(), `42["long","${"hello ".repeat(1000)}"]`);
    await io.close();
  });
}
