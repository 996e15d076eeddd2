/** Where the state of a WebSocket is kept that outlives its Durable Object. */
import { assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { LastingChannel } from "../../src/runtimes/workerd/lasting_channel.ts";
import type { DurableObjectState, WorkerdWebSocket } from "../../src/runtimes/workerd/types.ts";

const LARGE = "x".repeat(20_000);

/** An object with one WebSocket, in memory. */
class World {
  attachment: unknown = null;
  readonly stored = new Map<string, unknown>();
  writes = 0;
  readonly socket = {
    readyState: 1,
    serializeAttachment: (value: unknown) => {
      const copy = structuredClone(value);
      if (JSON.stringify(copy).length > 16_384) throw new Error("too large");
      this.attachment = copy;
    },
    deserializeAttachment: () => structuredClone(this.attachment),
    close: () => {},
  } as unknown as WorkerdWebSocket;
  readonly #ctx = {
    storage: {
      put: (key: string, value: unknown) => {
        this.writes++;
        this.stored.set(key, structuredClone(value));
        return Promise.resolve();
      },
      delete: (key: string) => Promise.resolve(this.stored.delete(key)),
    },
  } as unknown as DurableObjectState;

  open(isStored = false): LastingChannel {
    return new LastingChannel(this.#ctx, this.socket, "id", isStored, (error) => {
      throw error;
    });
  }
}

Deno.test("LastingChannel keeps a state with the WebSocket", () => {
  const world = new World();
  world.open().keep({ room: "tea" });
  assertEquals(world.open().state, { room: "tea" });
  assertEquals(world.writes, 0);
});

Deno.test("LastingChannel stores what is too long for that, once a second at most", () => {
  using time = new FakeTime();
  const world = new World();
  const channel = world.open();
  for (let n = 0; n < 10; n++) {
    channel.keep({ LARGE, n });
    time.tick(150);
  }
  assertEquals(world.writes, 1);
  time.tick(1000);
  assertEquals(world.writes, 2);
  assertEquals([...world.stored.values()], [{ LARGE, n: 9 }]);
  assertEquals(world.open(true).state, undefined);
});

Deno.test("LastingChannel removes what it has stored, when the state is short again", () => {
  using time = new FakeTime();
  const world = new World();
  const channel = world.open();
  channel.keep(LARGE);
  time.tick(1000);
  assertEquals(world.stored.size, 1);
  channel.keep(LARGE);
  channel.keep("short");
  time.tick(1000);
  assertEquals([world.stored.size, world.writes], [0, 1]);
  assertEquals(world.open().state, "short");
});

Deno.test("LastingChannel removes what it has stored, when the WebSocket is gone", () => {
  using time = new FakeTime();
  const world = new World();
  const channel = world.open();
  channel.keep(LARGE);
  time.tick(1000);
  channel.keep(LARGE);
  channel.closed(world.socket, 1000, "");
  time.tick(1000);
  assertEquals([world.stored.size, world.writes], [0, 1]);
});

Deno.test("LastingChannel throws, given what cannot be copied, and keeps what it had", () => {
  const world = new World();
  const channel = world.open();
  channel.keep("before");
  assertThrows(() => channel.keep(() => {}), DOMException);
  assertEquals(world.open().state, "before");
});
