import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import {
  DisconnectedError,
  type Event,
  type ExtendedError,
  type Middleware,
  type Socket,
} from "../../mod.ts";
import { type ServerRig, withServer } from "../kit/memory_client.ts";

// Of a namespace.

async function answerOf({ client, settle }: ServerRig, nsp = "/"): Promise<string> {
  const it = await client();
  it.take();
  it.send(nsp === "/" ? "0" : `0${nsp},`);
  await settle();
  const packets = it.take();
  assertEquals(packets.length, 1);
  return String(packets[0]);
}

const LET_IN: [form: string, middleware: Middleware<Socket>][] = [
  ["calls next()", (_, next) => next()],
  ["calls next() later", (_, next) => queueMicrotask(next)],
  ["calls next() twice", (_, next) => {
    next();
    next();
  }],
  ["calls next() and then fails", (_, next) => {
    next();
    throw new Error("too late");
  }],
  ["is async and calls next()", async (_, next) => {
    await Promise.resolve();
    next();
  }],
  ["returns", (_socket: Socket) => {}],
  ["resolves", async (_socket: Socket) => await Promise.resolve()],
  [
    "takes all as one list and calls next()",
    ((...args: [Socket, () => void]) => args[1]()) as never,
  ],
];

for (const [form, middleware] of LET_IN) {
  Deno.test(`a client is let in, given a middleware that ${form}`, () =>
    withServer({}, async (rig) => {
      let connected = 0;
      rig.io.use(middleware);
      rig.io.on("connection", () => void connected++);
      assertEquals((await answerOf(rig)).slice(0, 7), '0{"sid"');
      assertEquals(connected, 1);
    }));
}

const REFUSED: [form: string, middleware: Middleware<Socket>, answer: string][] = [
  ["calls next(error)", (_, next) => next(new Error("no")), '4{"message":"no"}'],
  ["calls next(error) later", (_, next) => {
    queueMicrotask(() => next(new Error("no")));
  }, '4{"message":"no"}'],
  ["calls next(error), then next()", (_, next) => {
    next(new Error("no"));
    next();
  }, '4{"message":"no"}'],
  ["gives data", (_, next) => {
    next(Object.assign(new Error("no"), { data: { code: 7 } }) as ExtendedError);
  }, '4{"message":"no","data":{"code":7}}'],
  ["calls next() with a message and data alone", (_, next) => {
    next({ message: "no", data: { code: 7 } } as ExtendedError);
  }, '4{"message":"no","data":{"code":7}}'],
  ["calls next() with an object without a message", (_, next) => {
    next(Object.create(null) as ExtendedError);
  }, '4{"message":"refused"}'],
  ["throws with two parameters", (_, _next) => {
    throw new Error("no");
  }, '4{"message":"no"}'],
  ["rejects with two parameters", async (_, _next) => {
    await Promise.reject(new Error("no"));
  }, '4{"message":"no"}'],
  ["throws", (_socket: Socket) => {
    throw new Error("no");
  }, '4{"message":"no"}'],
  ["rejects", async (_socket: Socket) => {
    await Promise.reject(Object.assign(new Error("no"), { data: [1] }));
  }, '4{"message":"no","data":[1]}'],
  ["throws text", (_socket: Socket) => {
    throw "no";
  }, '4{"message":"no"}'],
  ["rejects with nothing", async (_socket: Socket) => {
    await Promise.reject();
  }, '4{"message":"refused"}'],
];

for (const [form, middleware, answer] of REFUSED) {
  Deno.test(`a client is refused, given a middleware that ${form}`, () =>
    withServer({}, async (rig) => {
      const log: string[] = [];
      rig.io.use(middleware);
      rig.io.use((_, next) => {
        log.push("next middleware");
        next();
      });
      rig.io.on("connection", () => void log.push("connection"));
      assertEquals(await answerOf(rig), answer);
      assertEquals(log, []);
      assertEquals(rig.io.sockets.sockets.size, 0);
      assertEquals(rig.io.sockets.adapter.sids.size, 0);
    }));
}

Deno.test("middlewares run in order, whatever their form, before connection", () =>
  withServer({}, async (rig) => {
    const log: string[] = [];
    rig.io.use(async (_: Socket) => {
      await Promise.resolve();
      log.push("1");
    });
    rig.io.use((_, next) => {
      log.push("2");
      queueMicrotask(next);
    });
    rig.io.use((_: Socket) => void log.push("3"));
    rig.io.on("connection", () => void log.push("connection"));
    await answerOf(rig);
    assertEquals(log, ["1", "2", "3", "connection"]);
  }));

