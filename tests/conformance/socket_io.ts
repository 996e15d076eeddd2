/** Every rule of the Socket.IO 5 protocol, seen from outside. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { RawClient, type RawSocket } from "../kit/raw_client.ts";
import type { ConformanceTest } from "./run.ts";

const BYTES = new Uint8Array([1, 2, 3]);

/** Registers the tests. */
export function socketConformance(test: ConformanceTest): void {
  const client = (url: string) => new RawClient(`${url}/socket.io/`);

  /** A connection that has joined the main namespace. */
  async function connected(url: string): Promise<RawSocket> {
    const { socket } = await client(url).session();
    socket.send("40");
    assertMatch(String(await socket.nextPacket()), /^40\{"sid":"[\w-]{20}"\}$/);
    assertEquals(await socket.nextPacket(), '42["auth",{}]');
    return socket;
  }

  // Connection

  test("connect: a client joins the main namespace", async (url) => {
    const { handshake, socket } = await client(url).session();
    socket.send("40");
    const answer = String(await socket.nextPacket());
    assertEquals(answer.slice(0, 2), "40");
    const { sid, ...rest } = JSON.parse(answer.slice(2));
    assertEquals(rest, {});
    assertMatch(sid, /^[\w-]{20}$/);
    // The id of the connection is a secret, that of the socket is not.
    assertNotEquals(sid, handshake.sid);
    assertEquals(await socket.nextPacket(), '42["auth",{}]');
    await socket.close();
  });

  test("connect: a client joins the main namespace over polling", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    await raw.push(sid, "40");
    const [connect = "", ...others] = (await raw.poll(sid)).split("\x1e");
    assertMatch(connect, /^40\{"sid":"[\w-]{20}"\}$/);
    assertEquals(others, ['42["auth",{}]']);
    await raw.push(sid, "1");
  });

  test("connect: a payload reaches the server", async (url) => {
    const { socket } = await client(url).session();
    socket.send('40{"token":"123"}');
    await socket.nextPacket();
    assertEquals(await socket.nextPacket(), '42["auth",{"token":"123"}]');
    await socket.close();
  });

  test("connect: a client joins another namespace", async (url) => {
    const { socket } = await client(url).session();
    socket.send("40/custom,");
    assertMatch(String(await socket.nextPacket()), /^40\/custom,\{"sid":"[\w-]{20}"\}$/);
    assertEquals(await socket.nextPacket(), '42/custom,["auth",{}]');
    await socket.close();
  });

  test("connect: another namespace takes a payload, and the comma may be missing without one", async (url) => {
    const { socket } = await client(url).session();
    socket.send('40/custom,{"token":"abc"}');
    await socket.nextPacket();
    assertEquals(await socket.nextPacket(), '42/custom,["auth",{"token":"abc"}]');
    await socket.close();
    const { socket: other } = await client(url).session();
    other.send("40/custom");
    assertMatch(String(await other.nextPacket()), /^40\/custom,/);
    await other.close();
  });

  test("connect: an unknown namespace is refused, and the connection goes on", async (url) => {
    const socket = await connected(url);
    for (const name of ["/random", "/__proto__", "/constructor"]) {
      socket.send(`40${name},`);
      assertEquals(await socket.nextPacket(), `44${name},{"message":"Invalid namespace"}`);
    }
    socket.send('42["message",1]');
    assertEquals(await socket.nextPacket(), '42["message-back",1]');
    await socket.close();
  });

  test("connect: a middleware refuses with message and data", async (url) => {
    const { socket } = await client(url).session();
    socket.send("40/guarded,");
    assertEquals(
      await socket.nextPacket(),
      '44/guarded,{"message":"not for you","data":{"code":7}}',
    );
    await socket.close();
  });

  test("connect: several namespaces share a connection", async (url) => {
    const socket = await connected(url);
    socket.send("40/custom,");
    assertMatch(String(await socket.nextPacket()), /^40\/custom,/);
    assertEquals(await socket.nextPacket(), '42/custom,["auth",{}]');
    socket.send('42["message","main"]');
    assertEquals(await socket.nextPacket(), '42["message-back","main"]');
    await socket.close();
  });

  test("connect: a client that joins nothing is dropped", async (url) => {
    const { socket } = await new RawClient(`${url}/brisk/`).session();
    await socket.end();
  });

  // Leaving

  test("disconnect: a client leaves a namespace and joins it again", async (url) => {
    const socket = await connected(url);
    socket.send("41");
    socket.send("40");
    assertMatch(String(await socket.nextPacket()), /^40\{"sid":"[\w-]{20}"\}$/);
    assertEquals(await socket.nextPacket(), '42["auth",{}]');
    socket.send('42["message","again"]');
    assertEquals(await socket.nextPacket(), '42["message-back","again"]');
    await socket.close();
  });

  test("disconnect: leaving one namespace keeps the others", async (url) => {
    const socket = await connected(url);
    socket.send("40/custom,");
    await socket.nextPacket();
    await socket.nextPacket();
    socket.send("41/custom,");
    socket.send('42["message","main"]');
    assertEquals(await socket.nextPacket(), '42["message-back","main"]');
    await socket.close();
  });

  test("disconnect: the server tells the client, which may be sending still", async (url) => {
    const socket = await connected(url);
    socket.send('42["kick"]');
    socket.send('42["message","too late"]');
    assertEquals(await socket.nextPacket(), "41");
    socket.send("40");
    assertMatch(String(await socket.nextPacket()), /^40\{/);
    await socket.close();
  });

  // Events and acknowledgements

  const events: [what: string, sent: string, back: string][] = [
    [
      "several arguments",
      '42["message",1,"2",{"3":[true]}]',
      '42["message-back",1,"2",{"3":[true]}]',
    ],
    ["no arguments", '42["message"]', '42["message-back"]'],
    ["null", '42["message",null]', '42["message-back",null]'],
    [
      "text of all kinds",
      '42["message","€ 🦕 \\u2028 \\"\\\\"]',
      '42["message-back","€ 🦕 \u2028 \\"\\\\"]',
    ],
    [
      "a key named __proto__",
      '42["message",{"__proto__":1}]',
      '42["message-back",{"__proto__":1}]',
    ],
  ];
  for (const [what, sent, back] of events) {
    test(`event: ${what}`, async (url) => {
      const socket = await connected(url);
      socket.send(sent);
      assertEquals(await socket.nextPacket(), back);
      await socket.close();
    });
  }

  test("event: one that nobody listens for is ignored, whatever its name", async (url) => {
    const socket = await connected(url);
    for (
      const name of [
        '"unknown"',
        "5",
        '"__proto__"',
        '"constructor"',
        '"error"',
        '"message "',
        '""',
      ]
    ) {
      socket.send(`42[${name}]`);
    }
    socket.send('42["message",1]');
    assertEquals(await socket.nextPacket(), '42["message-back",1]');
    await socket.close();
  });

  test("event: binary at any depth", async (url) => {
    const socket = await connected(url);
    socket.send(
      '452-["message",{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":1}]}]',
    );
    socket.send(BYTES);
    socket.send(new Uint8Array([4, 5, 6]));
    assertEquals(
      await socket.nextPacket(),
      '452-["message-back",{"_placeholder":true,"num":0},{"a":[{"_placeholder":true,"num":1}]}]',
    );
    assertEquals(await socket.nextPacket(), BYTES);
    assertEquals(await socket.nextPacket(), new Uint8Array([4, 5, 6]));
    await socket.close();
  });

  test("event: attachments go by their number, not by their place", async (url) => {
    const socket = await connected(url);
    socket.send('452-["message",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]');
    socket.send(BYTES);
    socket.send(new Uint8Array([9]));
    await socket.nextPacket();
    assertEquals(await socket.nextPacket(), new Uint8Array([9]));
    assertEquals(await socket.nextPacket(), BYTES);
    await socket.close();
  });

  test("event: binary over polling", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    await raw.push(sid, '40\x1e451-["message",{"_placeholder":true,"num":0}]\x1ebAQID');
    const packets = (await raw.poll(sid)).split("\x1e").slice(2);
    assertEquals(packets, ['451-["message-back",{"_placeholder":true,"num":0}]', "bAQID"]);
    await raw.push(sid, "1");
  });

  test("ack: the server answers under the same id", async (url) => {
    const socket = await connected(url);
    for (const id of ["0", "456", "9007199254740991"]) {
      socket.send(`42${id}["message-with-ack",1,"2"]`);
      assertEquals(await socket.nextPacket(), `43${id}[1,"2"]`);
    }
    await socket.close();
  });

  test("ack: the server answers with binary", async (url) => {
    const socket = await connected(url);
    socket.send('451-789["message-with-ack",{"_placeholder":true,"num":0}]');
    socket.send(BYTES);
    assertEquals(await socket.nextPacket(), '461-789[{"_placeholder":true,"num":0}]');
    assertEquals(await socket.nextPacket(), BYTES);
    await socket.close();
  });

  test("ack: the client answers, once", async (url) => {
    const socket = await connected(url);
    socket.send('42["ask","why"]');
    const question = String(await socket.nextPacket());
    assertMatch(question, /^42\d+\["question","why"\]$/);
    const id = /^42(\d+)/.exec(question)![1];
    socket.send(`43${id}["because"]`);
    socket.send(`43${id}["again"]`);
    socket.send('43999["unasked"]');
    assertEquals(await socket.nextPacket(), '42["answer","because"]');
    socket.send('42["message",1]');
    assertEquals(await socket.nextPacket(), '42["message-back",1]');
    await socket.close();
  });

  test("ack: the client answers with binary", async (url) => {
    const socket = await connected(url);
    socket.send('42["ask"]');
    const id = /^42(\d+)/.exec(String(await socket.nextPacket()))![1];
    socket.send(`461-${id}[{"_placeholder":true,"num":0}]`);
    socket.send(BYTES);
    assertEquals(await socket.nextPacket(), '451-["answer",{"_placeholder":true,"num":0}]');
    assertEquals(await socket.nextPacket(), BYTES);
    await socket.close();
  });

  // Violations: they close the connection and nothing else.

  const early = ['42["message"]', "43[]", "41", '44{"message":"x"}'];
  for (const packet of early) {
    test(`violation: ${packet} before a namespace is joined`, async (url) => {
      const healthy = await connected(url);
      const { socket } = await client(url).session();
      socket.send(packet);
      await socket.end();
      healthy.send('42["message","alive"]');
      assertEquals(await healthy.nextPacket(), '42["message-back","alive"]');
      await healthy.close();
    });
  }

  const malformed = [
    "4abc",
    "47",
    "48",
    "49",
    "4",
    "40",
    "40[]",
    '40"x"',
    "40{",
    "42",
    "42/nsp",
    "42[]",
    "42{}",
    "42[null]",
    "42[true]",
    "42[{}]",
    "42[[]]",
    '42[{"toString":"x"}]',
    '42["message"',
    '421"x"',
    "43",
    "430",
    "43{}",
    "430{}",
    '41"x"',
    "41{}",
    "44",
    "45",
    "46",
    '450-["a"]',
    '45-["a"]',
    '45["a"]',
    '45x-["a"]',
    '451["a"]',
    '45100000-["a"]',
    '4511-["a"]',
    "4" + "9".repeat(100_000),
    "42" + "9".repeat(100_000) + '["message"]',
    "45" + "9".repeat(100_000) + '-["a"]',
    '42["connect"]',
    '42["connect_error"]',
    '42["disconnect"]',
    '42["disconnecting"]',
    '42["newListener"]',
    '42["removeListener"]',
    '42/custom,["auth"]',
  ];
  for (const packet of malformed) {
    const shown = packet.length > 60
      ? `${packet.slice(0, 20)}… (${packet.length} characters)`
      : packet;
    test(`violation: ${shown}`, async (url) => {
      const socket = await connected(url);
      socket.send(packet);
      await socket.end();
      await (await connected(url)).close();
    });
  }

  for (
    const num of ['"splice"', '"__proto__"', "-1", "1", "1.5", "1e9", "null", "{}", '"0"', "true"]
  ) {
    test(`violation: a placeholder with the number ${num}`, async (url) => {
      const socket = await connected(url);
      socket.send(`451-["message",{"_placeholder":true,"num":${num}}]`);
      socket.send(BYTES);
      await socket.end();
    });
  }

  test("violation: a placeholder without its attachment, and an attachment without a placeholder", async (url) => {
    for (
      const data of [
        '["message"]',
        '["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]',
      ]
    ) {
      const socket = await connected(url);
      socket.send(`451-${data}`);
      socket.send(BYTES);
      await socket.end();
    }
  });

  test("violation: text while attachments are missing", async (url) => {
    const socket = await connected(url);
    socket.send('451-["message",{"_placeholder":true,"num":0}]');
    socket.send('42["message"]');
    await socket.end();
  });

  test("violation: binary that belongs to nothing", async (url) => {
    const socket = await connected(url);
    socket.send(BYTES);
    await socket.end();
  });

  test("violation: a packet over polling closes the session", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    await (await raw.post(sid, '42["message"]')).body?.cancel();
    assertEquals(await raw.poll(sid), "1");
    assert(!await raw.knows(sid));
  });

  test("violation: a million brackets end the connection, and no other", async (url) => {
    const healthy = await connected(url);
    const socket = await connected(url);
    const depth = 450_000;
    socket.send(`42["nobody",${"[".repeat(depth)}${"]".repeat(depth)}]`);
    await socket.end();
    healthy.send('42["message",1]');
    assertEquals(await healthy.nextPacket(), '42["message-back",1]');
    await healthy.close();
  });
}
