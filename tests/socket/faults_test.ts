import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Server } from "../../mod.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { TextClient, withServer } from "../kit/memory_client.ts";

Deno.test("a handler that throws or rejects is reported with its socket, and that is all", () =>
  withServer({}, async ({ connect, faults, settle }) => {
    const it = await connect();
    const log: string[] = [];
    it.socket.on("x", () => {
      throw new Error("thrown");
    });
    it.socket.on("x", () => Promise.reject(new Error("rejected")));
    it.socket.on("x", () => void log.push("third"));
    it.socket.on("y", () => void log.push("y"));
    it.send('2["x"]', '2["y"]');
    await settle();
    assertEquals(log, ["third", "y"]);
    assertEquals(faults.map(([error]) => String(error)), ["Error: thrown", "Error: rejected"]);
    for (const [, socket] of faults.splice(0)) assertStrictEquals(socket, it.socket);
    assert(it.socket.connected);
  }));

Deno.test("listeners of connection, disconnect and the like are reported with their socket", () =>
  withServer({}, async ({ io, connect, faults, settle }) => {
    io.on("connection", (socket) => {
      for (const event of ["disconnecting", "disconnect"] as const) {
        socket.on(event, () => {
          throw new Error(event);
        });
      }
      socket.onAny(() => {
        throw new Error("any");
      });
      socket.onAnyOutgoing(() => {
        throw new Error("outgoing");
      });
      throw new Error("connection");
    });
    io.on("connection", async () => await Promise.reject(new Error("async connection")));
    const it = await connect();
    it.send('2["x"]');
    it.socket.emit("y");
    assertEquals(it.take(), ['2["y"]']);
    it.send("1");
    await settle();
    assertEquals(faults.map(([error]) => (error as Error).message).sort(), [
      "any",
      "async connection",
      "connection",
      "disconnect",
      "disconnecting",
      "outgoing",
    ]);
    for (const [, socket] of faults.splice(0)) assertStrictEquals(socket, it.socket);
    assertEquals(io.sockets.sockets.size, 0);
  }));

Deno.test("a listener of a socket's error that throws is reported", () =>
  withServer({}, async ({ connect, faults }) => {
    const it = await connect();
    it.socket.use((_, next) => next(new Error("refused")));
    it.socket.on("error", () => {
      throw new Error("in error");
    });
    it.send('2["x"]');
    assertEquals(faults.splice(0).map(([error]) => String(error)), ["Error: in error"]);
  }));

Deno.test("listeners of new_namespace that throw are reported without a socket", () =>
  withServer({}, ({ io, faults }) => {
    io.on("new_namespace", () => {
      throw new Error("oops");
    });
    assertEquals(io.of("/a").name, "/a");
    const [[error, socket] = []] = faults.splice(0);
    assertEquals([String(error), socket], ["Error: oops", undefined]);
  }));

Deno.test("what the engine's hooks fail with is reported, too", () =>
  withServer({
    editResponseHeaders: () => {
      throw new Error("oops");
    },
  }, async ({ poller, faults }) => {
    await poller();
    assertEquals(faults.splice(0).map(([error]) => String(error)), ["Error: oops"]);
  }));

Deno.test("anything may be thrown, also nothing", () =>
  withServer({}, async ({ connect, faults, settle }) => {
    const it = await connect();
    it.socket.on("x", () => {
      throw undefined;
    });
    it.socket.on("x", () => Promise.reject("text"));
    it.send('2["x"]');
    await settle();
    assertEquals(faults.splice(0).map(([error]) => error), [undefined, "text"]);
  }));

/** Runs a test, and returns what it wrote to `console.error`. */
async function errorsOf(test: () => Promise<void>): Promise<unknown[][]> {
  const { error } = console;
  const lines: unknown[][] = [];
  console.error = (...args) => void lines.push(args);
  try {
    await test();
  } finally {
    console.error = error;
  }
  return lines;
}

Deno.test("without a listener of error, faults go to console.error with event and socket", async () => {
  const io = new Server();
  let id = "";
  const lines = await errorsOf(async () => {
    io.on("connection", (socket) => {
      id = socket.id;
      socket.on("hello", () => {
        throw new Error("oops");
      });
    });
    const url = "http://localhost/socket.io/?EIO=4&transport=websocket";
    const client = new TextClient(await new MemoryRuntime().connect(io, url));
    client.send("0", '2["hello"]');
    await io.close();
  });
  assertEquals(lines.length, 1);
  const [message, error] = lines[0]!;
  assertEquals(message, `Uncaught error in a handler of "hello" of socket ${id}:`);
  assertEquals(String(error), "Error: oops");
});

Deno.test("a listener of error that throws ends on the console", async () => {
  const io = new Server();
  const lines = await errorsOf(async () => {
    io.on("error", () => {
      throw new Error("again");
    });
    io.on("connection", () => {
      throw new Error("oops");
    });
    const url = "http://localhost/socket.io/?EIO=4&transport=websocket";
    const client = new TextClient(await new MemoryRuntime().connect(io, url));
    client.send("0");
    await io.close();
  });
  assertEquals(lines.map((line) => String(line.at(-1))), ["Error: again"]);
});

Deno.test("who takes the answers to a broadcast may fail, whether they come or not", () =>
  withServer({}, async ({ io, connect, faults, settle, time }) => {
    const [a, b] = [await connect(), await connect()];
    const fail = (what: string) => () => {
      throw new Error(what);
    };
    io.emit("x", fail("answered"));
    io.emit("x", () => Promise.reject(new Error("rejected")));
    io.timeout(1000).emit("x", fail("late"));
    await settle();
    for (const it of [a, b]) it.send('30["x"]', '31["x"]');
    await settle();
    time.tick(1000);
    io.in(b.socket.id).emit("x", fail("gone"));
    await settle();
    b.ws.close();
    await settle();
    assertEquals(
      faults.splice(0).map(([error]) => (error as Error).message),
      ["answered", "rejected", "late", "gone"],
    );
    assert(a.socket.connected);
    assertEquals([...io.sockets.sockets.values()], [a.socket]);
    assertEquals([...io.sockets.adapter.sids.keys()], [a.socket.id]);
  }));

Deno.test("who takes the answers of other servers may fail", () =>
  withServer({}, async ({ io, faults, settle }) => {
    io.serverSideEmit("x", () => {
      throw new Error("thrown");
    });
    io.serverSideEmit("x", () => Promise.reject(new Error("rejected")));
    await settle();
    const messages = faults.splice(0).map(([error]) => (error as Error).message);
    assertEquals(messages, ["thrown", "rejected"]);
  }));
