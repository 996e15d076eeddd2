/** Packets that are none. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { RawClient, RawSocket } from "../kit/raw_client.ts";
import { WEBSOCKET } from "../runtimes/client.ts";
import { assertLinear, attacks } from "./attack.ts";

const { attack } = attacks();

type Message = string | Uint8Array<ArrayBuffer>;

const BYTES = Uint8Array.of(1, 2, 3);

/** What may not be sent, not even by who has joined. */
const BROKEN: Record<string, Message[][]> = {
  "events without a proper name": [
    ['2[{"toString":"x"}]'],
    ["2[{}]"],
    ["2[[]]"],
    ["2[null]"],
    ["2[true]"],
    ['2[["x"]]'],
    ["2[]"],
    ["2"],
    ["2{}"],
    ['2"x"'],
    ["2null"],
    ["2/chat"],
    ["2/,"],
  ],
  "packets of the wrong shape": [
    ["3{}"],
    ["3[]"],
    ["31"],
    ['31"x"'],
    ['1"x"'],
    ["1[]"],
    ["0[]"],
    ['0"x"'],
    ["4"],
    ['4{"message":"x"}'],
    ["5"],
    ["6"],
    ["7"],
    ["9"],
    ["-1"],
    [""],
    ["x"],
    ["2[1"],
    ['2["x",]'],
    ['2["x"]]'],
    ['2["x"],["y"]'],
    ['20.5["x"]'],
    ['2-1["x"]'],
    ['29007199254740993["x"]'],
    [`2${"9".repeat(400)}["x"]`],
  ],
  "placeholders that name no attachment": [
    ...[
      '"splice"',
      '"__proto__"',
      "-1",
      "1",
      "1.5",
      "1e9",
      "null",
      "{}",
      '"0"',
      "[0]",
      "true",
      "1e400",
    ]
      .map((num): Message[] => [`51-["x",{"_placeholder":true,"num":${num}}]`, BYTES]),
    ['51-["x",{"_placeholder":true}]', BYTES],
    ['51-["x"]', BYTES],
    ['51-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]', BYTES],
    ['52-["x",{"_placeholder":true,"num":0}]', BYTES, BYTES],
    ['52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]', BYTES, BYTES],
    ['51-[{"_placeholder":true,"num":0}]', BYTES],
    ['51-{"_placeholder":true,"num":0}', BYTES],
  ],
  "attachments that are too many, none, or not announced": [
    ['5100000-["x"]'],
    ['511-["x"]'],
    ['50-["x"]'],
    ['60-1["x"]'],
    ['5-["x"]'],
    ['5["x"]'],
    ['5-1-["x"]'],
    ['51.5-["x"]'],
    ['5 1-["x"]'],
    ['51e1-["x"]'],
    ['5Infinity-["x"]'],
    [BYTES],
    ['2["x"]', BYTES],
    ['51-["x",{"_placeholder":true,"num":0}]', BYTES, BYTES],
  ],
  "text in the place of an attachment": [
    ['51-["x",{"_placeholder":true,"num":0}]', '2["x"]'],
    ['51-["x",{"_placeholder":true,"num":0}]', "1"],
    ['52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', BYTES, "2"],
    ['51-["x",{"_placeholder":true,"num":0}]', '51-["x",{"_placeholder":true,"num":0}]'],
  ],
};

for (const [name, packets] of Object.entries(BROKEN)) {
  attack(`packets: ${name} close the connection`, async (t) => {
    const raw = t.raw();
    for (const messages of packets) {
      for (const joined of [true, false]) {
        const { socket } = await raw.session();
        if (joined) await join(socket);
        send(socket, messages);
        await socket.end();
      }
      await sendPolling(raw, messages);
    }
  });
}

