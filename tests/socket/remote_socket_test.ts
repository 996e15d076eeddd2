import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import {
  Adapter,
  type AnyNamespace,
  type BroadcastOptions,
  type Packet,
  RemoteSocket,
  type SocketDetails,
} from "../../mod.ts";
import { type ServerRig, withServer } from "../kit/memory_client.ts";

const HANDSHAKE = { auth: { token: "a" } } as unknown as SocketDetails<unknown>["handshake"];

/** An adapter of a cluster whose other server has one socket, `far`, and answers when told to. */
class FarAdapter extends Adapter {
  readonly log: unknown[][] = [];
  answer: ((response: unknown) => void) | undefined;
  lose: (() => void) | undefined;

  override serverCount(): Promise<number> {
    return Promise.resolve(2);
  }

  override fetchSockets(opts: BroadcastOptions): Promise<SocketDetails<unknown>[]> {
    this.log.push(["fetchSockets", targetOf(opts)]);
    const far = { id: "far", handshake: HANDSHAKE, rooms: ["far", "room"], data: { name: "F" } };
    return super.fetchSockets(opts).then((sockets) => [...sockets, far]);
  }

  override broadcast(packet: Packet, opts: BroadcastOptions): void {
    this.log.push(["broadcast", packet.data, targetOf(opts)]);
    super.broadcast(packet, opts);
  }

  override broadcastWithAck(
    packet: Packet,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: (response: unknown) => void,
    lost?: () => void,
  ): void | (() => void) {
    this.log.push(["broadcastWithAck", packet.data, targetOf(opts)]);
    const stop = super.broadcastWithAck(packet, opts, clientCountCallback, ack, lost);
    clientCountCallback(1);
    this.answer = ack;
    this.lose = lost;
    return stop;
  }

  override addSockets(opts: BroadcastOptions, rooms: string[]): void {
    this.log.push(["addSockets", targetOf(opts), rooms]);
  }

  override delSockets(opts: BroadcastOptions, rooms: string[]): void {
    this.log.push(["delSockets", targetOf(opts), rooms]);
  }

  override disconnectSockets(opts: BroadcastOptions, close: boolean): void {
    this.log.push(["disconnectSockets", targetOf(opts), close]);
  }
}

function targetOf({ rooms, except }: BroadcastOptions): string {
  return `to ${[...rooms].join()} except ${[...except ?? []].join()}`;
}

/** The far socket, and the adapter that reaches it. */
async function far(
  { io }: ServerRig,
): Promise<{ adapter: FarAdapter; socket: Awaited<ReturnType<typeof io.fetchSockets>>[number] }> {
  const socket = (await io.fetchSockets()).at(-1);
  assert(socket !== undefined);
  const adapter = io.sockets.adapter;
  assertInstanceOf(adapter, FarAdapter);
  adapter.log.length = 0;
  return { adapter, socket };
}

const OPTIONS = { adapter: FarAdapter };

Deno.test("fetchSockets() gives sockets of this server themselves, and others as RemoteSocket", () =>
  withServer(OPTIONS, async ({ io, connect }) => {
    const near = await connect();
    const [first, second, ...others] = await io.fetchSockets();
    assertStrictEquals<unknown>(first, near.socket);
    assertInstanceOf(second, RemoteSocket);
    assertEquals([second.id, others.length], ["far", 0]);
    assertEquals((await io.in("room").fetchSockets()).map(({ id }) => id), ["far"]);
  }));

Deno.test("a RemoteSocket shows what its server told", () =>
  withServer(OPTIONS, async (rig) => {
    const { socket } = await far(rig);
    assertInstanceOf(socket, RemoteSocket);
    assertEquals(socket.id, "far");
    assertEquals(socket.rooms, new Set(["far", "room"]));
    assertEquals(socket.data, { name: "F" });
    assertEquals(socket.handshake, HANDSHAKE);
  }));

