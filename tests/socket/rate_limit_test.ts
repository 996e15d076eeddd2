import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  type RateExcess,
  RateLimitError,
  type RateLimitOptions,
  Server,
  type ServerOptions,
  type Socket,
} from "../../mod.ts";
import { type JoinedClient, withServer } from "../kit/memory_client.ts";
import { Decoder as JsonDecoder, Encoder as JsonEncoder } from "socket.io-parser";

/** Collects the events of a socket, its errors, and its end. */
function observe(socket: Socket): { events: unknown[][]; errors: unknown[]; ends: unknown[] } {
  const seen = { events: [] as unknown[][], errors: [] as unknown[], ends: [] as unknown[] };
  socket.onAny((...args) => seen.events.push(args.filter((it) => typeof it !== "function")));
  socket.on("error", (error) => seen.errors.push(error));
  socket.on("disconnect", (reason, details) => {
    seen.ends.push([reason, (details as { description: string } | undefined)?.description]);
  });
  return seen;
}

function flood(it: JoinedClient, count: number, event = '2["x"]'): void {
  for (let n = 0; n < count; n++) it.send(event);
}

const EVENTS: RateLimitOptions = { events: { perSecond: 2, burst: 4 } };
/** The CONNECT of the client itself is one of them. */
const LEFT = 3;

Deno.test("rateLimit lets a burst of events pass, then so many a second", () =>
  withServer({ rateLimit: EVENTS }, async ({ connect, time }) => {
    const it = await connect();
    const seen = observe(it.socket);
    flood(it, 10);
    assertEquals(seen.events.length, LEFT);
    time.tick(1_000);
    flood(it, 10);
    assertEquals(seen.events.length, LEFT + 2);
    assertEquals(it.socket.connected, true);
  }));

Deno.test("rateLimit counts each connection by itself, and all its namespaces together", () =>
  withServer({ rateLimit: EVENTS }, async ({ io, connect }) => {
    io.of("/a");
    const one = await connect();
    const other = await connect("/a", undefined, one);
    const stranger = await connect();
    const seen = [one, other, stranger].map((it) => observe(it.socket));
    for (let n = 0; n < 5; n++) {
      one.send('2["x"]', '2/a,["x"]');
      stranger.send('2["x"]');
    }
    assertEquals(seen.map(({ events }) => events.length), [1, 1, LEFT]);
  }));

Deno.test("rateLimit lets nobody into a namespace twice who says CONNECT again on the way in", () =>
  withServer({ rateLimit: { events: 1 } }, async ({ client, io, time, settle }) => {
    const waiting: (() => void)[] = [];
    io.use((_, next) => void waiting.push(next));
    const it = await client();
    it.send("0", "0");
    time.tick(1_000);
    it.send("0");
    assertEquals(waiting.length, 1);
    waiting[0]!();
    await settle();
    assertEquals([io.sockets.sockets.size, io.engine.clientsCount], [0, 0]);
  }));

Deno.test("rateLimit cannot be escaped by leaving and joining again", () =>
  withServer({ rateLimit: { events: { perSecond: 1, burst: 3 } } }, async ({ connect, io }) => {
    const it = await connect();
    io.on("connection", (socket) => socket.on("x", () => events++));
    let events = 0;
    it.send("1", "0", '2["x"]', "1", "0");
    const message = "rate limit exceeded (rateLimit.events)";
    assertEquals(it.take().at(-1), `4${JSON.stringify({ message })}`);
    assertEquals([events, it.ws.closed], [1, undefined]);
  }));

Deno.test('"error" answers who asks for an acknowledgement, and tells the socket', () =>
  withServer({ rateLimit: EVENTS }, async ({ connect }) => {
    const it = await connect();
    const seen = observe(it.socket);
    flood(it, LEFT);
    it.take();
    it.send('27["x",1]', '2["y"]');
    const answer = {
      error: "rate limit exceeded (rateLimit.events)",
      limit: "events",
      retryAfter: 500,
    };
    assertEquals(it.take(), [`37[${JSON.stringify(answer)}]`]);
    assertEquals([seen.events.length, seen.errors.length, seen.ends], [LEFT, 2, []]);
    const [first, second] = seen.errors;
    assertInstanceOf(first, RateLimitError);
    assertEquals([first.limit, first.retryAfter, first.event], ["events", 500, "x"]);
    assertEquals((second as RateLimitError).event, "y");
  }));

Deno.test('"drop" says nothing', () =>
  withServer({ rateLimit: { ...EVENTS, exceeded: "drop" } }, async ({ connect }) => {
    const it = await connect();
    const seen = observe(it.socket);
    flood(it, LEFT + 1, '27["x"]');
    assertEquals([seen.events.length, seen.errors, it.take()], [LEFT, [], []]);
  }));

