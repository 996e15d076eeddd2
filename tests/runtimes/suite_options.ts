/** What options of the engine do, seen from outside. */
import { assert, assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { event } from "./client.ts";
import { openPolling, requestWebSocket, SlowWebSocket } from "./raw.ts";

/** More than the buffers of a TCP connection hold. */
const PIECES = 40;
const PIECE = "x".repeat(500_000);

/** Registers the tests. */
export function optionSuite({ each, once }: Behaviour): void {
  once("initialPacket comes right behind the handshake", async ({ server }) => {
    const response = await fetch(`${server.url}/greeting/?EIO=4&transport=polling`);
    const [handshake, ...packets] = (await response.text()).split("\x1e");
    assertEquals([handshake![0], packets], ["0", ["4hello"]]);
  });

  once("allowUpgrades: false keeps sessions where they are", async ({ server }) => {
    const url = `${server.url}/staying/?EIO=4&transport=polling`;
    const { sid, upgrades } = JSON.parse((await (await fetch(url)).text()).slice(1));
    assertEquals(upgrades, []);
    const path = `/staying/?EIO=4&transport=websocket&sid=${sid}`;
    assertEquals((await requestWebSocket(server.url, path)).status, 400);
  });

  once("transports refuses the others", async ({ server }) => {
    const response = await fetch(`${server.url}/sockets/?EIO=4&transport=polling`);
    assertEquals([response.status, (await response.json()).code], [400, 0]);
    const { status } = await requestWebSocket(server.url, "/sockets/?EIO=4&transport=websocket");
    assertEquals(status, 101);
  });

  once("the first of the subprotocols that a WebSocket offers is taken", async ({ server }) => {
    for (const offer of ["one", "one, two", "one,two"]) {
      const headers = { "sec-websocket-protocol": offer };
      const path = "/socket.io/?EIO=4&transport=websocket";
      const upgrade = await requestWebSocket(server.url, path, headers);
      const taken = upgrade.headers.filter(([name]) => name === "sec-websocket-protocol");
      assertEquals([upgrade.status, taken.map(([, value]) => value)], [101, ["one"]], offer);
    }
  });

  each("a client that offers subprotocols connects", async (t) => {
    const socket = await t.connect("/", { protocols: ["one", "two"] });
    assertEquals(await socket.emitWithAck("echo", 1), 1);
  });

  each("ackReturnValues acknowledges with what handlers return", async (t) => {
    const socket = await t.connect("/", { path: "/returning" });
    assertEquals(await socket.emitWithAck("double", 21), 42);
    const { found } = await socket.emitWithAck("find", new Uint8Array([1, 2, 3]));
    assertEquals([...new Uint8Array(found)], [1, 2, 3]);
    // Those that call it themselves are as ever.
    assertEquals(await socket.emitWithAck("echo", 1), 1);
  });

  each("generateId names the connections", async (t) => {
    const socket = await t.connect("/", { path: "/named" });
    assertEquals(socket.io.engine.id!.slice(0, 6), "named-");
  });

  once("upgradeTimeout ends a trial, and the session goes on", async ({ server }) => {
    const session = await openPolling(server.url, "/hasty/");
    const query = `EIO=4&transport=websocket&sid=${session.sid}`;
    const trial = new WebSocket(`${server.url.replace("http", "ws")}/hasty/?${query}`);
    const closed = new Promise((resolve) => trial.addEventListener("close", resolve));
    await new Promise((resolve) => trial.addEventListener("open", resolve));
    trial.send("2probe");
    await closed;
    assertEquals((await session.join()).length, 20);
  });

  once("the hooks for headers reach the first answer, and every one", async ({ server }) => {
    const url = `${server.url}/edited/?EIO=4&transport=polling`;
    const first = await fetch(url);
    const { sid } = JSON.parse((await first.text()).slice(1));
    const second = await fetch(`${url}&sid=${sid}`, { method: "POST", body: "40" });
    await second.body?.cancel();
    const edits = (it: Response) => [it.headers.get("x-initial"), it.headers.get("x-every")];
    assertEquals([edits(first), edits(second)], [["once", "always"], [null, "always"]]);
    const upgrade = await requestWebSocket(server.url, "/edited/?EIO=4&transport=websocket");
    const names = upgrade.headers.map(([name]) => name);
    assertEquals([names.includes("x-initial"), names.includes("x-every")], [true, true]);
  });

  each("maxBufferedAmount ends the connection of who does not read, and no other", async (t) => {
    const path = "/bounded";
    const reader = await t.connect("/", { path });
    using _slow = await SlowWebSocket.join(t.server.url, path);
    const sockets = await t.server.ask((io) => io.fetchSockets(), path);
    const { id } = sockets.find((it) => it.id !== reader.id)!;
    let there = true;
    for (let n = 0; n < PIECES && there; n++) {
      const received = event(reader, "piece");
      await t.server.ask((io) => io.emit("piece", n, PIECE), path);
      assertEquals((await received)[0], n);
      there = await t.server.ask((io) => io.sockets.sockets.has(id), path);
    }
    assertEquals(there, false);
    assertEquals((await t.server.seen(id, "disconnect"))[0], "transport error");
  });

  once("socket.drained waits until a client that reads slowly has read", async ({ server }) => {
    const path = "/small";
    using slow = await SlowWebSocket.join(server.url, path);
    const [socket] = await server.ask((io) => io.fetchSockets(), path);
    const { id } = socket!;
    const total = PIECES / 2 * PIECE.length;
    for (let sent = 0; sent < total; sent += PIECE.length) {
      await server.ask((io) => io.emit("piece", PIECE), path);
    }
    await server.ask((io) => io.emit("end"), path);
    let drained = false;
    const drain = server.ask((io) => io.sockets.sockets.get(id)!.drained(), path);
    const waiting = drain.then(() => drained = true);
    const held = await server.ask((io) => io.sockets.sockets.get(id)!.conn.bufferedAmount, path);
    assert(held > PIECE.length && held < total, `${held} bytes wait`);
    assertEquals(drained, false);
    const count = await slow.readUntil('42["end"]');
    assert(count > total, `${count} bytes came`);
    await waiting;
  });

  once("a volatile event is dropped while a WebSocket does not read", async ({ server }) => {
    const path = "/deep/down";
    using slow = await SlowWebSocket.join(server.url, path);
    for (let n = 0; n < PIECES; n++) {
      await server.ask((io) => io.volatile.emit("piece", PIECE), path);
    }
    await server.ask((io) => io.emit("end"), path);
    const count = await slow.readUntil('42["end"]');
    assert(count > PIECE.length && count < PIECES * PIECE.length, `${count} bytes came`);
  });
}
