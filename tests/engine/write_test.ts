import { assertEquals } from "@std/assert";
import type { Packet } from "../../src/engine/mod.ts";
import { take, withEngine } from "../kit/memory_client.ts";

/** A blob that cannot be read. */
class LostBlob extends Blob {
  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.reject(new Error("the blob is lost"));
  }
}

Deno.test("send() calls back when the message is handed to the transport", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const log: string[] = [];
    rig.conn.send("a", () => log.push("a"));
    rig.conn.send("b", { compress: false }, () => log.push("b"));
    rig.conn.write("c", {}, () => log.push("c"));
    assertEquals(log, []);
    assertEquals(await client.poll(), "4a\x1e4b\x1e4c");
    assertEquals(log, ["a", "b", "c"]);
  }));

Deno.test("send() calls back at once over a WebSocket", () =>
  withEngine({}, async (rig) => {
    await rig.socket();
    const log: string[] = [];
    rig.conn.send("a", () => log.push("a"));
    assertEquals(log, ["a"]);
  }));

Deno.test("send() does not call back, given a session that ends first", () =>
  withEngine({}, async (rig) => {
    await rig.poller();
    const log: string[] = [];
    rig.conn.send("a", () => log.push("a"));
    rig.conn.close(true);
    rig.conn.send("b", () => log.push("b"));
    assertEquals(log, []);
  }));

Deno.test("a callback of send() that throws is reported, and the next is called", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const log: string[] = [];
    rig.conn.send("a", () => {
      throw new Error("oops");
    });
    rig.conn.send("b", () => log.push("b"));
    assertEquals(await client.poll(), "4a\x1e4b");
    assertEquals(log, ["b"]);
    assertEquals(rig.faults.splice(0).map(String), ["Error: oops"]);
  }));

Deno.test("the events of writing come in the order of what happens", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const log: unknown[] = [];
    rig.conn.on("packetCreate", (packet) => log.push(packet));
    rig.conn.on("flush", () => log.push("flush"));
    rig.conn.on("drain", () => log.push("drain"));
    rig.conn.send("a");
    rig.conn.send(new Uint8Array([1]));
    assertEquals(log, [
      { type: "message", data: "a" },
      { type: "message", data: new Uint8Array([1]) },
    ]);
    await client.poll();
    assertEquals(log.slice(2), ["flush", "drain"]);
  }));

Deno.test("a listener of drain may send", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    let left = 3;
    rig.conn.on("drain", () => {
      if (left > 0) rig.conn.send(`again ${left--}`);
    });
    rig.conn.send("first");
    assertEquals(take(socket), ["4first", "4again 3", "4again 2", "4again 1"]);
  }));

Deno.test("messages keep their order behind a blob", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    const sent = new Promise<void>((resolve) => {
      rig.conn.send("a");
      rig.conn.send(new Blob(["one"]));
      rig.conn.send("b");
      rig.conn.send(new Blob(["two"]));
      rig.conn.send("c", () => resolve());
    });
    assertEquals(take(socket), ["4a"]);
    await sent;
    const encoder = new TextEncoder();
    assertEquals(take(socket), [encoder.encode("one"), "4b", encoder.encode("two"), "4c"]);
  }));

Deno.test("blobs one after the other are each waited for", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    for (const text of ["one", "two", "three"]) {
      await new Promise<void>((resolve) => rig.conn.send(new Blob([text]), () => resolve()));
      assertEquals(take(socket), [new TextEncoder().encode(text)]);
    }
  }));

Deno.test("a blob goes over polling", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const poll = client.poll();
    await rig.settle();
    rig.conn.send(new Blob([new Uint8Array([1, 2, 3])]));
    assertEquals(await poll, "bAQID");
  }));

Deno.test("a blob that cannot be read is reported and left out", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    const sent = new Promise<void>((resolve) => {
      rig.conn.send("a");
      rig.conn.send(new LostBlob(["?"]));
      rig.conn.send("b", () => resolve());
    });
    await sent;
    assertEquals(take(socket), ["4a", "4b"]);
    assertEquals(rig.faults.splice(0).map(String), ["Error: the blob is lost"]);
    assertEquals(rig.closes, []);
  }));

Deno.test("a session that ends while a blob is read sends nothing", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    rig.conn.send(new Blob(["abc"]));
    rig.conn.close(true);
    await rig.settle();
    await rig.settle();
    assertEquals(take(socket), []);
    assertEquals(rig.closes.length, 1);
  }));

Deno.test("a reader that is slow over a WebSocket is closed above maxBufferedAmount", () =>
  withEngine({ maxBufferedAmount: 1000 }, async (rig) => {
    const socket = await rig.socket();
    rig.runtime.buffered = 1000;
    rig.conn.send("a".repeat(1000));
    assertEquals(rig.closes, []);
    rig.runtime.buffered = 1001;
    rig.conn.send("b".repeat(1000));
    assertEquals(rig.closes, [[
      "transport error",
      { description: "too much data waits for the client (maxBufferedAmount is 1000)" },
    ]]);
    assertEquals(socket.closed !== undefined, true);
  }));

