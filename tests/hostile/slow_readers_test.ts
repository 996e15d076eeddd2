/** Clients that do not read what they are sent. */
import { assert, assertEquals } from "@std/assert";
import { frame, webSocketLines } from "../kit/tcp.ts";
import { event, WEBSOCKET } from "../runtimes/client.ts";
import { amount, attacks, MEGABYTE, type Target } from "./attack.ts";

const { attack } = attacks();

const READERS = 3;
const SLOW = amount(30, 1_000);
const PIECE = 100_000;
const PIECES = 100;
/** What the fixture allows each of them. */
const LIMIT = 500_000;

/** Joins over a WebSocket, and reads nothing more. */
async function joinSlowly(target: Target, path: string): Promise<void> {
  const tcp = await target.tcp();
  await tcp.send(webSocketLines(`${path}/?EIO=4&transport=websocket`));
  await tcp.until((it) => it.includes('0{"sid"'));
  await tcp.write(frame("40"));
  await tcp.until((it) => it.includes('40{"sid"'));
}

attack(
  "WebSockets that read nothing cost at most their limit each, and others notice nothing",
  async (t) => {
    const path = "/bounded";
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => t.clients.connect(WEBSOCKET, "/", { path })),
    );
    const seen = readers.map((socket) => {
      const numbers: number[] = [];
      socket.on("flood", (n) => numbers.push(n));
      return numbers;
    });
    let latest = 0;
    readers[0]!.on("flood", (_, sentAt) => latest = Math.max(latest, Date.now() - sentAt));
    for (let n = 0; n < SLOW; n++) await joinSlowly(t, path);
    await t.sessions(path, READERS + SLOW);
    const limit = SLOW * LIMIT + 60 * MEGABYTE;
    const rise = await t.riseOf(async () => {
      // One after the other: on a slow machine, those who read would be slow as well.
      for (let n = 0; n < PIECES; n++) {
        const read = Promise.all(readers.map((socket) => event(socket, "flood")));
        await t.ask("flood", path, 1, PIECE, n);
        await read;
      }
      await t.sessions(path, READERS);
    }, limit);
    assertEquals(seen, readers.map(() => Array.from({ length: PIECES }, (_, n) => n)));
    assert(latest < 10_000, `an event took ${latest} ms`);
    assert(rise.end < limit, `${rise.end} bytes more`);
    t.report(`${SLOW} WebSockets that read nothing of ${PIECES * PIECE} bytes`, rise);
  },
);

attack(
  "WebSockets that read nothing are kept with drop-volatile, and given up by the heartbeat",
  async (t) => {
    const path = "/lenient";
    await joinSlowly(t, path);
    await t.ask("flood", path, PIECES / 10, PIECE * 10);
    assert(await t.ask("backlog", path) > LIMIT);
    await t.sessions(path, 0);
  },
);

attack("polls that are never sent cost at most their limit each", async (t) => {
  const path = "/bounded";
  for (let n = 0; n < SLOW; n++) {
    const client = t.raw(path);
    const { sid } = await client.handshake();
    await client.push(sid, "40");
    await client.poll(sid);
  }
  const rise = await t.riseOf(async () => {
    await t.ask("flood", path, PIECES / 10, PIECE);
    await t.sessions(path, 0);
  });
  assert(rise.most < SLOW * LIMIT + 60 * MEGABYTE, `${rise.most} bytes more`);
  t.report(`${SLOW} clients over polling that ask for nothing`, rise);
});
