/** Bytes and large messages. */
import { assert, assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { event } from "./client.ts";

const BYTES = Uint8Array.from({ length: 256 }, (_, i) => i);

/** Registers the tests. */
export function binarySuite({ each }: Behaviour): void {
  each("bytes arrive in handlers as Uint8Array, at any depth", async (t) => {
    const socket = await t.connect();
    const { buffer } = BYTES.slice();
    const view = new DataView(buffer, 16, 8);
    const value = { a: BYTES, b: [buffer, { c: view, d: "text" }], e: [[[BYTES.subarray(3, 9)]]] };
    assertEquals(await socket.emitWithAck("kinds", value), {
      a: "Uint8Array",
      b: ["Uint8Array", { c: "Uint8Array", d: "string" }],
      e: [[["Uint8Array"]]],
    });
  });

  each("bytes come back as they went, in events and answers", async (t) => {
    const socket = await t.connect();
    const value = {
      all: BYTES,
      none: new Uint8Array(),
      list: [BYTES.slice(0, 1), "text", { deep: BYTES.buffer.slice(5, 77) }, null],
      part: BYTES.subarray(100, 105),
    };
    const expected = plain(value);
    const [echoed] = await Promise.all([event(socket, "echo"), socket.emit("echo", value, BYTES)]);
    assertEquals(plain(echoed), [expected, { bytes: [...BYTES] }]);
    assertEquals(plain(await socket.emitWithAck("echo", value)), expected);
    assertEquals(plain(await socket.emitWithAck("echo", BYTES)), { bytes: [...BYTES] });
  });

  each("a look-alike of the placeholder stays what it is", async (t) => {
    const socket = await t.connect();
    const value = { _placeholder: true, num: 0 };
    assertEquals(await socket.emitWithAck("echo", value), value);
  });

  each("socket.emit leaves the objects with bytes as they are", async (t) => {
    const socket = await t.connect();
    const arrived = event(socket, "kept");
    const untouched = await socket.emitWithAck("keep", BYTES);
    assertEquals(untouched, true);
    const bytes = { bytes: [...BYTES] };
    assertEquals(plain(await arrived), [{ bytes, list: [bytes, { deep: bytes }] }]);
  });

  each("a broadcast with bytes reaches every client", async (t) => {
    const sockets = await Promise.all([t.connect(), t.connect()]);
    for (const socket of sockets) {
      await t.server.ask((io) => io.in(socket.id!).socketsJoin("bytes"));
    }
    const arrived = sockets.map((socket) => event(socket, "echo"));
    const room = sockets[0]!;
    room.emit("echo to", "bytes", { deep: [BYTES] });
    for (const args of await Promise.all(arrived)) {
      assertEquals(plain(args), [{ deep: [{ bytes: [...BYTES] }] }]);
    }
  });

  each("a message just below maxHttpBufferSize comes through", async (t) => {
    const socket = await t.connect();
    for (const text of ["a".repeat(999_900), "é".repeat(499_900), "日".repeat(333_200)]) {
      const echoed = await socket.emitWithAck("echo", text);
      assert(echoed === text, `${echoed.length} came back of ${text.length}`);
    }
    // Polling writes bytes in base64.
    const size = t.way.transports.at(-1) === "polling" ? 740_000 : 999_900;
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    const large = new Uint8Array(size).map((_, i) => bytes[i % 65_521]!);
    const echoed = new Uint8Array(await socket.emitWithAck("echo", large));
    assertEquals(echoed.length, size);
    assert(echoed.every((byte, i) => byte === large[i]));
  });

  each("a message above maxHttpBufferSize ends the connection, and only that", async (t) => {
    const bystander = await t.connect("/", { path: "/small" });
    for (const large of ["a".repeat(10_001), "é".repeat(5_001), new Uint8Array(10_001)]) {
      const socket = await t.connect("/", { path: "/small" });
      const { id } = socket as { id: string };
      const left = event(socket, "disconnect");
      socket.emit("echo", large);
      const reasons = ["transport close", "transport error"];
      const [here] = await left as [string];
      assert(reasons.includes(here), here);
      const [there] = await t.server.seen(id, "disconnect") as [string];
      assert(reasons.includes(there), there);
    }
    assertEquals(await bystander.emitWithAck("echo", "still here"), "still here");
  });

  each("the server may send more than maxHttpBufferSize", async (t) => {
    const socket = await t.connect("/", { path: "/small" });
    const { id } = socket as { id: string };
    socket.on("length of", (text, ack) => ack(text.length));
    const text = "x".repeat(300_000);
    const length = await t.server.ask(
      (io) => io.sockets.sockets.get(id)!.emitWithAck("length of", text),
      "/small",
    );
    assertEquals(length, 300_000);
  });
}

/** The same with bytes, of whatever class, spelled out. */
function plain(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return plain(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) return { bytes: [...value as Uint8Array] };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
