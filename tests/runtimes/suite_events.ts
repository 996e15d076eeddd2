/** Events and acknowledgements in both directions. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Socket } from "socket.io-client";
import type { Behaviour } from "./behaviour.ts";
import { collect, connected, event, events, UPGRADE, WEBSOCKET } from "./client.ts";
import { RemoteError } from "./remote.ts";

const TEXTS = [
  "",
  "plain",
  "ünï©ödé, 日本語, العربية",
  "👩‍👩‍👧‍👦 🏳️‍🌈 𝒳 \u{10FFFF}",
  "one \uD800 half, \uDFFF the other, turned \uDC00\uD800",
  "lines\nand\r\nlines\u2028of\u2029text\u0085",
  'quotes " \\ \\" and separators \x1e\x1f\x00\ufeff',
  '2["echo"]',
  "0{}",
];

/** The type of an acknowledgement's packet. */
const ACK = 3;

/** Registers the tests. */
export function eventSuite({ each, once }: Behaviour): void {
  each("an event brings all of its arguments, both ways", async (t) => {
    const socket = await t.connect();
    const args = [1, -0.5, 1e300, "two", true, null, [3, [4, [], {}]], { five: { six: 7 } }, "end"];
    const [echoed] = await Promise.all([event(socket, "echo"), socket.emit("echo", ...args)]);
    assertEquals(echoed, args);
  });

  each("an event may have no arguments, and any name", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    const names = ["", "x", "läuft 🏃", "a,b", "[1]", '"', "__proto__", "constructor", "7"];
    const seen = names.map((name) => collect(socket, name));
    for (const name of names) {
      await t.server.ask((io) => io.sockets.sockets.get(id)!.emit(name));
    }
    await socket.emitWithAck("echo");
    assertEquals(seen, names.map(() => [[]]));
  });

  each("text arrives unit by unit as it was sent", async (t) => {
    const socket = await t.connect();
    for (const text of TEXTS) {
      assertEquals(await socket.emitWithAck("echo", text), text);
      assertEquals(await socket.emitWithAck("echo", { [text]: [text] }), { [text]: [text] });
    }
  });

  each("socket.send sends a message", async (t) => {
    const socket = await t.connect();
    const [echoed] = await Promise.all([event(socket, "message"), socket.send("a", 1)]);
    assertEquals(echoed, ["a", 1]);
  });

  each("an acknowledgement brings all arguments to the client's callback", async (t) => {
    const socket = await t.connect();
    const answer = await new Promise((resolve) => {
      socket.emit("echo", 1, { b: 2 }, [3], (...args: unknown[]) => resolve(args));
    });
    assertEquals(answer, [1, { b: 2 }, [3]]);
    const none = await new Promise((resolve) => {
      socket.emit("echo", (...args: unknown[]) => resolve(args));
    });
    assertEquals(none, []);
  });

  each("acknowledgements find their events, also out of order", async (t) => {
    const socket = await t.connect();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => socket.emitWithAck("echo", i)),
    );
    assertEquals(answers, Array.from({ length: 50 }, (_, i) => i));
  });

  each("an acknowledgement that is sent twice counts once", async (t) => {
    const socket = await t.connect();
    const packets = collect(socket.io, "packet") as [{ type: number }][];
    assertEquals(await socket.emitWithAck("answer twice"), "first");
    await socket.emitWithAck("echo", "next");
    assertEquals(packets.map(([{ type }]) => type), [ACK, ACK]);

    socket.on("question", (_, ack) => {
      ack("one");
      ack("two");
    });
    socket.emit("ask me", "?");
    assertEquals(await t.server.seen(socket.id!, "answer"), ["one"]);
    await socket.emitWithAck("echo");
    const answered = (await t.server.history(socket.id!)).filter(([event]) => event === "answer");
    assertEquals(answered.length, 1);
  });

  each("socket.emit brings the client's answer to the callback", async (t) => {
    const socket = await t.connect();
    socket.on("question", (question, ack) => ack(question.toUpperCase(), { second: true }));
    socket.emit("ask me", "really?");
    assertEquals(await t.server.seen(socket.id!, "answer"), ["REALLY?", { second: true }]);
  });

  each("socket.timeout tells the callback of an error, or of none", async (t) => {
    const socket = await t.connect();
    socket.on("question", (question, ack) => question === "answer" && ack("here"));
    socket.emit("ask me in time", "answer", 5_000);
    assertEquals(await t.server.seen(socket.id!, "answer"), [null, "here"]);

    const mute = await t.connect();
    mute.emit("ask me in time", "anybody?", 20);
    const [message] = await t.server.seen(mute.id!, "answer");
    assertEquals(message, "operation has timed out");
  });

  each("socket.emitWithAck gives the client's answer", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    socket.on("add", (a, b, ack) => ack(a + b));
    const sum = await t.server.ask((io) => io.sockets.sockets.get(id)!.emitWithAck("add", 2, 3));
    assertEquals(sum, 5);
    const timely = await t.server.ask((io) =>
      io.sockets.sockets.get(id)!.timeout(20_000).emitWithAck("add", 3, 4)
    );
    assertEquals(timely, 7);
  });

  each("socket.timeout().emitWithAck fails when the client takes longer", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    await assertRejects(
      () =>
        t.server.ask((io) => io.sockets.sockets.get(id)!.timeout(20).emitWithAck("anybody?", 1)),
      RemoteError,
      "operation has timed out",
    );
    assertEquals(await socket.emitWithAck("echo", "still here"), "still here");
  });

  once("more acknowledgements are waited for than workerd has timers", async (t) => {
    const sockets = await Promise.all([t.clients.connect(WEBSOCKET), t.clients.connect(WEBSOCKET)]);
    const seen = await Promise.all(sockets.map(async (it) => {
      it.on("question", (number, ack) => number === 0 && ack());
      return await it.emitWithAck("ask much", 6_000, 1_000);
    }));
    const outcomes = ["answered", "AckTimeoutError"];
    assertEquals(seen, [outcomes, outcomes]);
  });

  each("socket.emitWithAck fails when the client leaves", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    socket.once("question", () => socket.disconnect());
    await assertRejects(
      () => t.server.ask((io) => io.sockets.sockets.get(id)!.emitWithAck("question")),
      RemoteError,
      "socket has been disconnected",
    );
  });

  each("socket.emit refuses the reserved names", async (t) => {
    const { id } = await t.connect() as { id: string };
    for (const name of ["connect", "connect_error", "disconnect", "disconnecting"]) {
      await assertRejects(
        () => t.server.ask((io) => io.sockets.sockets.get(id)!.emit(name)),
        RemoteError,
        `"${name}" is a reserved event name`,
      );
    }
  });

  each("events and answers arrive in order", async (t) => {
    const socket = await t.connect();
    await sendMixed(socket);
  });

  each("events and answers arrive in order while the client upgrades", async (t) => {
    const socket = t.clients.create(t.way);
    const opened = event(socket.io, "open");
    socket.connect();
    await opened;
    const { engine } = socket.io;
    let done: Promise<void> | undefined;
    engine.on("upgrading", () => done = sendMixed(socket));
    await event(engine, "upgrade");
    await done;
    await sendMixed(socket);
  }, [UPGRADE]);

  each("what is sent during an upgrade arrives without more being sent", async (t) => {
    let total = 0;
    await Promise.all(Array.from({ length: 20 }, async () => {
      const socket = t.clients.create(t.way, "/ticks");
      const ticks = collect(socket, "tick");
      await connected(socket);
      const [count] = await t.server.seen(socket.id!, "ticks") as [number];
      if (ticks.length < count) await events(socket, "tick", count - ticks.length);
      assertEquals(ticks, Array.from({ length: count }, (_, i) => [i]));
      total += count;
    }));
    assert(total > 0);
  }, [UPGRADE]);

  each("socket.onAny and onAnyOutgoing hear everything, in their order", async (t) => {
    const socket = await t.connect("/catch-all");
    await socket.emitWithAck("counts").then((count) => assertEquals(count, 2));
    const all = events(socket, "hello to all", 1);
    socket.emit("hello", 1, "two");
    await all;
    const history = (await t.server.history(socket.id!)).filter(([, name]) => name !== "counts");
    assertEquals(history, [
      ["first in", "hello"],
      ["second in", "hello", 1, "two"],
      ["handler"],
      ["first out", "hello to you"],
      ["second out", "hello to you", 1, "two"],
      ["first out", "hello to all"],
      ["second out", "hello to all"],
    ]);
  });

  each("socket.offAny and offAnyOutgoing remove one listener, or all", async (t) => {
    const socket = await t.connect("/catch-all");
    const counts = (name: string) =>
      new Promise((resolve) => socket.emit(name, (...args: unknown[]) => resolve(args)));
    assertEquals(await counts("counts"), [2, 2]);
    assertEquals(await counts("off"), [1, 1]);
    assertEquals(await counts("all off"), [0, 0]);
    const before = (await t.server.history(socket.id!)).length;
    const answered = event(socket, "hello to you");
    socket.emit("hello");
    await answered;
    assertEquals((await t.server.history(socket.id!)).slice(before), [["handler"]]);
  });

  each("socket.use keeps events from their listeners and tells of it as error", async (t) => {
    const socket = await t.connect("/filter");
    socket.emit("forbidden");
    assertEquals(await t.server.seen(socket.id!, "error"), ["not allowed"]);
    socket.emit("slow", 0);
    assertEquals(await socket.emitWithAck("received"), [0]);
    assertEquals(await t.server.seen(socket.id!, "heard"), ["forbidden"]);
  });

  each("socket.use takes async functions, and events stay in order", async (t) => {
    const socket = await t.connect("/filter");
    const waits = [20, 10, 5, 0, 3, 0];
    for (const wait of waits) socket.emit("slow", wait);
    assertEquals(await socket.emitWithAck("received"), waits);
    socket.emit("refused slowly");
    assertEquals(await socket.emitWithAck("received"), waits);
    assertEquals(await t.server.seen(socket.id!, "error"), ["refused at last"]);
  });

  each("a handler that throws or rejects is reported, and harms nobody", async (t) => {
    const socket = await t.connect();
    socket.emit("throw");
    assertEquals(await t.server.seen(socket.id!, "io error"), ["Error: thrown by a handler"]);
    assertEquals(await socket.emitWithAck("echo", 1), 1);

    const other = await t.connect();
    other.emit("reject");
    assertEquals(await t.server.seen(other.id!, "io error"), ["Error: rejected by a handler"]);
    assertEquals(await other.emitWithAck("echo", 2), 2);
    assertEquals([socket.connected, other.connected], [true, true]);
  });

  each("socket.compress sends all the same", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    const text = "again and ".repeat(500);
    for (const compress of [true, false]) {
      const arrived = event(socket, "news");
      await t.server.ask((io) => io.sockets.sockets.get(id)!.compress(compress).emit("news", text));
      assertEquals(await arrived, [text]);
    }
    const arrived = event(socket, "news");
    await t.server.ask((io) => io.compress(true).to(id).emit("news", text));
    assertEquals(await arrived, [text]);
  });

  each("socket.volatile reaches a client that is ready", async (t) => {
    const socket = await t.connect();
    const { id } = socket as { id: string };
    // Between two polls, a client is not.
    while (!await t.server.ask((io) => io.sockets.sockets.get(id)!.conn.transport.writable));
    const arrived = event(socket, "news");
    await t.server.ask((io) => io.sockets.sockets.get(id)!.volatile.emit("news", 1));
    assertEquals(await arrived, [1]);
  });
}

/** Sends 500 events with and without bytes, each of which comes back as an event and as an answer. */
async function sendMixed(socket: Socket): Promise<void> {
  const count = 500;
  const answers: unknown[] = [];
  const wanted = Array.from({ length: count }, (_, i) => i);
  const echoed = events(socket, "echo", count);
  const answered = new Promise<void>((resolve) => {
    for (const i of wanted) {
      const bytes = Uint8Array.of(i & 255, i >> 8);
      const args = i % 3 === 0 ? [i, bytes] : i % 3 === 1 ? [i] : [i, { bytes, i }];
      socket.emit("echo", ...args);
      socket.emit("echo", ...args, (answer: unknown) => {
        if (answers.push(answer) === count) resolve();
      });
    }
  });
  const events_ = await echoed;
  await answered;
  assertEquals(events_.map(([i]) => i), wanted);
  assertEquals(answers, wanted);
  for (const [i, extra] of events_ as [number, unknown][]) {
    const bytes = i % 3 === 0
      ? extra
      : i % 3 === 1
      ? undefined
      : (extra as { bytes: unknown }).bytes;
    if (i % 3 === 1) assertEquals(bytes, undefined);
    else assertEquals([...bytes as Uint8Array], [i & 255, i >> 8]);
  }
}