Deno.test("use() refuses what is no function, which would let everybody past those behind it", () =>
  withServer({}, async (rig) => {
    const { io } = rig;
    const error = "use() needs a function (…, next), got";
    for (const [given, shown] of [[undefined, "undefined"], [{}, "an object"]] as const) {
      assertThrows(() => io.use(given as never), TypeError, `${error} ${shown}`);
      assertThrows(() => io.of("/a").use(given as never), TypeError, `${error} ${shown}`);
      assertThrows(() => io.of(/b/).use(given as never), TypeError, `${error} ${shown}`);
    }
    io.use((_, next) => next(new Error("nobody")));
    assertEquals(await answerOf(rig), '4{"message":"nobody"}');
  }));

Deno.test("use() of a socket refuses what is no function, and events go on", () =>
  withServer({}, async (rig) => {
    const events: unknown[] = [];
    rig.io.on("connection", (socket) => {
      assertThrows(() => socket.use(undefined as never), TypeError, "use() needs a function");
      socket.on("x", (...args) => events.push(args));
    });
    const client = await rig.client();
    client.send("0", '2["x",1]');
    await rig.settle();
    assertEquals(events, [[1]]);
  }));

Deno.test("middlewares are those of the namespace alone", () =>
  withServer({}, async (rig) => {
    const log: string[] = [];
    rig.io.use((_, next) => {
      log.push("/");
      next();
    });
    rig.io.of("/a").use((_, next) => {
      log.push("/a");
      next(new Error("no"));
    });
    assertEquals(await answerOf(rig, "/a"), '4/a,{"message":"no"}');
    await answerOf(rig);
    assertEquals(log, ["/a", "/"]);
  }));

Deno.test("a middleware sees a socket that is not connected yet, with its handshake", () =>
  withServer({}, async ({ io, connect }) => {
    let seen: Socket | undefined;
    io.use((socket, next) => {
      seen = socket;
      assertEquals(socket.connected, false);
      assertEquals(socket.handshake.auth.token, "a");
      assertEquals(io.sockets.sockets.size, 0);
      socket.data.user = "u";
      next();
    });
    const { socket } = await connect("/", { token: "a" });
    assertStrictEquals(seen, socket);
    assertEquals(socket.data, { user: "u" });
  }));

Deno.test("a client that leaves while a middleware runs is forgotten", () =>
  withServer({}, async ({ io, client, settle }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const log: string[] = [];
    io.use(async (socket, next) => {
      socket.join("early");
      await promise;
      next();
    });
    io.on("connection", (socket) => {
      log.push("connection");
      socket.on("disconnect", () => void log.push("disconnect"));
    });
    const it = await client();
    it.send("0");
    it.ws.close();
    resolve();
    await settle();
    assertEquals(log, []);
    assertEquals([io.sockets.sockets.size, io.sockets.adapter.sids.size], [0, 0]);
  }));

Deno.test("a client may try again after it was refused", () =>
  withServer({}, async ({ io, client }) => {
    let tries = 0;
    io.use((_, next) => next(++tries < 3 ? new Error("no") : undefined));
    const it = await client();
    it.take();
    it.send("0", "0", "0");
    const answers = it.take().map((packet) => String(packet)[0]);
    assertEquals(answers, ["4", "4", "0"]);
  }));

Deno.test("an error whose data cannot be sent is reported, and lets nobody in", () =>
  withServer({}, async ({ io, client, faults, settle }) => {
    io.use((_, next) => next(Object.assign(new Error("no"), { data: 1n })));
    const it = await client();
    it.send("0");
    await settle();
    assertEquals(faults.splice(0).length, 1);
    assertEquals(io.sockets.sockets.size, 0);
  }));

// Of a socket.

Deno.test("a socket's middlewares see each event, and may change it", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const seen: unknown[] = [];
    it.socket.use((event, next) => {
      seen.push([...event]);
      event[1] = "changed";
      next();
    });
    it.socket.on("x", (...args) => void seen.push(args));
    it.send('2["x",1,2]');
    assertEquals(seen, [["x", 1, 2], ["changed", 2]]);
  }));

Deno.test("what a socket's middleware refuses with goes to the event error", () =>
  withServer({}, async ({ connect, settle }) => {
    const it = await connect();
    const seen: string[] = [];
    const forms: Middleware<Event>[] = [
      ([name], next) => next(name === "a" ? new Error("a") : undefined),
      ([name]: Event) => {
        if (name === "b") throw new Error("b");
      },
      async ([name]: Event) => {
        await Promise.resolve();
        if (name === "c") throw new Error("c");
      },
    ];
    for (const form of forms) it.socket.use(form);
    it.socket.on("error", (error) => void seen.push(`error ${error.message}`));
    it.socket.onAny((name) => void seen.push(`any ${name}`));
    for (const name of ["a", "b", "c", "d"]) {
      it.socket.on(name, () => void seen.push(`event ${name}`));
    }
    it.send('2["a"]', '2["b"]', '2["c"]', '2["d"]');
    await settle();
    assertEquals(seen.filter((line) => !line.startsWith("any")), [
      "error a",
      "error b",
      "error c",
      "event d",
    ]);
    assertEquals(it.socket.connected, true);
  }));

