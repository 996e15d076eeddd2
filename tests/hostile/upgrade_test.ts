/** Requests for a WebSocket, and what comes with them. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  frame,
  type RawAnswer,
  requestBytes,
  sendAndReset,
  type Tcp,
  webSocketLines,
} from "../kit/tcp.ts";
import { refusal, WAYS } from "../runtimes/client.ts";
import { amount, attacks, MEGABYTE, type Target } from "./attack.ts";
import { handshake, many, pathTo, post, requestLines } from "./polling.ts";

const { attack } = attacks({ hibernating: true });

/** Frames that no client may send. */
const BROKEN: Record<string, Uint8Array> = {
  "the first reserved bit": frame("40", { rsv: 4 }),
  "the second reserved bit": frame("40", { rsv: 2 }),
  "the third reserved bit": frame("40", { rsv: 1 }),
  "a reserved opcode": frame("40", { opcode: 3 }),
  "a reserved opcode of control": frame("40", { opcode: 11 }),
  "a ping that is too long": frame("x".repeat(126), { opcode: 9 }),
  "a ping in pieces": frame("x", { opcode: 9, fin: false }),
  "a continuation of nothing": frame("40", { opcode: 0 }),
  "text that is no UTF-8": frame(Uint8Array.of(0x34, 0xc3, 0x28), { opcode: 1 }),
  "half a close code": frame(Uint8Array.of(3), { opcode: 8 }),
};

/** The reasons of refusals by their codes. */
const REASONS = ["Transport unknown", "Session ID unknown", "Bad handshake method", "Bad request"];

/** The first byte of a frame that closes. */
const CLOSE = "\x88";

/** The first byte of a frame that answers a ping. */
const PONG = "\x8a";

/** What comes back of a frame that workerd takes, though it should not. */
const PASSES_WORKERD: Record<string, string> = { "a ping that is too long": PONG };

const PROBE = frame("2probe");

