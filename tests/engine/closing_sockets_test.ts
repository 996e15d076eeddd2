import { assertEquals, assertRejects } from "@std/assert";
import type { Receiver } from "../../src/engine/channel.ts";
import { MemoryRuntime } from "../../src/runtimes/memory.ts";
import { EngineRig } from "../kit/memory_client.ts";
import { FakeTime } from "@std/testing/time";

/** A runtime whose clients do not answer when they are closed. */
class MuteRuntime extends MemoryRuntime {
  /** Whether it tells when they are gone. */
  lingers = true;
  /** What the runtime would tell of, in the order of the WebSockets. */
  readonly receivers: Receiver[] = [];

  override upgrade(
    request: Request,
    context: unknown,
    receiver: Receiver,
    headers: Headers,
  ): Response {
    this.receivers.push(receiver);
    const mute: Receiver = {
      options: receiver.options,
      open: (channel) => {
        channel.close = () => {};
        Object.assign(channel, { lingers: this.lingers });
        receiver.open(channel);
      },
      message: (data) => receiver.message(data),
      close: (code, reason) => receiver.close(code, reason),
    };
    return super.upgrade(request, context, mute, headers);
  }
}

class MuteRig extends EngineRig {
  override readonly runtime = new MuteRuntime();
}

async function withMuteClients(
  options: ConstructorParameters<typeof EngineRig>[0],
  test: (rig: MuteRig) => Promise<void>,
): Promise<void> {
  using time = new FakeTime();
  const rig = new MuteRig(options, time);
  await test(rig);
  rig.engine.close();
  assertEquals(time.next(), false, "a timer is left");
  assertEquals(rig.faults, []);
}

const HANDSHAKE = "?EIO=4&transport=polling";

async function knock(rig: MuteRig): Promise<number> {
  const response = await rig.request(HANDSHAKE);
  await response.body?.cancel();
  if (response.ok) rig.conn.close(true);
  return response.status;
}

Deno.test("a session is over at once, whether or not its client answers the close", () =>
  withMuteClients({}, async (rig) => {
    const socket = await rig.socket();
    rig.conn.close();
    assertEquals([rig.reason, rig.engine.clientsCount], ["forced close", 0]);
    socket.send("4late");
    assertEquals(rig.engine.closingCount, 1);
  }));

Deno.test("trials that fail take places until they are gone, and no more than there are", () =>
  withMuteClients({ maxConnectionsPerAddress: 2 }, async (rig) => {
    const client = await rig.poller();
    const trial = async (): Promise<void> => (await client.candidate()).send("no packet");
    await trial();
    await trial();
    const { cause } = await assertRejects(trial, TypeError);
    assertEquals([(cause as Response).status, rig.engine.closingCount], [429, 2]);
    rig.conn.send("here");
    assertEquals(await client.poll(), "4here");
    rig.runtime.receivers[0]!.close(1005, "");
    await rig.upgrade(client);
    assertEquals([rig.conn.upgraded, rig.engine.closingCount], [true, 1]);
  }));

Deno.test("a client that has the last place may move to a WebSocket", () =>
  withMuteClients({ maxConnections: 1, maxConnectionsPerAddress: 1 }, async (rig) => {
    await rig.upgrade(await rig.poller());
    assertEquals(rig.conn.upgraded, true);
  }));

Deno.test("a WebSocket that is closing takes a place until it is gone, which may be told twice", () =>
  withMuteClients({ maxConnectionsPerAddress: 1 }, async (rig) => {
    await rig.socket();
    rig.conn.close();
    assertEquals(await knock(rig), 429);
    for (const code of [1005, 0]) rig.runtime.receivers[0]!.close(code, "");
    assertEquals([await knock(rig), rig.engine.closingCount, rig.closes.length], [200, 0, 2]);
    // One place, not two.
    await rig.socket();
    assertEquals(await knock(rig), 429);
  }));

Deno.test("a trial of a WebSocket that fails takes a place until it is gone", () =>
  withMuteClients({ maxConnections: 2 }, async (rig) => {
    const client = await rig.poller();
    const trial = await client.candidate();
    trial.send("4not a probe");
    assertEquals([rig.conn.readyState, rig.engine.closingCount], ["open", 1]);
    assertEquals(await knock(rig), 503);
    rig.runtime.receivers[0]!.close(1006, "");
    assertEquals(await knock(rig), 200);
    rig.engine.close();
    rig.time.tick(200);
  }));

Deno.test("a WebSocket that is closing takes no place if the runtime would not tell of its end", () =>
  withMuteClients({ maxConnections: 1 }, async (rig) => {
    rig.runtime.lingers = false;
    for (let n = 0; n < 3; n++) {
      await rig.socket();
      rig.conn.close();
    }
    assertEquals([rig.engine.closingCount, await knock(rig)], [0, 200]);
  }));
