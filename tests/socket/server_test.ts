import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  Adapter,
  Decoder,
  Encoder,
  type MessagePart,
  type Packet,
  PacketType,
  Server,
  type ServerOptions,
} from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

Deno.test("Server starts no timer and draws no random number when it is made", () => {
  const forbidden = (what: string) => () => {
    throw new Error(`${what} was called`);
  };
  const { setTimeout, setInterval } = globalThis;
  const { random } = Math;
  const cryptoNames = ["getRandomValues", "randomUUID"] as const;
  globalThis.setTimeout = forbidden("setTimeout") as never;
  globalThis.setInterval = forbidden("setInterval") as never;
  Math.random = forbidden("Math.random");
  for (const name of cryptoNames) {
    Object.defineProperty(crypto, name, { value: forbidden(name), configurable: true });
  }
  try {
    assertThrows(() => crypto.getRandomValues(new Uint8Array(1)), Error, "was called");
    const io = new Server({ cookie: true, cors: { origin: true } });
    io.of("/a").use((_, next) => next());
    io.on("connection", () => {});
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval });
    Math.random = random;
    for (const name of cryptoNames) delete (crypto as Partial<Crypto>)[name];
  }
  assertEquals(crypto.randomUUID().length, 36);
});

Deno.test("Server throws, given options that cannot be, and says what it expected", () => {
  const cases: [options: ServerOptions, message: string][] = [
    [{ connectTimeout: 0 }, "connectTimeout must be a number above 0, got 0"],
    [{ connectTimeout: 2 ** 31 }, "connectTimeout must be at most 2147483647 ms"],
    [{ ackTimeout: -1 }, "ackTimeout must be a number above 0, got -1"],
    [{ ackTimeout: "5" as never }, "ackTimeout must be a number above 0, got 5"],
    [{ maxWaitingEvents: NaN }, "maxWaitingEvents must be a number above 0, got NaN"],
    [{ pingInterval: 0 }, "pingInterval must be a number above 0, got 0"],
  ];
  for (const [options, message] of cases) {
    assertThrows(() => new Server(options), RangeError, message);
  }
  assertThrows(() => new Server({ path: "chat" }), TypeError, "path must start with a slash");
  assertThrows(
    () => new Server("no port"),
    TypeError,
    'a port from 0 to 65535 or a server of node:http, got "no port"',
  );
  assertThrows(() => new Server(70_000), TypeError, "got 70000");
});

Deno.test("Server throws, given options of a wrong kind", () => {
  const cases: [options: unknown, message: string][] = [
    [{ serveClient: "no" }, 'serveClient must be true or false, got "no"'],
    [{ cleanupEmptyChildNamespaces: 1 }, "cleanupEmptyChildNamespaces must be true or false"],
    [{ adapter: {} }, "adapter must be a class or a function, got an object"],
    [{ parser: {} }, "parser must have the classes Encoder and Decoder"],
    [{ parser: { Encoder, Decoder: {} } }, "parser must have the classes Encoder and Decoder"],
    [{ parser: null }, "parser must have the classes Encoder and Decoder"],
    [{ connectionStateRecovery: true }, "connectionStateRecovery must be an object, got true"],
    [
      { connectionStateRecovery: { skipMiddlewares: 0 } },
      "connectionStateRecovery.skipMiddlewares must be true or false, got 0",
    ],
    [{ allowRequest: "all" }, 'allowRequest must be a function, got "all"'],
    [() => {}, "Server needs options or a port, got a function"],
    [true, "Server needs options or a port, got true"],
    [{ listen() {} }, "got a server that is none of node:http"],
  ];
  for (const [options, message] of cases) {
    assertThrows(() => new Server(options as ServerOptions), TypeError, message);
  }
  assertThrows(() => new Server().serveClient(1 as never), TypeError, "serveClient must be true");
});

Deno.test("Server takes options in the second place, also without a port", () => {
  for (const port of [undefined, null] as (undefined)[]) {
    assertEquals(new Server(port, { connectTimeout: 1 }).connectTimeout(), 1);
  }
});

Deno.test("listen() throws, given what is no port", () => {
  for (const port of ["", " ", "1e3", "-1", "80a", -1, 1.5, 65_536, NaN, null, [], {}, () => {}]) {
    const listen = () => new Server().listen(port as never);
    assertThrows(
      listen,
      TypeError,
      "listen() needs a port from 0 to 65535 or a server of node:http, got ",
    );
  }
});

Deno.test("listen() throws, given options", () => {
  const listen = () => new Server().listen(0, { cors: { origin: "*" } } as never);
  assertThrows(listen, TypeError, "options go to new Server()");
});

Deno.test("listen() after close() makes new adapters, and none otherwise", async () => {
  const seen: string[] = [];
  class Watched extends Adapter {
    override init(): void {
      seen.push(`${this.nsp.name} opens`);
    }
    override close(): void {
      seen.push(`${this.nsp.name} closes`);
    }
  }
  const io = new Server(0, { adapter: Watched }).listen(0);
  await io.close();
  assertEquals(seen.splice(0), ["/ opens", "/ closes"]);
  io.listen(0).listen(0);
  assertEquals(seen.splice(0), ["/ opens"]);
  await io.close();
  assertEquals(seen.splice(0), ["/ closes"]);
});