Deno.test("an event that is refused without a listener of error harms nobody", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.socket.use((_, next) => next(new Error("no")));
    it.send('2["x"]');
    assertEquals(it.socket.connected, true);
  }));

Deno.test("events wait in order behind an asynchronous middleware", () =>
  withServer({}, async ({ connect, settle }) => {
    const it = await connect();
    const gates: (() => void)[] = [];
    const seen: unknown[] = [];
    it.socket.use((_, next) => void gates.push(next));
    it.socket.on("x", (value) => void seen.push(value));
    it.send('2["x",1]', '2["x",2]', '2["x",3]');
    assertEquals([gates.length, seen], [1, []]);
    gates[0]!();
    assertEquals([gates.length, seen], [2, [1]]);
    gates[1]!();
    gates[2]!();
    await settle();
    assertEquals(seen, [1, 2, 3]);
  }));

Deno.test("without an asynchronous middleware, an event is handled within the call", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const seen: unknown[] = [];
    it.socket.use((_, next) => next());
    it.socket.use((_event: Event) => {});
    it.socket.on("x", (value) => void seen.push(value));
    it.send('2["x",1]');
    assertEquals(seen, [1]);
  }));

Deno.test("acknowledgements pass while events wait, so a middleware may await one", () =>
  withServer({}, async ({ connect, settle }) => {
    const it = await connect();
    const seen: unknown[] = [];
    it.socket.use(async (event: Event) => {
      event.push(await it.socket.emitWithAck("who?"));
    });
    it.socket.on("x", (...args) => void seen.push(args));
    it.send('2["x",1]');
    assertEquals(it.take(), ['20["who?"]']);
    it.send('30["me"]');
    await settle();
    assertEquals(seen, [[1, "me"]]);
  }));

Deno.test("events that wait when the socket is disconnected are dropped", () =>
  withServer({}, async ({ connect, settle }) => {
    const it = await connect();
    const gates: (() => void)[] = [];
    const seen: unknown[] = [];
    it.socket.use((_, next) => void gates.push(next));
    it.socket.on("x", (value) => void seen.push(value));
    it.send('2["x",1]', '2["x",2]');
    it.ws.close();
    gates[0]!();
    gates[1]?.();
    await settle();
    assertEquals(seen, []);
  }));

Deno.test("a client that lets more than maxWaitingEvents wait is closed", () =>
  withServer({ maxWaitingEvents: 10 }, async ({ connect }) => {
    const it = await connect();
    it.socket.use((_, _next) => {});
    for (let i = 0; i < 10; i++) it.send('2["x"]');
    assertEquals(it.socket.connected, true);
    it.send('2["x"]', '2["x"]');
    assertEquals(it.socket.connected, false);
    assertEquals(it.ws.closed !== undefined, true);
  }));

Deno.test("thousands of events through a synchronous middleware never wait", () =>
  withServer({ maxWaitingEvents: 1 }, async ({ connect }) => {
    const it = await connect();
    let count = 0;
    it.socket.use((_, next) => next());
    it.socket.on("x", () => void count++);
    for (let i = 0; i < 5000; i++) it.send('2["x"]');
    assertEquals(count, 5000);
  }));

Deno.test("a thousand events that waited go through all middlewares, none is lost", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const gates: (() => void)[] = [];
    const seen: unknown[] = [];
    it.socket.use((_, next) => {
      if (gates.length === 0) gates.push(next);
      else next();
    });
    for (let i = 0; i < 5; i++) it.socket.use((_, next) => next());
    it.socket.on("x", (value) => void seen.push(value));
    for (let i = 0; i < 1000; i++) it.send(`2["x",${i}]`);
    gates[0]!();
    assertEquals(seen.length, 1000);
    assertEquals(seen.every((value, index) => value === index), true);
  }));

Deno.test("what a middleware sends reaches the client right after it is connected", () =>
  withServer({}, async ({ io, client }) => {
    const answers: unknown[] = [];
    io.use((socket, next) => {
      socket.emit("early", 1);
      socket.volatile.emit("early and volatile");
      socket.emit("question", (answer: unknown) => void answers.push(answer));
      next();
    });
    io.on("connection", (socket) => socket.emit("later"));
    const it = await client();
    it.send("0");
    assertEquals(it.take().slice(1), ['2["early",1]', '20["question"]', '2["later"]']);
    it.send('30["yes"]');
    assertEquals(answers, ["yes"]);
  }));

Deno.test("what a middleware sends to a client that is refused is not sent", () =>
  withServer({}, async ({ io, client, settle }) => {
    let failed: unknown;
    io.use((socket, next) => {
      socket.emit("early");
      socket.emitWithAck("question").catch((error) => void (failed = error));
      next(new Error("no"));
    });
    const it = await client();
    it.send("0");
    assertEquals(it.take(), ['4{"message":"no"}']);
    await settle();
    assertInstanceOf(failed, DisconnectedError);
  }));
