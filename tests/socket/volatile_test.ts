import { assertEquals } from "@std/assert";
import type { Channel, Receiver } from "../../src/engine/channel.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { TextClient, withServer } from "../kit/memory_client.ts";

Deno.test("a volatile event is dropped for a slow reader, and sent to a quick one", () =>
  withServer({}, async ({ connect, runtime }) => {
    const it = await connect();
    it.socket.volatile.emit("a");
    runtime.buffered = 64 * 1024;
    it.socket.volatile.emit("b");
    runtime.buffered++;
    it.socket.volatile.emit("c");
    it.socket.emit("d");
    assertEquals(it.take(), ['2["a"]', '2["b"]', '2["d"]']);
  }));

Deno.test("a volatile event is dropped for a client that does not poll just now", () =>
  withServer({}, async ({ io, poller, settle }) => {
    const client = await poller();
    await (await client.post("40")).body?.cancel();
    await client.poll();
    const [socket] = io.sockets.sockets.values();
    socket!.volatile.emit("dropped");
    io.volatile.emit("dropped");
    const poll = client.poll();
    await settle();
    socket!.volatile.emit("sent");
    assertEquals(await poll, '42["sent"]');
    socket!.emit("kept");
    socket!.volatile.emit("dropped");
    assertEquals(await client.poll(), '42["kept"]');
  }));

Deno.test("a volatile event is dropped behind a message that waits for its blob", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.socket.emit("a", new Blob(["abc"]));
    it.socket.volatile.emit("dropped");
    await new Promise<void>((resolve) => it.socket.conn.once("drain", resolve));
    it.socket.volatile.emit("sent");
    assertEquals(it.take().filter((packet) => typeof packet === "string"), [
      '51-["a",{"_placeholder":true,"num":0}]',
      '2["sent"]',
    ]);
  }));

Deno.test("a volatile event of a socket that has left is dropped", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.ws.close();
    it.socket.volatile.emit("a");
    assertEquals(it.take(), []);
  }));

Deno.test("a volatile event may be acknowledged, and one that is dropped times out", () =>
  withServer({}, async ({ connect, runtime, time }) => {
    const it = await connect();
    const answer = it.socket.volatile.emitWithAck("a");
    it.send("30[1]");
    assertEquals(await answer, 1);
    runtime.buffered = 1_000_000;
    let failed = false;
    it.socket.volatile.timeout(1000).emit("b", (error: Error | null) => failed = error !== null);
    time.tick(1000);
    assertEquals(failed, true);
  }));

/** Notes for each frame whether it is to be compressed. */
class CompressingRuntime extends MemoryRuntime {
  readonly log: boolean[] = [];

  override upgrade(
    request: Request,
    context: unknown,
    receiver: Receiver,
    headers: Headers,
  ): Response {
    const open = (channel: Channel): void => {
      const send = channel.send.bind(channel);
      channel.send = (data, compress, shared) => {
        this.log.push(compress);
        send(data, compress, shared);
      };
      receiver.open(channel);
    };
    const wrapped: Receiver = {
      options: receiver.options,
      open,
      message: (data) => receiver.message(data),
      close: (code, reason) => receiver.close(code, reason),
    };
    return super.upgrade(request, context, wrapped, headers);
  }
}

Deno.test("compress() reaches the runtime with each frame", () =>
  withServer({}, async ({ io, base }) => {
    const runtime = new CompressingRuntime();
    const url = `${base}?EIO=4&transport=websocket`;
    const client = new TextClient(await runtime.connect(io, url));
    client.send("0");
    const [socket] = io.sockets.sockets.values();
    const logOf = (emit: () => void): boolean[] => {
      runtime.log.length = 0;
      emit();
      return [...runtime.log];
    };
    assertEquals(logOf(() => socket!.emit("a")), [true]);
    assertEquals(logOf(() => socket!.compress(false).emit("a")), [false]);
    assertEquals(logOf(() => socket!.compress(true).emit("a")), [true]);
    assertEquals(logOf(() => socket!.emit("a")), [true]);
    assertEquals(logOf(() => io.compress(false).emit("a", new Uint8Array(1))), [false, false]);
    assertEquals(logOf(() => io.emit("a")), [true]);
    assertEquals(logOf(() => io.compress(false).emit("a", () => {})), [false]);
    assertEquals(logOf(() => io.compress(true).emit("a", () => {})), [true]);
    assertEquals(logOf(() => io.timeout(10).emit("a", () => {})), [true]);
    assertEquals(logOf(() => socket!.conn.send("a", { compress: false })), [false]);
  }));