Deno.test("nothing more is written for a reader that is closed above maxBufferedAmount", () =>
  withEngine({ maxBufferedAmount: 1000 }, async (rig) => {
    const told: string[] = [];
    const upgrade = rig.runtime.upgrade.bind(rig.runtime);
    rig.runtime.upgrade = (request, context, receiver, headers) =>
      upgrade(request, context, {
        options: receiver.options,
        open(channel) {
          channel.forget = () => told.push("forget");
          receiver.open(channel);
        },
        message: (data) => receiver.message(data),
        close: (code, reason) => {
          told.push("close");
          receiver.close(code, reason);
        },
      }, headers);
    await rig.socket();
    rig.runtime.buffered = 1001;
    rig.conn.send("b".repeat(1000));
    assertEquals(told, ["forget", "close"]);
  }));

Deno.test("a client that does not poll is closed above maxBufferedAmount", () =>
  withEngine({ maxBufferedAmount: 1000 }, async (rig) => {
    const client = await rig.poller();
    for (let i = 0; i < 10; i++) rig.conn.send("x".repeat(99));
    assertEquals(rig.closes, []);
    assertEquals((await client.poll()).length, 1009);
    for (let i = 0; i < 11; i++) rig.conn.send("x".repeat(99));
    assertEquals(rig.closes, [[
      "transport error",
      { description: "too much data waits for the client (maxBufferedAmount is 1000)" },
    ]]);
  }));

Deno.test("bytes count for maxBufferedAmount, also those of a blob", () =>
  withEngine({ maxBufferedAmount: 1000 }, async (rig) => {
    await rig.poller();
    rig.conn.send(new Uint8Array(1001));
    assertEquals(rig.closes.length, 1);
    await rig.poller();
    rig.conn.send(new Blob([new Uint8Array(1001)]));
    await rig.settle();
    assertEquals(rig.closes.length, 2);
  }));

Deno.test("no drain is fired for what a session that ends could not send", () =>
  withEngine({ maxBufferedAmount: 1000 }, async (rig) => {
    await rig.socket();
    const log: string[] = [];
    rig.conn.on("drain", () => log.push("drain"));
    rig.conn.on("close", () => log.push("close"));
    rig.runtime.buffered = 1001;
    rig.conn.send("a".repeat(1001), () => log.push("sent"));
    assertEquals(log, ["close"]);
  }));

Deno.test("what is written while the queue goes out follows it, each message once", () =>
  withEngine({}, async (rig) => {
    const socket = await rig.socket();
    take(socket);
    const failing = new Blob(["x"]);
    failing.arrayBuffer = () => Promise.reject(new Error("gone"));
    rig.engine.on("error", () => rig.conn.send("from within"));
    rig.conn.send(failing);
    rig.conn.send("a");
    rig.conn.send("b");
    await rig.settle();
    assertEquals(take(socket), ["4a", "4b", "4from within"]);
    assertEquals(rig.faults.splice(0).map(String), ["Error: gone"]);
  }));

Deno.test("writeBuffer holds what waits, also for the listeners of close", () =>
  withEngine({}, async (rig) => {
    await rig.poller();
    const { conn } = rig;
    conn.send("a");
    conn.send(new Uint8Array([1, 2]));
    const expected: Packet[] = [
      { type: "message", data: "a" },
      { type: "message", data: new Uint8Array([1, 2]) },
    ];
    assertEquals(conn.writeBuffer, expected);
    let left: unknown;
    conn.on("close", () => void (left = conn.writeBuffer));
    conn.close(true);
    assertEquals(left, expected);
    assertEquals(conn.writeBuffer, []);
  }));

Deno.test("flush tells what is about to be sent", () =>
  withEngine({}, async (rig) => {
    await rig.socket();
    const flushed: unknown[] = [];
    rig.conn.on("flush", (buffer) => void flushed.push(buffer));
    rig.conn.send("a");
    assertEquals(flushed, [[{ type: "message", data: "a" }]]);
  }));

Deno.test("send() hands its callback the transport", () =>
  withEngine({}, async (rig) => {
    await rig.socket();
    const names: string[] = [];
    rig.conn.send("a", ({ name }) => void names.push(name));
    rig.conn.send("b", {}, ({ name }) => void names.push(name));
    assertEquals(names, ["websocket", "websocket"]);
  }));

Deno.test("flush and drain of the engine tell of every connection", () =>
  withEngine({}, async (rig) => {
    const log: unknown[] = [];
    rig.engine.on("flush", (conn, buffer) => void log.push([conn.id, buffer]));
    rig.engine.on("drain", (conn) => void log.push(conn.id));
    await rig.socket();
    const client = await rig.poller();
    for (const conn of rig.conns) conn.send("a");
    const [first, second] = rig.conns.map((it) => it.id);
    const buffer = [{ type: "message", data: "a" }];
    assertEquals(log.splice(0), [[first, buffer], first]);
    await client.poll();
    assertEquals(log, [[second, buffer], second]);
  }));