Deno.test("what is done to a RemoteSocket goes to it alone", () =>
  withServer(OPTIONS, async (rig) => {
    const { adapter, socket } = await far(rig);
    assertEquals(socket.emit("x", 1), true);
    socket.join("a");
    socket.join(["b", "c"]);
    socket.leave("a");
    socket.disconnect();
    socket.disconnect(true);
    assertEquals(adapter.log, [
      ["broadcast", ["x", 1], "to far except "],
      ["addSockets", "to far except ", ["a"]],
      ["addSockets", "to far except ", ["b", "c"]],
      ["delSockets", "to far except ", ["a"]],
      ["disconnectSockets", "to far except ", false],
      ["disconnectSockets", "to far except ", true],
    ]);
  }));

Deno.test("a RemoteSocket's acknowledgement stands for itself, not in a list", () =>
  withServer(OPTIONS, async (rig) => {
    const { adapter, socket } = await far(rig);
    const seen: unknown[][] = [];
    socket.timeout(1000).emit("x", (...args: unknown[]) => void seen.push(args));
    adapter.answer!("yes");
    await rig.settle();
    assertEquals(seen, [[null, "yes"]]);
    const answer = socket.timeout(1000).emitWithAck("x");
    adapter.answer!("yes");
    assertEquals<unknown>(await answer, "yes");
  }));

Deno.test("a RemoteSocket's acknowledgement times out", () =>
  withServer(OPTIONS, async (rig) => {
    const { socket } = await far(rig);
    const answer = socket.timeout(1000).emitWithAck("x");
    rig.time.tick(1000);
    await assertRejects(() => answer, Error, "operation has timed out");
  }));

Deno.test("a broadcast waits for every server's count, and for each client", () =>
  withServer(OPTIONS, async (rig) => {
    const near = await rig.connect();
    const { adapter } = await far(rig);
    const answers = rig.io.timeout(1000).emitWithAck("x");
    await rig.settle();
    near.send('30["near"]');
    adapter.answer!("far");
    assertEquals(await answers, ["near", "far"]);
    const others = rig.io.timeout(1000).emitWithAck("x");
    await rig.settle();
    adapter.lose!();
    near.send('31["near"]');
    assertEquals(await others, ["near"]);
  }));

Deno.test("a broadcast of which a server tells nothing fails in time", () =>
  withServer({
    adapter: (nsp: AnyNamespace) =>
      Object.assign(new Adapter(nsp), { serverCount: () => Promise.resolve(3) }),
  }, async (rig) => {
    const near = await rig.connect();
    const answers = rig.io.timeout(1000).emitWithAck("x");
    near.send('30["near"]');
    await rig.settle();
    rig.time.tick(1000);
    const error = await assertRejects(() => answers, Error, "timed out");
    assertEquals((error as Error & { responses: unknown }).responses, ["near"]);
  }));

Deno.test("a broadcast fails at once when the servers cannot be counted", () =>
  withServer({
    adapter: (nsp: AnyNamespace) =>
      Object.assign(new Adapter(nsp), { serverCount: () => Promise.reject(new Error("lost")) }),
  }, async (rig) => {
    await rig.connect();
    await assertRejects(() => rig.io.timeout(1000).emitWithAck("x"), Error, "lost");
  }));

Deno.test("a broadcast fails once, also if the servers cannot be counted after its timeout", async () => {
  const { promise, reject } = Promise.withResolvers<number>();
  const adapter = (nsp: AnyNamespace): Adapter =>
    Object.assign(new Adapter(nsp), { serverCount: () => promise });
  await withServer({ adapter }, async ({ io, connect, time, settle }) => {
    await connect();
    const seen: string[] = [];
    io.timeout(1000).emit("x", (error: Error) => void seen.push(error.message));
    time.tick(1000);
    reject(new Error("lost"));
    await settle();
    assertEquals(seen, ["operation has timed out"]);
  });
});