Deno.test("listen() while close() is under way goes on when that is done", async () => {
  const io = new Server(0);
  const closed = io.close();
  io.listen(0, "127.0.0.1");
  await closed;
  const response = await fetch(
    `http://127.0.0.1:${io.httpServer?.port}/socket.io/?EIO=4&transport=polling`,
  );
  await response.body?.cancel();
  assertEquals(response.status, 200);
  await io.close();
  assertEquals(io.httpServer, undefined);
});

Deno.test("opts holds the defaults", () => {
  const io = new Server();
  assertEquals({ ...io.opts }, {
    serveClient: true,
    cleanupEmptyChildNamespaces: false,
    connectTimeout: 45_000,
    connectionStateRecovery: undefined,
    ackReturnValues: false,
    ackTimeout: 5_000,
    maxWaitingEvents: 1_000,
    maxAttachments: 10,
    maxAttachmentBytes: 10_000_000,
    attachmentTimeout: 60_000,
    maxDepth: 1_000,
    maxConnectLength: 65_536,
    maxNamespaces: 100,
    maxPendingConnects: 50,
    maxChildNamespaces: 10_000,
    maxRooms: 10_000,
    maxPendingAcks: 10_000,
    rateLimit: undefined,
  });
  assertEquals(io.engine.opts.path, "/socket.io");
});

Deno.test("close() disconnects everybody in every namespace, and refuses who comes later", () =>
  withServer({}, async ({ io, connect, client, poller, base, runtime }) => {
    io.of("/a");
    const main = await connect();
    const other = await connect("/a", undefined, main);
    const unjoined = await client();
    await poller();
    const log: string[] = [];
    for (const { socket } of [main, other]) {
      socket.on("disconnect", (reason) => void log.push(`${socket.nsp.name} ${reason}`));
    }
    let called = 0;
    await io.close(() => void called++);
    assertEquals(called, 1);
    assertEquals(log, ["/ server shutting down", "/a server shutting down"]);
    assertEquals([main, unjoined].every(({ ws }) => ws.closed !== undefined), true);
    assertEquals(io.engine.clientsCount, 0);
    const request = new Request(`${base}?EIO=4&transport=polling`);
    const response = await io.fetch(request, runtime);
    assertEquals(response.status, 503);
    await response.body?.cancel();
  }));

Deno.test("close() may be called twice", () =>
  withServer({}, async ({ io, connect }) => {
    await connect();
    await Promise.all([io.close(), io.close()]);
    await io.close();
    assertEquals(io.engine.clientsCount, 0);
  }));

Deno.test("await using closes the server at the end of the block", () =>
  withServer({}, async ({ io, connect }) => {
    const { socket } = await connect();
    {
      await using server = io;
      assertEquals([server.engine.clientsCount, socket.connected], [1, true]);
    }
    assertEquals([io.engine.clientsCount, socket.connected], [0, false]);
  }));

Deno.test("close() ends clients whose middlewares still run", () =>
  withServer({}, async ({ io, client, settle }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let connected = 0;
    io.use(async (_, next) => {
      await promise;
      next();
    });
    io.on("connection", () => void connected++);
    const it = await client();
    it.send("0");
    await io.close();
    assertEquals(it.ws.closed !== undefined, true);
    resolve();
    await settle();
    assertEquals([connected, io.sockets.sockets.size], [0, 0]);
  }));

Deno.test("a hundred clients that come and go in all ways leave nothing", () =>
  withServer({ connectTimeout: 1000, pingInterval: 500, pingTimeout: 200 }, async (rig) => {
    const { io, connect, client, poller, time, settle } = rig;
    io.of("/a");
    for (let i = 0; i < 20; i++) {
      const leaver = await connect();
      leaver.socket.join(["x", "y"]);
      leaver.socket.timeout(10_000).emit("q", () => {});
      leaver.send("1");
      leaver.ws.close();
      const breaker = await connect("/a");
      breaker.send("0");
      await client();
      const polling = await poller();
      await (await polling.post("40")).body?.cancel();
      const silent = await connect();
      silent.socket.join("z");
    }
    time.tick(2000);
    await settle();
    assertEquals(io.engine.clientsCount, 0);
    assertEquals([io.sockets.sockets.size, io.of("/a").sockets.size], [0, 0]);
    for (const { adapter } of [io.sockets, io.of("/a")]) {
      assertEquals([adapter.rooms.size, adapter.sids.size], [0, 0]);
    }
    // The sweep over polls apart, nothing is left to happen.
    assertEquals(time.next(), false);
  }));

