/** Clients that want more than is for them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { RawSocket } from "../kit/raw_client.ts";
import { frame, requestBytes, sendAndReset, type Tcp, webSocketLines } from "../kit/tcp.ts";
import { UPGRADE, WEBSOCKET } from "../runtimes/client.ts";
import { amount, assertLinear, attacks, MEGABYTE, type Target } from "./attack.ts";
import { handshake, many, pathTo, post, requestLines } from "./polling.ts";

const { attack } = attacks();

attack("namespaces: twenty thousand CONNECTs give a hundred namespaces", async (t) => {
  const rss = await t.rss();
  const { socket } = await t.raw("/tidy").session();
  socket.send("40");
  const count = amount(20_000, 100_000);
  for (let n = 0; n < count; n++) socket.send(`40/dynamic-${n},`);
  let [joined, refused] = [0, 0];
  while (joined + refused <= count) {
    const answer = String(await socket.nextPacket());
    if (answer.startsWith("40")) joined++;
    else if (answer.startsWith("44")) refused++;
  }
  assertEquals([joined, refused], [100, count - 99]);
  assertEquals(await t.ask("namespaces", "/tidy"), 99 + 2);
  await socket.close();
  await t.sessions("/tidy", 0);
  assertEquals(await t.ask("namespaces", "/tidy"), 2);
  const rise = await t.growth(rss, amount(100, 300) * MEGABYTE);
  assert(rise < amount(100, 300) * MEGABYTE, `${rise} bytes more`);
});

attack("namespaces: joining and leaving one after the other leaves none behind", async (t) => {
  const { socket } = await t.raw("/tidy").session();
  const count = 5_000;
  for (let n = 0; n < count; n++) {
    socket.send(`40/dynamic-${n},`);
    socket.send(`41/dynamic-${n},`);
  }
  for (let n = 0; n < count; n++) assertMatch(String(await socket.nextPacket()), /^40/);
  assertEquals(await t.ask("namespaces", "/tidy"), 2);
  await socket.close();
});

attack("namespaces: a megabyte of auth for each, or a name as long, is not kept", async (t) => {
  const rss = await t.rss();
  for (
    const packet of [
      (n: number) => `40/dynamic-${n},{"a":[${"0,".repeat(400_000)}0]}`,
      (n: number) => `40/dynamic-${n}${"0".repeat(900_000)},`,
    ]
  ) {
    for (let n = 0; n < 30; n++) {
      const { socket } = await t.raw("/quiet").session();
      socket.send("40");
      socket.send(packet(n));
      await socket.end();
    }
  }
  const rise = await t.growth(rss, 150 * MEGABYTE);
  assert(rise < 150 * MEGABYTE, `${rise} bytes more`);
  // What a token needs is fine.
  const socket = await t.clients.connect(WEBSOCKET, "/", { auth: { token: "x".repeat(50_000) } });
  assertEquals(await socket.emitWithAck("echo", 1), 1);
});

attack("namespaces: those whose middlewares still run are bounded", async (t) => {
  const { socket } = await t.raw("/hesitant").session();
  for (let n = 0; n < 1_000; n++) socket.send(`40/dynamic-${n},`);
  let refused = 0;
  for (; refused < 950; refused++) assertMatch(String(await socket.nextPacket()), /^44/);
  await socket.close();
  await t.sessions("/hesitant", 0);
});

attack("namespaces: the same one twice, or none, closes the connection", async (t) => {
  for (
    const packets of [["40", "40"], ["40/chat,", "40/chat,"], ["41"], ["40", "41/chat,"], ["42[1]"]]
  ) {
    const { socket } = await t.raw().session();
    for (const it of packets) socket.send(it);
    await socket.end();
  }
});

attack("namespaces: who joins none is sent away in time, whatever else is said", async (t) => {
  const sockets: RawSocket[] = [];
  for (let n = 0; n < 50; n++) {
    const { socket } = await t.raw("/brisk").session();
    // Neither heartbeats nor half a packet help.
    if (n % 2 === 0) socket.send("3");
    sockets.push(socket);
  }
  await Promise.all(sockets.map((it) => it.end()));
  await t.sessions("/brisk", 0);
});

attack("acks: who owes too many is disconnected", async (t) => {
  const { socket } = await t.raw("/modest").session();
  socket.send("40");
  assertMatch(String(await socket.nextPacket()), /^40/);
  for (let n = 0; n < 200; n++) socket.send('42["ask"]');
  await socket.end();
  await t.sessions("/modest", 0);
});

attack(
  "acks: ids of any size, again and again, and answers to nothing cost no more than themselves",
  async (t) => {
    const ids = ["0", "1", "999999999999999", "9007199254740991", "00000000000000000001"];
    const cost = async (count: number) => {
      const { socket } = await t.raw("/quiet").session();
      socket.send("40");
      await socket.nextPacket();
      const cpu = await t.cpuOf(async () => {
        for (let n = 0; n < count; n++) {
          const id = ids[n % ids.length];
          socket.send(`43${id}[1]`);
          socket.send(`42${id}["nothing"]`);
        }
        socket.send('427["echo",1]');
        while (await socket.nextPacket() !== "437[1]");
      });
      await socket.close();
      return cpu;
    };
    await cost(1_000);
    assertLinear(await cost(1_000), await cost(10_000));
  },
);

/** A WebSocket that a server has a place for, now or soon. */
async function admitted(t: Target, path: string): Promise<Tcp> {
  while (true) {
    const tcp = await t.tcp();
    const { status } = await tcp.ask(webSocketLines(`${path}/?EIO=4&transport=websocket`));
    if (status === 101) return tcp;
    assertEquals(status, 429);
    tcp.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const BOMBS: Record<string, (depth: number) => string> = {
  "lists": (depth) => `42["x",${"[".repeat(depth)}${"]".repeat(depth)}]`,
  "lists that do not end": (depth) => `42["x",${"[".repeat(depth)}`,
  "objects": (depth) => `42["x",${'{"a":'.repeat(depth)}1${"}".repeat(depth)}]`,
  "auth": (depth) => `40/chat,${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
  "an acknowledgement": (depth) => `430[${"[".repeat(depth)}${"]".repeat(depth)}]`,
};

for (const [name, bomb] of Object.entries(BOMBS)) {
  attack(
    `depth: ${name} within each other, a hundred thousand deep, close the connection`,
    async (t) => {
      for (const depth of [1_100, 20_000, 150_000]) {
        const { socket } = await t.raw().session();
        socket.send("40");
        assertMatch(String(await socket.nextPacket()), /^40/);
        socket.send(bomb(depth));
        await socket.end();
      }
    },
  );
}

attack("depth: brackets in texts are not counted, and what is allowed comes back", async (t) => {
  const socket = await t.clients.connect(WEBSOCKET);
  const text = `${"[".repeat(5_000)}\\"${"{".repeat(5_000)}`;
  assertEquals(await socket.emitWithAck("echo", text), text);
  const deep = JSON.parse("[".repeat(900) + "]".repeat(900));
  assertEquals(await socket.emitWithAck("echo", deep), deep);
});

attack("depth: placeholders far down are found without recursion", async (t) => {
  const { socket } = await t.raw().session();
  socket.send("40");
  await socket.nextPacket();
  const place = '{"_placeholder":true,"num":0}';
  socket.send(`451-7["echo",${"[".repeat(900)}${place}${"]".repeat(900)}]`);
  socket.send(Uint8Array.of(1));
  assertMatch(String(await socket.nextPacket()), /^461-7\[/);
  await socket.close();
});

attack(
  "attachments: those that do not come, or are too large together, close the connection",
  async (t) => {
    const place = (num: number) => `{"_placeholder":true,"num":${num}}`;
    const { socket: late } = await t.raw("/modest").session();
    late.send("40");
    await late.nextPacket();
    late.send(`451-["echo",${place(0)}]`);
    await late.end();
    const { socket: large } = await t.raw("/modest").session();
    large.send("40");
    await large.nextPacket();
    large.send(`453-["echo",${[0, 1, 2].map(place)}]`);
    for (let n = 0; n < 3; n++) large.send(new Uint8Array(40_000));
    await large.end();
    await t.sessions("/modest", 0);
  },
);

attack(
  "attachments: before anyone has joined, no more is kept than one event may have",
  async (t) => {
    const rss = await t.rss();
    const piece = new Uint8Array(900_000);
    const sockets: RawSocket[] = [];
    for (let n = 0; n < 8; n++) {
      const { socket } = await t.raw().session();
      const places = Array.from({ length: 10 }, (_, num) => `{"_placeholder":true,"num":${num}}`);
      socket.send(`4510-["x",${places}]`);
      for (let i = 0; i < 9; i++) socket.send(piece);
      sockets.push(socket);
    }
    await t.state();
    const rise = await t.growth(rss, 8 * 10 * MEGABYTE + 100 * MEGABYTE);
    assert(rise < 8 * 10 * MEGABYTE + 100 * MEGABYTE, `${rise} bytes more`);
    for (const it of sockets) await it.close();
  },
);

attack(
  "connections: places are not lost to clients that are cut off on their way in",
  async (t) => {
    const path = "/crowded";
    const bytes = requestBytes(webSocketLines(`${path}/?EIO=4&transport=websocket`));
    const polling = requestBytes(requestLines("GET", pathTo(path)));
    for (let n = 0; n < 60; n++) {
      await Promise.all([
        sendAndReset(t.url, bytes, n % 30),
        sendAndReset(t.url, bytes.subarray(0, n * 3)),
        sendAndReset(t.url, polling, n % 30),
      ]);
    }
    await t.sessions(path, 0);
    // All five are free, at the latest when what was cut off has been read.
    const tcps = [];
    for (let n = 0; n < 5; n++) tcps.push(await admitted(t, path));
    for (
      const lines of [
        requestLines("GET", pathTo(path)),
        webSocketLines(`${path}/?EIO=4&transport=websocket`),
      ]
    ) {
      assertEquals((await (await t.tcp()).ask(lines)).status, 429);
    }
    for (const tcp of tcps) tcp.close();
    await t.sessions(path, 0);
  },
);

attack(
  "connections: who does not answer the server's close takes a place, as long as the runtime keeps it",
  async (t) => {
    const path = "/crowded";
    const tcps = [];
    for (let n = 0; n < 5; n++) {
      const tcp = await admitted(t, path);
      await tcp.write(frame("4x"));
      await tcp.until((it) => it.includes("\x88"));
      tcps.push(tcp);
    }
    await t.sessions(path, 0);
    const knock = async () =>
      (await (await t.tcp()).ask(webSocketLines(`${path}/?EIO=4&transport=websocket`))).status;
    // Other runtimes let go by themselves.
    if (t.runtime === "Deno") assertEquals(await knock(), 429);
    for (const tcp of tcps) tcp.close();
    while (await knock() !== 101);
  },
);

attack(
  "connections: a full server refuses, and takes clients again when others have gone",
  async (t) => {
    const path = "/full";
    const tcp = await t.tcp();
    const sids: string[] = [];
    for (let n = 0; n < 10; n++) sids.push(await handshake(tcp, path));
    for (let n = 0; n < 200; n++) {
      const { status, headers } = await tcp.ask(requestLines("GET", pathTo(path)));
      assertEquals([status, headers.has("retry-after")], [503, true]);
    }
    for (const sid of sids) assertEquals((await post(tcp, pathTo(path, sid), "1")).status, 200);
    await t.sessions(path, 0);
    const socket = await t.clients.connect(UPGRADE, "/", { path });
    assertEquals(await socket.emitWithAck("echo", 1), 1);
  },
);

attack(
  "connections: an address that comes too often waits, and no other limit is touched",
  async (t) => {
    const statuses = new Map<number, number>();
    await many(300, () => t.tcp(), async (tcp) => {
      const { status } = await tcp.ask(requestLines("GET", pathTo("/rated")));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    const taken = statuses.get(200) ?? 0;
    // As many as may come at once, and those of the time that it took.
    assert(taken >= 20 && taken < 150, `${taken} of 300 were taken`);
    assertEquals(statuses.get(429), 300 - taken);
  },
);

attack("payloads: more packets than maxPacketsPerPayload are refused", async (t) => {
  const tcp = await t.tcp();
  const path = pathTo("/quiet", await handshake(tcp, "/quiet"));
  const { status } = await post(tcp, path, Array(100_002).fill("6").join("\x1e"));
  assertEquals(status, 400);
  assertEquals((await t.state()).sessions["/quiet"], undefined);
});

attack(
  "recovery: a pid is good for one client at a time, in its namespace, with an offset that was given out",
  async (t) => {
    const path = "/recovering";
    const steal = async (nsp: string, auth: unknown): Promise<boolean> => {
      const { socket } = await t.raw(path).session();
      socket.send(`40${nsp === "/" ? "" : `${nsp},`}${JSON.stringify(auth)}`);
      const answer = String(await socket.nextPacket());
      const { sid } = JSON.parse(answer.slice(answer.indexOf("{")));
      await socket.close();
      return sid === id;
    };
    const victim = await t.raw(path).session();
    victim.socket.send("40");
    const welcome = String(await victim.socket.nextPacket());
    const { sid: id, pid } = JSON.parse(welcome.slice(2));
    victim.socket.send('42["echo","x"]');
    const [, , offset] = JSON.parse(String(await victim.socket.nextPacket()).slice(2));
    // It is as secret as the id of a session: who knows it goes on, and the one before is out.
    assertEquals(await steal("/", { pid, offset }), true);
    await victim.socket.end();
    await t.sessions(path, 0);

    for (
      const auth of [
        { pid: id, offset },
        { pid: "x".repeat(20), offset },
        { pid: [pid], offset },
        { pid: { toString: pid }, offset },
        { pid: "__proto__", offset },
        { pid: "", offset },
        { offset },
      ]
    ) {
      assertEquals(await steal("/", auth), false, JSON.stringify(auth));
    }
    assertEquals(await steal("/chat", { pid, offset }), false);
    assertEquals(await steal("/", { pid, offset }), true);
    // It is no pid.
    assertEquals(await steal("/", { pid: welcome, offset }), false);
  },
);

attack("recovery: offsets that nobody has given out bring no events of others", async (t) => {
  const path = "/recovering";
  for (const offset of ["", "x", "__proto__", 0, null, [], {}, "x".repeat(10_000)]) {
    const victim = await t.raw(path).session();
    victim.socket.send("40");
    const { pid } = JSON.parse(String(await victim.socket.nextPacket()).slice(2));
    await victim.socket.close();
    await t.sessions(path, 0);
    const { socket } = await t.raw(path).session();
    socket.send(`40${JSON.stringify({ pid, offset })}`);
    assertMatch(String(await socket.nextPacket()), /^40\{/);
    await socket.close();
  }
});

attack(
  "closing: hundreds of clients that do not answer the close cost little, and no session",
  async (t) => {
    const rss = await t.rss();
    const tcps = [];
    for (let n = 0; n < amount(300, 500); n++) {
      const tcp = await t.tcp();
      assertEquals(
        (await tcp.ask(webSocketLines("/quiet/?EIO=4&transport=websocket"))).status,
        101,
      );
      await tcp.write(frame("4x"));
      tcps.push(tcp);
    }
    await t.sessions("/quiet", 0);
    // What they go on sending is read by nobody.
    const rubbish = frame("x".repeat(60_000));
    for (const tcp of tcps) await tcp.write(rubbish);
    const rise = await t.growth(rss, 150 * MEGABYTE);
    assert(rise < 150 * MEGABYTE, `${rise} bytes more`);
  },
);

attack("sids: a spray of those that nobody has costs no more than the answers", async (t) => {
  const cost = (count: number) =>
    t.cpuOf(() =>
      many(count, () => t.tcp(), async (tcp, n) => {
        const sid = n.toString(36).padStart(20, "x");
        assertEquals((await tcp.ask(requestLines("GET", pathTo("/quiet", sid)))).status, 400);
      })
    );
  await cost(500);
  assertLinear(await cost(500), await cost(5_000));
});
