import { assertEquals } from "@std/assert";
import type { Receiver } from "../../src/engine/channel.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { take, withEngine } from "../kit/memory_client.ts";

Deno.test("a frame is a packet: text behind its type, bytes as they are", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    rig.conn.on("data", (data) => seen.push(data));
    socket.send("4hällo");
    socket.send(new Uint8Array([1, 2, 3]));
    assertEquals(seen, ["hällo", "hällo", new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 3])]);
    rig.conn.send("zurück");
    rig.conn.send(new Uint8Array([4]));
    rig.conn.send(new Uint8Array([5, 6]).buffer);
    rig.conn.send(new DataView(new Uint8Array([0, 7, 8, 0]).buffer, 1, 2));
    assertEquals(take(socket), [
      "4zurück",
      new Uint8Array([4]),
      new Uint8Array([5, 6]),
      new Uint8Array([7, 8]),
    ]);
  }));

Deno.test("a frame of base64 is a binary message", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    socket.send("bAQID");
    assertEquals(seen, [new Uint8Array([1, 2, 3])]);
  }));

Deno.test("bytes are sent as base64, given b64=1", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket("&b64=1");
    take(socket);
    rig.conn.send(new Uint8Array([1, 2, 3]));
    rig.conn.send("text");
    assertEquals(take(socket), ["bAQID", "4text"]);
  }));

Deno.test("bytes are sent as base64 over a WebSocket with b64=1 that a session moves to", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const url = `${client.url.replace("transport=polling", "transport=websocket")}&b64=1`;
    const socket = await rig.runtime.connect(rig.engine, url);
    socket.send("2probe");
    socket.send("5");
    take(socket);
    rig.conn.send(new Uint8Array([1, 2, 3]));
    assertEquals(take(socket), ["bAQID"]);
  }));

Deno.test("the event packet tells of each packet", () =>
  withEngine({ pingInterval: 1000 }, async (rig) => {
    const socket = await rig.socket();
    const types: string[] = [];
    rig.conn.on("packet", ({ type }) => types.push(type));
    socket.send("4a");
    rig.time.tick(1000);
    socket.send("3");
    socket.send("6");
    assertEquals(types, ["message", "pong", "noop"]);
  }));

Deno.test("a message over the limit closes with 1009", () =>
  withEngine({ maxHttpBufferSize: 10 }, async (rig) => {
    for (const message of ["4" + "a".repeat(10), "4€€€a", new Uint8Array(11)]) {
      const socket = await rig.socket();
      socket.send(message);
      assertEquals(socket.closed?.code, 1009);
      assertEquals(rig.closes.pop(), [
        "transport error",
        { description: "message is larger than maxHttpBufferSize" },
      ]);
    }
  }));

Deno.test("a message of the limit is taken, counted in bytes", () =>
  withEngine({ maxHttpBufferSize: 10 }, async (rig) => {
    const socket = await rig.socket();
    const seen: number[] = [];
    rig.conn.on("message", (data) => seen.push(data.length));
    socket.send("4" + "a".repeat(9));
    socket.send("4€€€");
    socket.send(new Uint8Array(10));
    assertEquals(seen, [9, 3, 10]);
  }));

Deno.test("a frame that is no packet ends the session", () =>
  withEngine({}, async (rig) => {
    for (const frame of ["", "x", "7", "-1", "b***", "\u0664a"]) {
      const socket = await rig.socket();
      socket.send(frame);
      assertEquals(rig.closes.pop()?.[0], "parse error");
      assertEquals(socket.closed !== undefined, true);
    }
  }));

Deno.test("the close of a WebSocket ends the session, and tells code and reason", () =>
  withEngine({}, async (rig) => {
    const polite = await rig.socket();
    polite.close(1001, "going away");
    const silent = await rig.socket();
    silent.close(1006);
    assertEquals(rig.closes, [
      ["transport close", { code: 1001, description: "going away" }],
      ["transport close", { code: 1006, description: "websocket closed" }],
    ]);
  }));

Deno.test("a close packet ends the session and its WebSocket", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    socket.send("1");
    assertEquals(rig.closes, [["transport close", { description: "closed by the client" }]]);
    assertEquals(socket.closed !== undefined, true);
  }));

Deno.test("what comes after the end is ignored", () =>
  withEngine({}, async (rig) => {
    const seen: unknown[] = [];
    const socket = await rig.socket();
    rig.conn.on("message", (data) => {
      seen.push(data);
      rig.conn.close();
    });
    socket.send("4a");
    socket.send("4b");
    socket.send("x");
    assertEquals(seen, ["a"]);
    assertEquals(rig.closes, [["forced close", undefined]]);
  }));

Deno.test("a WebSocket that opens after engine.close() is closed", () =>
  withEngine({}, async (rig) => {
    rig.engine.prependListener("headers", () => rig.engine.close());
    const socket = await rig.socket();
    assertEquals(socket.closed !== undefined, true);
    assertEquals(rig.conns, []);
  }));

Deno.test("a runtime may report a close twice, and what came before it late", async () => {
  const receivers: Receiver[] = [];
  class CapturingRuntime extends MemoryRuntime {
    override upgrade(
      request: Request,
      context: unknown,
      receiver: Receiver,
      headers: Headers,
    ): Response {
      receivers.push(receiver);
      return super.upgrade(request, context, receiver, headers);
    }
  }
  await withEngine({}, async (rig) => {
    const url = `${rig.base}?EIO=4&transport=websocket`;
    await new CapturingRuntime().connect(rig.engine, url);
    const seen: unknown[] = [];
    rig.conn.on("message", (data) => seen.push(data));
    receivers[0]!.close(1001, "going away");
    receivers[0]!.message("4late");
    receivers[0]!.close(0, "");
    assertEquals(rig.closes, [["transport close", { code: 1001, description: "going away" }]]);
    assertEquals(seen, []);
  });
});
