/** WebSockets that are held wrong: sizes, pieces, pings, extensions and headers. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { RawSocket } from "../kit/raw_client.ts";
import { frame, type Tcp, webSocketLines } from "../kit/tcp.ts";
import { deflateRawSync } from "node:zlib";
import { amount, assertLinear, attacks, MEGABYTE, type Target } from "./attack.ts";

const { attack } = attacks({ hibernating: true });

attack("websocket: a message that is too large closes, in one piece or many", async (t) => {
  for (
    const payload of ["4".repeat(100_001), new Uint8Array(100_001), `4${"€".repeat(33_334)}`]
  ) {
    const { socket } = await t.raw("/small").session();
    socket.send(payload);
    assertEquals((await socket.end()).code, 1009);
  }
  // Above the limit that it was given, Bun closes by itself.
  const { socket } = await t.raw().session();
  socket.send(new Uint8Array(1_000_001));
  assertEquals((await socket.end()).code, 1009);
  const tcp = await opened(t, "/small");
  await tcp.write(frame("4", { fin: false }));
  const piece = frame("x".repeat(1_000), { opcode: 0, fin: false });
  for (let n = 0; n < 300 && await tcp.write(piece); n++);
  await tcp.write(frame("", { opcode: 0 }));
  await tcp.until((it) => it.includes("\x88"));
  await t.sessions("/small", 0);
});

attack("websocket: a message of exactly maxHttpBufferSize is taken", async (t) => {
  const { socket } = await t.raw("/small").session();
  socket.send("40");
  await socket.nextPacket();
  const text = "x".repeat(100_000 - '42["echo",""]'.length);
  socket.send(`42["echo","${text}"]`);
  assertEquals(String(await socket.nextPacket()).length, 100_000);
  await socket.close();
});

attack("websocket: huge messages cost memory once, and are refused", async (t) => {
  const size = amount(30, 60) * MEGABYTE;
  const large = frame(new Uint8Array(size));
  const count = amount(4, 100);
  const tcps: Tcp[] = [];
  for (let n = 0; n < count; n++) tcps.push(await opened(t, "/quiet"));
  const rise = await t.riseOf(async () => {
    await Promise.all(tcps.map(async (tcp) => {
      await tcp.write(large);
      await tcp.until((it) => it.includes("\x88"));
    }));
    await t.sessions("/quiet", 0);
  });
  t.report(`${count} messages of ${size} bytes at a time`, rise);
});

attack("websocket: lengths that no message has are refused before they come", async (t) => {
  for (const length of [2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n, 10n ** 12n]) {
    for (const opcode of [1, 2]) {
      const tcp = await opened(t, "/quiet");
      await tcp.write(frame("4", { opcode, length }));
      await tcp.until((it) => it.includes("\x88"));
    }
  }
  await t.sessions("/quiet", 0);
});

attack("websocket: messages in pieces of one byte are bounded as whole ones are", async (t) => {
  const first = frame("4", { fin: false });
  const pieces = concat(Array.from({ length: 1_000 }, () => frame("x", { opcode: 0, fin: false })));
  const send = async () => {
    const tcp = await opened(t, "/quiet");
    await tcp.write(first);
    for (let n = 0; n < 300 && await tcp.write(pieces); n++);
    tcp.close();
  };
  const limit = 150 * MEGABYTE;
  const rise = await t.riseOf(async () => {
    await Promise.all(Array.from({ length: 20 }, send));
    await t.sessions("/quiet", 0);
  }, limit);
  assert(rise.end < limit, `${rise.end} bytes more`);
  t.report("20 messages in 300,000 pieces each", rise);
});

attack("websocket: pings of a client that does not read are bounded", async (t) => {
  const tcp = await opened(t, "/quiet");
  const pings = concat(Array.from({ length: 2_000 }, () => frame("x".repeat(125), { opcode: 9 })));
  // A server that stops reading lets the client wait: that is as good an end as any.
  const late = setTimeout(() => tcp.close(), 3_000);
  const rise = await t.riseOf(async () => {
    for (let n = 0; n < 500 && await tcp.write(pings); n++);
    clearTimeout(late);
  });
  assert(rise.most < 150 * MEGABYTE, `${rise.most} bytes more`);
  t.report("a million pings", rise);
  tcp.close();
  await t.sessions("/quiet", 0);
});

attack("websocket: a small frame that inflates to a large one is refused", async (t) => {
  const bomb = new Uint8Array(deflateRawSync(new Uint8Array(100 * MEGABYTE)));
  const rss = await t.rss();
  for (let n = 0; n < 4; n++) {
    const tcp = await t.tcp();
    const extension = "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover";
    const lines = webSocketLines("/quiet/?EIO=4&transport=websocket", extension);
    assertEquals((await tcp.ask(lines)).status, 101);
    await tcp.write(frame(bomb, { rsv: 4 }));
    await tcp.until((it) => it.includes("\x88"));
    tcp.close();
  }
  await t.sessions("/quiet", 0);
  const rise = await t.growth(rss, 150 * MEGABYTE);
  assert(rise < 150 * MEGABYTE, `${rise} bytes more`);
});

attack("websocket: extensions and subprotocols of any kind are read in linear time", async (t) => {
  const name = (of: string) => `Sec-WebSocket-${of}`;
  for (
    const header of [
      `${name("Extensions")}: constructor`,
      `${name("Extensions")}: __proto__; __proto__=1`,
      `${name("Extensions")}: permessage-deflate${"; a".repeat(3_000)}`,
      `${name("Extensions")}: permessage-deflate; client_max_window_bits=${"9".repeat(3_000)}`,
      `${name("Protocol")}: constructor`,
      `${name("Protocol")}: ${", ".repeat(3_000)}`,
      `${name("Protocol")}: ,`,
      `${name("Protocol")}: a b`,
      `${name("Protocol")}: \x01`,
    ]
  ) {
    const tcp = await t.tcp();
    await tcp.send(webSocketLines("/quiet/?EIO=4&transport=websocket", header));
    const text = await tcp.until((it) => it.includes("\r\n\r\n"));
    assertMatch(text, /^HTTP\/1.1 (101|4\d\d) |^$/, header.slice(0, 60));
    tcp.close();
  }
  const cost = (length: number) =>
    t.cpuOf(async () => {
      for (let n = 0; n < 20; n++) {
        const tcp = await t.tcp();
        const header = `${name("Protocol")}: ${" ,".repeat(length / 2)}x`;
        await tcp.send(webSocketLines("/quiet/?EIO=4&transport=websocket", header));
        await tcp.until((it) => it.includes("\r\n\r\n"));
        tcp.close();
      }
    });
  await cost(1_000);
  assertLinear(await cost(1_000), await cost(10_000));
  await t.sessions("/quiet", 0);
});

attack("websocket: thousands of headers, or long ones, are refused or of no use", async (t) => {
  const many = Array.from({ length: 2_100 }, (_, n) => `x-${n}: 1`);
  for (const headers of [many, [`x-long: ${"x".repeat(500_000)}`], many.map(() => "x: 1")]) {
    for (const position of ["before", "after"]) {
      const tcp = await t.tcp();
      const [first, ...rest] = webSocketLines("/quiet/?EIO=4&transport=websocket");
      const lines = position === "before"
        ? [first!, ...headers, ...rest]
        : [first!, ...rest, ...headers];
      await tcp.send(lines);
      const text = await tcp.until((it) => it.includes("\r\n\r\n"));
      assertMatch(text, /^HTTP\/1.1 (101|4\d\d) |^$/);
      tcp.close();
    }
  }
  await t.sessions("/quiet", 0);
});

attack("websocket: a thousand pongs that nobody asked for bring no ping more", async (t) => {
  const { socket } = await t.raw("/steady").session();
  socket.send("40");
  assertMatch(String(await socket.nextPacket()), /^40\{/);
  for (let n = 0; n < 1_000; n++) socket.send("3");
  for (let n = 0; n < 3; n++) {
    const since = Date.now();
    assertEquals(await nextBeat(socket), "2");
    // The first one was due before the pongs came.
    if (n > 0) assert(Date.now() - since > 150, "a ping too early");
    socket.send("3");
    for (let more = 0; more < 100; more++) socket.send("3");
  }
  await socket.close();
});

attack(
  "websocket: close frames of any kind are answered, and the reason is not sent on",
  async (t) => {
    const frames = [
      frame("", { opcode: 8 }),
      frame(Uint8Array.of(3, 232), { opcode: 8 }),
      frame(new Uint8Array([15, 160, ..."x".repeat(123)].map((it) => Number(it) || 120)), {
        opcode: 8,
      }),
      frame(Uint8Array.of(0, 0), { opcode: 8 }),
      frame(Uint8Array.of(3, 237), { opcode: 8 }),
      frame(Uint8Array.of(3, 232, 0xc3, 0x28), { opcode: 8 }),
    ];
    for (const it of frames) {
      const tcp = await opened(t, "/quiet");
      await tcp.write(it);
      await tcp.write(it);
      await tcp.end();
    }
    await t.sessions("/quiet", 0);
  },
);

attack(
  "websocket: a client that does not answer the server's close is let go at once",
  async (t) => {
    const tcp = await opened(t, "/quiet");
    await tcp.write(frame("4x"));
    await tcp.until((it) => it.includes("\x88"));
    // The session is over, whatever the client does.
    assertEquals((await t.state()).sessions["/quiet"], undefined);
    await tcp.write(frame("40"));
    await tcp.write(frame('42["echo",1]'));
    assertEquals((await t.state()).sessions["/quiet"], undefined);
  },
);

/** What comes next, but for what a Durable Object answers in its sleep. */
async function nextBeat(socket: RawSocket): Promise<string | Uint8Array> {
  for (let data = await socket.next();; data = await socket.next()) {
    if (data !== "6") return data;
  }
}

/** A WebSocket that the server has opened a session for. */
async function opened(t: Target, base: string): Promise<Tcp> {
  const tcp = await t.tcp();
  const answer = await tcp.ask(webSocketLines(`${base}/?EIO=4&transport=websocket`));
  assertEquals(answer.status, 101);
  await tcp.until((it) => it.includes('"maxPayload"'));
  return tcp;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const it of parts) {
    joined.set(it, at);
    at += it.length;
  }
  return joined;
}