Deno.test('"disconnect" closes the connection, and says why', () =>
  withServer({ rateLimit: { ...EVENTS, exceeded: "disconnect" } }, async ({ connect, io }) => {
    const it = await connect();
    const bystander = await connect();
    const seen = observe(it.socket);
    flood(it, LEFT + 2);
    assertEquals(seen.events.length, LEFT);
    const description = "rate limit exceeded (rateLimit.events)";
    assertEquals(seen.ends, [["forced server close", description]]);
    assertEquals([bystander.socket.connected, io.engine.clientsCount], [true, 1]);
  }));

Deno.test("a function chooses what happens, and knows what was exceeded by whom", async () => {
  const asked: [RateExcess, Socket | undefined][] = [];
  const answers = ["drop", "pass", "error", undefined, "disconnect"] as never[];
  const exceeded = (excess: RateExcess, socket: Socket | undefined) => {
    asked.push([excess, socket]);
    return answers[asked.length - 1]!;
  };
  await withServer({ rateLimit: { ...EVENTS, exceeded } }, async ({ connect }) => {
    const it = await connect();
    const seen = observe(it.socket);
    flood(it, LEFT);
    for (const name of ["a", "b", "c", "d", "e", "f"]) it.send(`2["${name}"]`);
    assertEquals(seen.events.slice(LEFT), [["b"]]);
    assertEquals(seen.errors.map((error) => (error as RateLimitError).event), ["c"]);
    assertEquals(seen.ends.length, 1);
    assertEquals(asked.map(([{ event }]) => event), ["a", "b", "c", "d", "e"]);
    assertEquals(asked[0], [{ limit: "events", retryAfter: 500, event: "a" }, it.socket]);
  });
});

Deno.test("a function that throws is reported, and the event is dropped", () => {
  const exceeded = () => {
    throw new Error("oops");
  };
  return withServer({ rateLimit: { ...EVENTS, exceeded } }, async ({ connect, faults }) => {
    const it = await connect();
    const seen = observe(it.socket);
    flood(it, LEFT + 1);
    assertEquals(seen.events.length, LEFT);
    assertEquals(faults.splice(0).map(([error, socket]) => [String(error), socket]), [
      ["Error: oops", it.socket],
    ]);
  });
});

Deno.test("cost weighs events, and 0 is free", () => {
  const costs: Record<string, number> = { heavy: 3, free: 0, odd: NaN };
  const cost: RateLimitOptions["cost"] = ([name], socket) => {
    if (name === "throws") throw new Error("oops");
    return socket.nsp.name === "/staff" ? 0 : costs[name] ?? 1;
  };
  const rateLimit = { events: { perSecond: 1, burst: 6 }, cost };
  return withServer({ rateLimit }, async ({ io, connect, faults }) => {
    io.of("/staff");
    const it = await connect();
    const staff = await connect("/staff", undefined, it);
    const seen = [it, staff].map((one) => observe(one.socket));
    flood(it, 5, '2["free"]');
    flood(staff, 5, '2/staff,["heavy"]');
    // Both CONNECTs counted, so there are four left.
    flood(it, 2, '2["heavy"]');
    assertEquals(seen.map(({ events }) => events.length), [6, 5]);
    flood(it, 1, '2["throws"]');
    flood(it, 1, '2["odd"]');
    assertEquals([seen[0]!.events.length, faults.splice(0).length], [7, 1]);
  });
});

Deno.test("a debt of events keeps back events only", () => {
  const rateLimit: RateLimitOptions = {
    events: { perSecond: 1, burst: 2 },
    cost: ([name]) => name === "huge" ? 100 : name === "free" ? 0 : 1,
    exceeded: "disconnect",
  };
  return withServer({ rateLimit }, async ({ connect, time }) => {
    const it = await connect();
    const seen = observe(it.socket);
    time.tick(1_000);
    const answers: unknown[] = [];
    it.socket.emit("ask", (answer: unknown) => answers.push(answer));
    it.send('2["huge"]', '2["free"]', '30["yes"]', "1");
    assertEquals([seen.events.length, answers], [2, ["yes"]]);
    assertEquals(seen.ends, [["client namespace disconnect", undefined]]);
  });
});

Deno.test("rateLimit counts bytes of texts and attachments together", () =>
  withServer({ rateLimit: { bytes: { perSecond: 100, burst: 1_000 } } }, async (rig) => {
    const it = await rig.connect();
    const seen = observe(it.socket);
    it.send('51-["x",{"_placeholder":true,"num":0}]', new Uint8Array(900));
    it.send(`2["${"é".repeat(100)}"]`);
    assertEquals(seen.events.length, 1);
    const [error] = seen.errors as [RateLimitError];
    assertEquals([error.limit, error.retryAfter > 1_000], ["bytes", true]);
    rig.time.tick(error.retryAfter - 1);
    it.send(`2["${"é".repeat(100)}"]`);
    assertEquals(seen.events.length, 1);
    rig.time.tick(1);
    it.send(`2["${"é".repeat(100)}"]`);
    assertEquals(seen.events.length, 2);
  }));

