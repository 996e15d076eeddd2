/** What was done to socket.io. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { event, POLLING, WEBSOCKET } from "../runtimes/client.ts";
import { attacks } from "./attack.ts";

const { attack } = attacks();

/** The arguments of events that only the server may have. */
const NAMES = [
  '"connect"',
  '"connect_error"',
  '"disconnect"',
  '"disconnecting"',
  '"newListener"',
  '"removeListener"',
];

attack("ids: a million of them are distinct, evenly spread, and not of Math.random", async (t) => {
  const count = 1_000_000;
  const { distinct, spread } = await t.ask("ids", count);
  assertEquals([distinct, spread.length], [count, 20]);
  for (const counts of spread) {
    const seen = Object.values(counts);
    assertEquals(seen.length, 64);
    const expected = count / 64;
    const chiSquare = seen.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: above this once in 10^20 draws.
    assert(chiSquare < 220, `chi-square ${chiSquare}`);
  }
});

attack(
  "ids: those of the connection and of its sockets tell nothing about each other",
  async (t) => {
    const one = await t.clients.connect(WEBSOCKET);
    const other = await t.clients.connect(WEBSOCKET, "/", { path: "/recovering" });
    const ids = [
      one.id,
      one.io.engine.id,
      other.id,
      other.io.engine.id,
      Reflect.get(other, "_pid"),
    ];
    for (const id of ids) assertMatch(String(id), /^[\w-]{20}$/);
    assertEquals(new Set(ids).size, ids.length);
  },
);

attack("cors: by default no other origin may read anything", async (t) => {
  const raw = t.raw();
  const headers = { origin: "http://evil.example" };
  const preflight = {
    ...headers,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type",
  };
  const { sid } = await raw.handshake();
  const query = `EIO=4&transport=polling&sid=${sid}`;
  for (
    const response of [
      await raw.request("EIO=4&transport=polling", { headers }),
      await raw.request(query, { method: "POST", body: "40", headers }),
      await raw.request(query, { headers }),
      await raw.request(query, { method: "OPTIONS", headers: preflight }),
      await raw.request("EIO=4&transport=nonsense", { headers }),
    ]
  ) {
    await response.body?.cancel();
    const names = [...response.headers.keys()].filter((it) => it.startsWith("access-control-"));
    assertEquals(names, []);
  }
});

attack("events: a client that emits an event of the server's own is closed", async (t) => {
  const raw = t.raw();
  for (const name of NAMES) {
    const { socket } = await raw.session();
    socket.send("40");
    assertMatch(String(await socket.nextPacket()), /^40\{"sid":"/);
    socket.send(`42[${name}]`);
    await socket.end();

    const { sid } = await raw.handshake();
    await raw.push(sid, "40");
    await raw.poll(sid);
    await raw.push(sid, `42[${name}]`);
    assertEquals([await raw.poll(sid), await raw.knows(sid)], ["1", false]);
  }
});

attack("events: error, and the names of members of objects, are events like others", async (t) => {
  const names = [
    "error",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "",
    "emit",
  ];
  const before = await t.ask("prototypes");
  for (const way of [POLLING, WEBSOCKET]) {
    const socket = await t.clients.connect(way);
    for (const name of names) {
      socket.emit(name);
      socket.emit(name, { [name]: 1 }, "x");
    }
    socket.emit(7 as never, 1);
    assertEquals(await socket.emitWithAck("echo", names), names);
  }
  assertEquals(await t.ask("prototypes"), before);
});

attack("connect: neither query nor auth reaches a prototype", async (t) => {
  const before = await t.ask("prototypes");
  const query = "&__proto__=1&__proto__[polluted]=1&constructor=2&toString=3";
  const { socket } = await t.raw().session();
  await socket.close();
  const joined = await t.raw().socket(undefined, `EIO=4&transport=websocket${query}`);
  await joined.next();
  joined.send('40/dynamic-1?__proto__=1&x=2,{"__proto__":{"polluted":true},"constructor":3}');
  const answer = String(await joined.nextPacket());
  assertNotEquals(answer, "");
  await joined.close();

  const second = await t.raw().socket(undefined, `EIO=4&transport=websocket${query}`);
  await second.next();
  second.send('40/dynamic-2,{"__proto__":{"polluted":true},"constructor":3}');
  assertMatch(String(await second.nextPacket()), /^40\/dynamic-2,\{"sid":"/);
  const { auth, query: kept, prototypes } = await t.ask("handshake", "/socket.io", "/dynamic-2");
  assertEquals(prototypes, [true, true]);
  assertEquals(Object.keys(auth as object).sort(), ["__proto__", "constructor"]);
  assertEquals(Reflect.get(kept as object, "toString"), "3");
  await second.close();
  assertEquals(await t.ask("prototypes"), before);
});

attack("acks: ten thousand broadcasts that time out are over, whatever comes later", async (t) => {
  const socket = await t.clients.connect(WEBSOCKET);
  const late: ((answer: number) => void)[] = [];
  socket.on("question", (ack) => late.push(ack));
  // workerd has no more than ten thousand timers at a time.
  for (const count of t.onWorkerd ? [5_000, 5_000] : [10_000]) {
    const { errors } = await t.ask("unanswered", "/socket.io", count);
    assertEquals(errors, count);
  }
  for (const ack of late) ack(1);
  // Answered behind all of them.
  assertEquals(await socket.emitWithAck("echo", "done"), "done");
  assertEquals((await t.state()).faults, []);
});

attack("namespaces: regular expressions with a state are refused", async (t) => {
  assertEquals(await t.ask("statefulRegExps", "/socket.io"), ["g", "y"]);
});

attack("events: what a handler throws ends neither the server nor the connection", async (t) => {
  const socket = await t.clients.connect(WEBSOCKET, "/", { path: "/failing" });
  const thrown = event(socket, "echo");
  socket.emit("throw");
  socket.emit("reject");
  socket.emit("echo", 1);
  assertEquals(await thrown, [1]);
  assertEquals((await t.ask("takeFaults")).sort(), [
    "/failing: Error: rejected",
    "/failing: Error: thrown",
  ]);
});
