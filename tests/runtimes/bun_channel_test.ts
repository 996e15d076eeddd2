import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { append, forgetFirst } from "../../src/runtimes/batch.ts";
import { BunChannel } from "../../src/runtimes/bun_channel.ts";
import type { BunWebSocket } from "../../src/runtimes/types.ts";

const BYTES = new Uint8Array([1, 2, 3]);

/** Stands for a WebSocket of Bun's, and keeps what it is told. */
class Recorder {
  readonly told: unknown[] = [];
  readonly ws = {
    send: (data: string | Uint8Array, compress?: boolean) => {
      this.told.push(compress ? ["compressed", data] : data);
      return data.length;
    },
    cork: (callback: () => void) => {
      this.told.push("cork");
      callback();
    },
    close: () => this.told.push("close"),
    getBufferedAmount: () => 100,
  } as unknown as BunWebSocket;
  readonly channel = new BunChannel(this.ws, 3);
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

Deno.test("BunChannel.send() keeps what goes to many until the end of the turn, and what follows it", async () => {
  const { channel, told } = new Recorder();
  channel.send("alone", false, false);
  channel.send("shared", false, true);
  channel.send("after", false, false);
  assertEquals(told, ["alone"]);
  await endOfTurn();
  assertEquals(told, ["alone", "cork", "shared", "after"]);
  channel.send("alone", false, false);
  assertEquals(told.at(-1), "alone");
});

Deno.test("BunChannel.send() sends a lone frame without a cork", async () => {
  const { channel, told } = new Recorder();
  channel.send("shared", false, true);
  await endOfTurn();
  assertEquals(told, ["shared"]);
});

Deno.test("BunChannel.send() gives each its own frames in order, when channels are sent different ones", async () => {
  const [a, b, c] = [new Recorder(), new Recorder(), new Recorder()];
  for (const { channel } of [a, b, c]) channel.send("one", false, true);
  b.channel.send("for b", false, false);
  for (const { channel } of [a, b, c]) channel.send(BYTES, false, true);
  c.channel.send("for c", false, false);
  for (const { channel } of [c, b, a]) channel.send("two", false, true);
  await endOfTurn();
  assertEquals(a.told, ["cork", "one", BYTES, "two"]);
  assertEquals(b.told, ["cork", "one", "for b", BYTES, "two"]);
  assertEquals(c.told, ["cork", "one", BYTES, "for c", "two"]);
});

Deno.test("BunChannel.send() compresses what is long enough and may be, also where the same text is sent twice", async () => {
  const { channel, told } = new Recorder();
  for (const compress of [true, false]) {
    channel.send("ab", compress, true);
    channel.send("abc", compress, true);
  }
  await endOfTurn();
  assertEquals(told, ["cork", "ab", ["compressed", "abc"], "ab", "abc"]);
});

Deno.test("BunChannel.buffered counts what waits", async () => {
  const { channel } = new Recorder();
  channel.send("12345", false, true);
  channel.send(BYTES, false, true);
  assertEquals(channel.buffered, 108);
  await endOfTurn();
  assertEquals(channel.buffered, 100);
});

Deno.test("BunChannel.close() sends first what waits", async () => {
  const { channel, told } = new Recorder();
  channel.send("last", false, true);
  channel.close();
  await endOfTurn();
  assertEquals(told, ["last", "close"]);
});

Deno.test("BunChannel.forget() drops what waits, and what comes then is sent", async () => {
  const { channel, told } = new Recorder();
  channel.send("first", false, true);
  channel.forget();
  assertEquals(channel.buffered, 100);
  await endOfTurn();
  channel.send("last", false, true);
  channel.close();
  assertEquals(told, ["last", "close"]);
});

Deno.test("append() makes one batch for all who are sent the same in a turn", () => {
  const one = append(undefined, "one", false);
  const two = append(one, "two", false);
  assertStrictEquals(append(undefined, "one", false), one);
  assertStrictEquals(append(one, "two", false), two);
  assert(append(one, "two", true) !== two);
  assertEquals(two.all, [one, two]);
  forgetFirst();
  assert(append(undefined, "one", false) !== one);
  forgetFirst();
});