Deno.test("a message larger than the burst passes after a rest, and then there is a debt", () =>
  withServer({ rateLimit: { bytes: 100 } }, async (rig) => {
    const it = await rig.connect();
    const seen = observe(it.socket);
    rig.time.tick(1_000);
    it.send(`2["${"x".repeat(495)}"]`);
    rig.time.tick(3_000);
    it.send('2["x"]');
    assertEquals(seen.events.length, 1);
    rig.time.tick(1_100);
    it.send('2["x"]');
    assertEquals(seen.events.length, 2);
  }));

Deno.test("acknowledgements are paid for by bytes, and reach the server in any case", () =>
  withServer({ rateLimit: { events: 1, bytes: { perSecond: 1, burst: 100 } } }, async (rig) => {
    const it = await rig.connect();
    const answers: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      it.socket.emit("x", (answer: string) => answers.push(answer.length));
    }
    for (let n = 0; n < 3; n++) it.send(`3${n}["${"x".repeat(60)}"]`);
    assertEquals(answers, [60, 60, 60]);
    it.send("1");
    assertEquals(it.socket.connected, false);
  }));

Deno.test("a flood of acknowledgements can be reason to disconnect", () => {
  const rateLimit = { bytes: { perSecond: 1, burst: 100 }, exceeded: "disconnect" as const };
  return withServer({ rateLimit }, async ({ connect }) => {
    const it = await connect();
    const seen = observe(it.socket);
    flood(it, 20, "3999[]");
    assertEquals(seen.ends, [["forced server close", "rate limit exceeded (rateLimit.bytes)"]]);
  });
});

Deno.test("rates of an address are shared by its clients, whoever comes and goes", () => {
  const rateLimit = {
    eventsPerAddress: { perSecond: 1, burst: 6 },
    bytesPerAddress: { perSecond: 10, burst: 1_000 },
  };
  return withServer({ rateLimit }, async ({ connect, runtime, time }) => {
    const one = await connect();
    const two = await connect();
    runtime.address = "10.0.0.2";
    const stranger = await connect();
    const seen = [one, two, stranger].map((it) => observe(it.socket));
    flood(one, 3);
    flood(two, 3);
    flood(stranger, 3);
    assertEquals(seen.map(({ events }) => events.length), [3, 1, 3]);
    one.ws.close();
    two.ws.close();
    runtime.address = "127.0.0.1";
    time.tick(2_000);
    const again = await connect();
    const anew = observe(again.socket);
    flood(again, 3);
    assertEquals(anew.events.length, 1);
    assertEquals((anew.errors[0] as RateLimitError).limit, "eventsPerAddress");
    stranger.send(`2["${"x".repeat(950)}"]`);
    stranger.send(`2["${"x".repeat(950)}"]`);
    const limits = seen[2]!.errors.map((error) => (error as RateLimitError).limit);
    assertEquals(limits, ["bytesPerAddress"]);
  });
});

Deno.test("rateLimit leaves no timer behind when the server closes", async () => {
  const rateLimit = { eventsPerAddress: { perSecond: 0.001, burst: 100 } };
  // withServer() fails on timers that are left.
  await withServer({ rateLimit }, async ({ connect }) => {
    (await connect()).ws.close();
    await connect();
  });
});

Deno.test("rateLimit works with parsers from npm", () => {
  const parser = { Encoder: JsonEncoder, Decoder: JsonDecoder } as never;
  return withServer({ rateLimit: { ...EVENTS, bytes: 1e6 }, parser }, async ({ connect }) => {
    const it = await connect();
    const seen = observe(it.socket);
    it.send('51-["x",{"_placeholder":true,"num":0}]', new Uint8Array(9));
    flood(it, 5);
    assertEquals([seen.events.length, seen.errors.length], [LEFT, 3]);
  });
});

Deno.test("Server throws, given a rateLimit that is none", () => {
  const cases: [rateLimit: unknown, message: string][] = [
    [10, "rateLimit must be an object, got 10"],
    [null, "rateLimit must be an object, got null"],
    [{}, "rateLimit must have one of events, bytes, eventsPerAddress, bytesPerAddress"],
    [{ events: "1" }, 'rateLimit.events must be a number or { perSecond, burst }, got "1"'],
    [{ events: 0 }, "rateLimit.events.perSecond must be a number above 0, got 0"],
    [
      { events: 1, exceeded: "kick" },
      'rateLimit.exceeded must be "drop", "error", "disconnect" or a function, got "kick"',
    ],
    [{ events: 1, cost: 2 }, "rateLimit.cost must be a function, got 2"],
  ];
  for (const [rateLimit, message] of cases) {
    assertThrows(() => new Server({ rateLimit } as ServerOptions), Error, message);
  }
  assertEquals(new Server({ rateLimit: { bytes: 5 } }).opts.rateLimit?.bytes, {
    perSecond: 5,
    burst: 5,
  });
});