for (const [name, broken] of Object.entries(BROKEN)) {
  attack(`upgrade: ${name}, at any time, ends the WebSocket alone`, async (t) => {
    const ended = async (tcp: Tcp): Promise<string> => {
      if (!t.onWorkerd) return await tcp.end();
      // It may wait until the client has answered.
      const received = await tcp.until((it) => it.includes(PASSES_WORKERD[name] ?? CLOSE));
      tcp.close();
      return received;
    };
    for (const before of [[], [frame("40")]]) {
      for (const apart of [false, true]) {
        const tcp = await t.tcp();
        const lines = webSocketLines("/brisk/?EIO=4&transport=websocket");
        await sendAll(t, tcp, [requestBytes(lines), ...before, broken], apart);
        assertMatch(await ended(tcp), /^HTTP\/1.1 101 /);
      }
    }
    // While a session tries a WebSocket: it goes on over polling.
    for (const before of [[], [PROBE]]) {
      for (const apart of [false, true]) {
        const poller = await t.tcp();
        const sid = await handshake(poller, "/socket.io");
        const tcp = await t.tcp();
        const lines = webSocketLines(`/socket.io/?EIO=4&transport=websocket&sid=${sid}`);
        await sendAll(t, tcp, [requestBytes(lines), ...before, broken], apart);
        assertMatch(await ended(tcp), /^HTTP\/1.1 101 /);
        assertEquals((await post(poller, pathTo("/socket.io", sid), "40")).status, 200);
        const { body } = await poller.ask(requestLines("GET", pathTo("/socket.io", sid)));
        assertMatch(body, /40\{"sid":"/);
      }
    }
    await t.sessions("/brisk", 0);
  });
}

attack("upgrade: frames without a mask do no harm", async (t) => {
  const tcp = await t.tcp();
  await tcp.ask(webSocketLines("/socket.io/?EIO=4&transport=websocket"));
  await tcp.write(frame("40", { masked: false }));
  // Deno and workerd read them, though they should not.
  const received = await tcp.until((it) => it.includes('40{"sid":"'));
  assertEquals(
    [tcp.ended, received.includes("40{")],
    t.runtime === "Deno" || t.onWorkerd ? [false, true] : [true, false],
  );
});

attack(
  "upgrade: connections that are reset at any byte of the handshake leave nothing",
  async (t) => {
    for (const base of ["/brisk", "/slow"]) {
      const bytes = requestBytes(webSocketLines(`${base}/?EIO=4&transport=websocket`));
      await inGroups(bytes.length + 1, 25, (n) => sendAndReset(t.url, bytes.subarray(0, n)));
    }
    await t.sessions("/brisk", 0);
    await t.sessions("/slow", 0);
  },
);

attack(
  "upgrade: connections that are reset while hooks and middlewares wait leave nothing",
  async (t) => {
    const bytes = requestBytes(webSocketLines("/slow/?EIO=4&transport=websocket"));
    const joining = new Uint8Array([...bytes, ...frame("40"), ...frame("40/chat,")]);
    // The hook takes 20 ms, the middleware of the namespace another 20.
    await inGroups(200, 25, (n) => sendAndReset(t.url, n % 2 === 0 ? bytes : joining, n % 50));
    await t.sessions("/slow", 0);
  },
);

attack(
  "upgrade: sessions that are reset while they upgrade live on, or end with their client",
  async (t) => {
    await inGroups(100, 20, async (n) => {
      const poller = await t.tcp();
      const sid = await handshake(poller, "/brisk");
      const lines = webSocketLines(`/brisk/?EIO=4&transport=websocket&sid=${sid}`);
      const frames = [PROBE, frame("5"), frame("40")].slice(0, n % 4);
      const bytes = [...requestBytes(lines), ...frames.flatMap((it) => [...it])];
      await sendAndReset(t.url, Uint8Array.from(bytes), n % 7);
      poller.close();
    });
    await t.sessions("/brisk", 0);
  },
);

attack("upgrade: a transport that does not go with the request is refused", async (t) => {
  const tcp = await t.tcp();
  for (
    const query of [
      "EIO=4&transport=polling",
      "EIO=4",
      "EIO=4&transport=x",
      "EIO=4&transport=__proto__",
      "EIO=4&transport=constructor",
      "EIO=4&transport=websocket&transport=polling",
      "EIO=4&transport=WEBSOCKET",
      "EIO=4&transport=webtransport",
      "EIO=4&transport[]=websocket",
      "",
    ]
  ) {
    const answer = await (await t.tcp()).ask(webSocketLines(`/socket.io/?${query}`));
    const [status, code] = refusalOf(answer);
    assert(status === 400 && [0, 3].includes(code), `${query}: ${status} ${answer.body}`);
  }
  for (
    const query of ["EIO=4&transport=websocket", "EIO=4&transport=polling&transport=websocket"]
  ) {
    for (const method of ["GET", "POST"]) {
      const lines = requestLines(method, `/socket.io/?${query}`, "Content-Length: 0");
      assertEquals(refusalOf(await tcp.ask(lines)), [400, method === "GET" ? 3 : 2]);
    }
  }
});

attack("upgrade: a session is refused to a client of another revision", async (t) => {
  for (const base of ["/quiet", "/old"]) {
    const tcp = await t.tcp();
    const sid = await handshake(tcp, base);
    for (
      const eio of [
        "EIO=3",
        "",
        "EIO=4.0",
        "EIO=04",
        "EIO=4&EIO=3",
        "EIO=",
        "EIO=5",
        "eio=4",
        "EIO[]=4",
      ]
    ) {
      const query = (transport: string) => `${base}/?${eio}&transport=${transport}&sid=${sid}`;
      for (
        const answer of [
          await tcp.ask(requestLines("GET", query("polling"))),
          await post(tcp, query("polling"), "40"),
          await (await t.tcp()).ask(webSocketLines(query("websocket"))),
        ]
      ) {
        assertEquals(refusalOf(answer), [400, 3], eio);
      }
    }
    assertEquals((await post(tcp, pathTo(base, sid), "40")).status, 200);
    assertMatch((await tcp.ask(requestLines("GET", pathTo(base, sid)))).body, /^40\{/);
    assertEquals((await post(tcp, pathTo(base, sid), "1")).status, 200);
  }
});

attack("upgrade: session ids that are names of members, long or odd are unknown", async (t) => {
  const tcp = await t.tcp();
  const sids = [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "prototype",
    "%00",
    "%E0%A4%A",
    "x".repeat(8_000),
    "own&sid=__proto__",
    "undefined",
    "null",
    "0",
  ];
  for (const sid of sids) {
    const query = (transport: string) => `/socket.io/?EIO=4&transport=${transport}&sid=${sid}`;
    for (
      const answer of [
        await tcp.ask(requestLines("GET", query("polling"))),
        await post(tcp, query("polling"), "40"),
        await (await t.tcp()).ask(webSocketLines(query("websocket"))),
      ]
    ) {
      assertEquals(refusalOf(answer), [400, 1], sid);
    }
  }
  // An empty one, and one in another form, is none: the client gets a session of its own.
  const mine = await handshake(tcp, "/socket.io");
  for (const query of ["sid=", "sid[]=x"]) {
    const path = `/socket.io/?EIO=4&transport=polling&${query}`;
    const { status, body } = await tcp.ask(requestLines("GET", path));
    assertEquals(status, 200);
    assertNotEquals(JSON.parse(body.slice(1)).sid, mine);
  }
});

attack("upgrade: who is refused by a hook or a middleware gets in by no transport", async (t) => {
  for (const [base, status] of [["/refusing", 403], ["/guarded", 401]] as const) {
    for (const way of WAYS) {
      await refusal(t.clients.create(way, "/", { path: base }));
    }
    await many(500, () => t.tcp(), async (tcp, n) => {
      const lines = n % 2 === 0
        ? requestLines("GET", pathTo(base))
        : webSocketLines(`${base}/?EIO=4&transport=websocket`);
      assertEquals((await tcp.ask(lines)).status, status);
    });
    assertEquals((await t.state()).sessions[base], undefined);
  }
});

attack("upgrade: five trials that fail do not keep a session from moving", async (t) => {
  const raw = t.raw();
  const { sid } = await raw.handshake();
  await raw.push(sid, "40");
  assertMatch(await raw.poll(sid), /^40\{/);
  const path = `/socket.io/?EIO=4&transport=websocket&sid=${sid}`;
  const trials: Uint8Array[][] = [
    [],
    [PROBE],
    [frame("4early")],
    [frame("2")],
    [PROBE, frame(Uint8Array.of(1, 2, 3))],
  ];
  for (const frames of trials) {
    const tcp = await t.tcp();
    await tcp.ask(webSocketLines(path));
    for (const it of frames) await tcp.write(it);
    await tcp.write(frame("", { opcode: 8 }));
    await tcp.end();
  }
  const socket = await raw.socket(sid);
  socket.send("2probe");
  assertEquals(await socket.next(), "3probe");
  socket.send("5");
  socket.send('42["echo","moved"]');
  assertEquals(await socket.nextPacket(), '42["echo","moved"]');
  await socket.close();
});

attack("upgrade: trials that do nothing end by themselves", async (t) => {
  const poller = await t.tcp();
  const started = [];
  for (let n = 0; n < 20; n++) {
    const sid = await handshake(poller, "/mortal");
    const tcp = await t.tcp();
    const lines = webSocketLines(`/mortal/?EIO=4&transport=websocket&sid=${sid}`);
    assertEquals((await tcp.ask(lines)).status, 101);
    started.push(tcp);
  }
  for (const tcp of started) await tcp.until((it) => it.includes(CLOSE));
  await t.sessions("/mortal", 0);
});

attack("upgrade: thousands of requests with a key that is none leave nothing", async (t) => {
  const keys = ["", "short", "dGhlIHNhbXBsZSBub25jZQ", "x".repeat(25), "x".repeat(5_000)];
  const lines = webSocketLines("/quiet/?EIO=4&transport=websocket");
  const variants = keys.map((key) => [...lines.slice(0, -1), `Sec-WebSocket-Key: ${key}`]);
  variants.push(lines.slice(0, -1), [
    ...lines.slice(0, -2),
    "Sec-WebSocket-Version: 8",
    lines.at(-1)!,
  ]);
  const flood = (count: number) =>
    many(count, () => t.tcp(), async (tcp, n) => {
      const { status } = await tcp.ask(variants[n % variants.length]!);
      assertEquals(status, 400);
    });
  await flood(1_500);
  const count = amount(3_500, 100_000);
  // workerd takes some 200 MB in time, whatever it answers.
  const limit = amount(60, 250) * MEGABYTE;
  const rise = await t.riseOf(() => flood(count), limit);
  assertEquals((await t.state()).sessions["/quiet"], undefined);
  assert(rise.end < limit, `${rise.end} bytes more`);
  t.report(`${count} keys`, rise);
});

attack("upgrade: a Connection that does not ask for it is no fault of the server", async (t) => {
  const lines = webSocketLines("/quiet/?EIO=4&transport=websocket");
  const ask = async (...connection: string[]): Promise<number> => {
    const rest = lines.filter((it) => !it.startsWith("Connection:"));
    const tcp = await t.tcp();
    const { status } = await tcp.ask([...rest, ...connection]);
    tcp.close();
    return status;
  };
  assertEquals(await ask("Connection: no-upgrade"), 400);
  // Bun takes it.
  const status = await ask();
  assert(status === 400 || status === 101, `${status}`);
});

attack("upgrade: hooks that try to split a response do not", async (t) => {
  const tcp = await t.tcp();
  const answer = await tcp.ask(requestLines("GET", pathTo("/splitting")));
  assertEquals([answer.status, answer.headers.get("x-injected")], [200, undefined]);
  const upgrade = await (await t.tcp()).ask(
    webSocketLines("/splitting/?EIO=4&transport=websocket"),
  );
  assertEquals([upgrade.status, upgrade.headers.get("x-injected")], [101, undefined]);
  for (const it of [answer, upgrade]) assert(!it.body.includes("secret"), it.body);
  const faults = (await t.ask("takeFaults")).map((it) => it.slice(0, 21));
  assertEquals(faults, ["/splitting: TypeError", "/splitting: TypeError"]);
});

/** Status and code of a refusal. That of a WebSocket has its reason in words. */
function refusalOf({ status, body }: RawAnswer): [status: number, code: number] {
  const code = body.startsWith("{")
    ? JSON.parse(body).code
    : REASONS.findIndex((it) => body.startsWith(it));
  return [status, code];
}

/** Sends everything at once, or one by one. */
async function sendAll(
  t: Target,
  tcp: { write(bytes: Uint8Array): Promise<boolean> },
  parts: readonly Uint8Array[],
  apart: boolean,
): Promise<void> {
  if (!apart) return void await tcp.write(Uint8Array.from(parts.flatMap((it) => [...it])));
  for (const part of parts) {
    await tcp.write(part);
    await t.state();
  }
}

async function inGroups(
  count: number,
  size: number,
  each: (n: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < count; start += size) {
    const group = Array.from({ length: Math.min(size, count - start) }, (_, i) => each(start + i));
    await Promise.all(group);
  }
}