attack("packets: ten attachments are taken, also by their numbers in another order", async (t) => {
  const { socket } = await t.raw().session();
  await join(socket);
  const numbers = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
  const places = numbers.map((num) => `{"_placeholder":true,"num":${num}}`);
  send(socket, [
    `510-["echo",${places}]`,
    ...numbers.map((n) => Uint8Array.of(n)),
  ]);
  const head = String(await socket.nextPacket());
  assertMatch(head, /^4510-\["echo",/);
  const got = [];
  for (const _ of numbers) got.push(...await socket.nextPacket() as Uint8Array);
  assertEquals(got, numbers.toReversed());
  await socket.close();
});

for (
  const [name, packet] of [
    ["attachments", (digits: string) => `5${digits}-["x"]`],
    ["an acknowledgement", (digits: string) => `2${digits}["x"]`],
    ["an answer", (digits: string) => `3${digits}[]`],
    ["a namespace", (digits: string) => `2/${digits}`],
    ["a namespace to join", (digits: string) => `0/${digits}`],
    ["a number in JSON", (digits: string) => `2["x",${digits}]`],
    ["a type", (digits: string) => digits],
  ] as const
) {
  attack(
    `packets: a long run of digits in the place of ${name} costs no more than its length`,
    async (t) => {
      const cost = async (length: number): Promise<number> => {
        return await t.cpuOf(async () => {
          for (let n = 0; n < 3; n++) {
            const { socket } = await t.raw().session();
            await join(socket);
            send(socket, [packet("1".repeat(length))]);
            // Some are refused, and some are just odd.
            socket.send("41");
            socket.send("4x");
            await socket.end();
          }
        });
      };
      await cost(90_000);
      assertLinear(await cost(90_000), await cost(900_000));
    },
  );
}

attack("packets: nobody keeps what is sent behind a packet that is refused", async (t) => {
  const piece = new Uint8Array(900_000);
  const rss = await t.rss();
  for (let n = 0; n < 10; n++) {
    const { socket } = await t.raw().session();
    socket.send('450100-["x"]');
    for (let i = 0; i < 10; i++) socket.send(piece);
    await socket.end();
  }
  const rise = await t.growth(rss, 90_000_000);
  assert(rise < 90_000_000, `${rise} bytes more`);
});

attack(
  "packets: what no client sends, but an application may try to, reaches nobody",
  async (t) => {
    const socket = await t.clients.connect(WEBSOCKET);
    const results = await t.ask("emitOddities", "/socket.io");
    assertEquals(results, {
      "bytes in toJSON": "sent",
      "toJSON that returns itself": "sent",
      "a cycle": "TypeError",
      "a cycle with bytes": "TypeError",
      "a cycle through toJSON": "RangeError",
      "a getter that throws": "Error",
      "toJSON that throws": "Error",
      "a BigInt": "TypeError",
    });
    assertEquals(await socket.emitWithAck("echo", "fine"), "fine");
  },
);

attack("packets: msgpack that announces more than it holds closes the connection", async (t) => {
  const rss = await t.rss();
  // Lists in lists, and maps in maps, of a million items each.
  for (const head of [0xdd, 0xdf]) {
    const message = new Uint8Array(999_999);
    for (let at = 0; at + 5 <= message.length; at += 5) {
      message.set([head, 0, 0x0f, 0x42, 0x3f], at);
    }
    for (let n = 0; n < 5; n++) {
      const { socket } = await t.raw("/msgpack").session();
      socket.send(message);
      await socket.end();
    }
  }
  const rise = await t.growth(rss, 90_000_000);
  assert(rise < 90_000_000, `${rise} bytes more`);
});

async function join(socket: RawSocket): Promise<void> {
  socket.send("40");
  assertMatch(String(await socket.nextPacket()), /^40\{"sid":"/);
}

function send(socket: RawSocket, messages: readonly Message[]): void {
  for (const it of messages) socket.send(typeof it === "string" ? `4${it}` : it);
}

async function sendPolling(raw: RawClient, messages: readonly Message[]): Promise<void> {
  const { sid } = await raw.handshake();
  await raw.push(sid, "40");
  await raw.poll(sid);
  const packets = messages.map((it) =>
    typeof it === "string" ? `4${it}` : `b${btoa(String.fromCharCode(...it))}`
  );
  await raw.push(sid, packets.join("\x1e"));
  assertEquals([await raw.poll(sid), await raw.knows(sid)], ["1", false]);
}