Deno.test("fetch answers 404 elsewhere, and handler() leaves that to another", () =>
  withServer({}, async ({ io }) => {
    const elsewhere = new Request("http://localhost/elsewhere");
    const response = await io.fetch(elsewhere);
    assertEquals([response.status, await response.text()], [404, "Not Found"]);
    assertEquals((await io.handler()(elsewhere)).status, 404);
    const seen: unknown[] = [];
    const handler = io.handler((request, ...context) => {
      seen.push(request, ...context);
      return new Response("page");
    });
    assertEquals(await (await handler(elsewhere, "info", 2)).text(), "page");
    assertEquals(seen, [elsewhere, "info", 2]);
    const own = await handler(new Request("http://localhost/socket.io/?EIO=3"));
    assertEquals(own.status, 400);
    assertEquals(seen.length, 3);
    await own.body?.cancel();
  }));

Deno.test("fetch is bound, so that it can be handed around", () =>
  withServer({}, async ({ io, runtime }) => {
    const { fetch } = io;
    const request = new Request("http://localhost/socket.io/?EIO=4&transport=polling");
    assertEquals((await fetch(request, runtime)).status, 200);
  }));

Deno.test("the server's listeners are those of its main namespace", () =>
  withServer({}, async ({ io, connect }) => {
    const log: string[] = [];
    const listener = () => void log.push("server");
    io.on("connection", listener);
    io.sockets.on("connection", () => void log.push("namespace"));
    await connect();
    assertEquals(log, ["server", "namespace"]);
    assertEquals(io.sockets.listenerCount("connection"), 2);
    io.sockets.off("connection", listener);
    assertEquals(io.listenerCount("connection"), 1);
    assertStrictEquals(io.of("/"), io.sockets);
  }));

Deno.test("a middleware of the server's is one of its main namespace", () =>
  withServer({}, async ({ io, connect, client }) => {
    io.use((_, next) => next(new Error("no")));
    io.of("/a");
    const it = await client();
    it.take();
    it.send("0");
    assertEquals(it.take(), ['4{"message":"no"}']);
    await connect("/a");
  }));

/** Writes packets as JSON objects. */
class PlainEncoder {
  encode(packet: Packet): MessagePart[] {
    return [JSON.stringify(packet)];
  }
}

/** Reads what the other writes; one for each connection. */
class PlainDecoder {
  static made = 0;
  static destroyed = 0;
  #listener: ((packet: Packet) => void) | undefined;

  constructor() {
    PlainDecoder.made++;
  }

  on(_event: "decoded", listener: (packet: Packet) => void): void {
    this.#listener = listener;
  }

  add(message: string | Uint8Array): void {
    this.#listener?.(JSON.parse(message as string));
  }

  destroy(): void {
    PlainDecoder.destroyed++;
  }
}

Deno.test("the parser option replaces how packets are written and read", () =>
  withServer({ parser: { Encoder: PlainEncoder, Decoder: PlainDecoder } }, async (rig) => {
    const it = await rig.client();
    it.take();
    const send = (packet: Packet): void => it.send(JSON.stringify(packet));
    send({ type: PacketType.CONNECT, nsp: "/", data: { token: "a" } });
    const [socket] = rig.io.sockets.sockets.values();
    const answer = { type: 0, nsp: "/", data: { sid: socket!.id } };
    assertEquals(it.take().map((text) => JSON.parse(String(text))), [answer]);
    assertEquals(socket!.handshake.auth.token, "a");
    socket!.on("x", (value, ack) => ack(value));
    send({ type: PacketType.EVENT, nsp: "/", id: 3, data: ["x", 1] });
    socket!.emit("y", 2);
    rig.io.emit("z");
    assertEquals(it.take().map((text) => JSON.parse(String(text))), [
      { type: 3, nsp: "/", id: 3, data: [1] },
      { type: 2, nsp: "/", data: ["y", 2] },
      { type: 2, nsp: "/", data: ["z"] },
    ]);
    const destroyed = PlainDecoder.destroyed;
    it.send("not json");
    assertEquals(it.ws.closed !== undefined, true);
    assertEquals(PlainDecoder.destroyed > destroyed, true);
    assertEquals(PlainDecoder.made, 1);
  }));

Deno.test("the default parser takes a replacer, a reviver and a limit of attachments", async () => {
  class Dates extends Encoder {
    constructor() {
      super((_, value) => typeof value === "bigint" ? `${value}n` : value);
    }
  }
  class Single extends Decoder {
    constructor() {
      super({ maxAttachments: 1, reviver: (_, it) => it === "1n" ? 1n : it });
    }
  }
  await withServer({ parser: { Encoder: Dates, Decoder: Single } }, async ({ connect }) => {
    const it = await connect();
    it.socket.emit("x", 5n);
    assertEquals(it.take(), ['2["x","5n"]']);
    const seen: unknown[] = [];
    it.socket.on("x", (value) => void seen.push(value));
    it.send('2["x","1n"]');
    assertEquals(seen, [1n]);
    it.send('52-["x"]');
    assertEquals(it.socket.connected, false);
  });
});
