import { assertEquals, assertMatch } from "@std/assert";
import type { DisconnectReason, Socket } from "../../mod.ts";
import { withServer } from "../kit/memory_client.ts";

const BEFORE_CONNECT = ['2["a"]', "1", "3[]", "31[]", '2/a,["a"]', '4{"message":"a"}'];

Deno.test("a packet before CONNECT closes the connection", async () => {
  for (const packet of BEFORE_CONNECT) {
    await withServer({}, async ({ io, client }) => {
      const it = await client();
      it.send(packet);
      assertEquals(it.ws.closed !== undefined, true, packet);
      assertEquals(io.engine.clientsCount, 0);
    });
  }
});

/** What breaks the protocol, sent by a client that is in the main namespace. */
const VIOLATIONS: [what: string, ...packets: (string | Uint8Array)[]][] = [
  ["a second CONNECT", "0"],
  ["a CONNECT_ERROR", '4{"message":"a"}'],
  ["an event of a namespace it is not in", '2/a,["a"]'],
  ["a DISCONNECT of a namespace it is not in", "1/a,"],
  ["no packet", "x"],
  ["nothing", ""],
  ["an unknown type", "7"],
  ["an event without payload", "2"],
  ["an event with an object", '2{"a":1}'],
  ["an event without name", "2[]"],
  ["an event named null", "2[null]"],
  ["an event named by an object", '2[{"toString":"x"}]'],
  ["an event named by a list", '2[["a"]]'],
  ["an event named by a boolean", "2[true]"],
  ["the event connect", '2["connect"]'],
  ["the event connect_error", '2["connect_error"]'],
  ["the event disconnect", '2["disconnect"]'],
  ["the event disconnecting", '2["disconnecting"]'],
  ["the event newListener", '2["newListener"]'],
  ["the event removeListener", '2["removeListener"]'],
  ["broken JSON", '2["a"'],
  ["an acknowledgement without id", "3[]"],
  ["an acknowledgement with an object", "31{}"],
  ["an id beyond all numbers", '299999999999999999999["a"]'],
  ["a DISCONNECT with a payload", '1"a"'],
  ["no attachments where some are announced", '50-["a"]'],
  ["too many attachments", `511-["a"]`],
  ["attachments without number", '5-["a"]'],
  ["bytes without a packet", new Uint8Array([1])],
  ["text instead of bytes", '51-["a",{"_placeholder":true,"num":0}]', '2["a"]'],
  [
    "a placeholder of a member's name",
    '51-["a",{"_placeholder":true,"num":"splice"}]',
    new Uint8Array([1]),
  ],
  ["a placeholder out of range", '51-["a",{"_placeholder":true,"num":1}]', new Uint8Array([1])],
  ["no placeholder", '51-["a"]', new Uint8Array([1])],
];

for (const [what, ...packets] of VIOLATIONS) {
  Deno.test(`${what} closes the connection, and nothing else`, () =>
    withServer({}, async ({ io, connect, settle }) => {
      const bystander = await connect();
      const it = await connect();
      const reasons: DisconnectReason[] = [];
      const fired: unknown[] = [];
      it.socket.on("disconnect", (reason) => void reasons.push(reason));
      it.socket.onAny((...args) => void fired.push(args));
      it.send(...packets);
      await settle();
      assertEquals(reasons, ["forced server close"]);
      assertEquals(fired, []);
      assertEquals(it.ws.closed !== undefined, true);
      assertEquals(it.socket.connected, false);
      assertEquals(bystander.socket.connected, true);
      assertEquals(io.engine.clientsCount, 1);
      assertEquals([...io.sockets.sockets.keys()], [bystander.socket.id]);
    }));
}

Deno.test("a violation is told to a client that polls, and what follows it is ignored", () =>
  withServer({}, async ({ io, poller }) => {
    const seen: string[] = [];
    io.on("connection", (socket) => {
      socket.on("a", () => void seen.push("a"));
      socket.on("disconnect", (reason) => void seen.push(reason));
    });
    const client = await poller();
    const response = await client.post('40\x1e42["a"]\x1e40\x1e42["a"]');
    assertEquals(response.status, 200);
    assertEquals(seen, ["a", "forced server close"]);
    assertMatch(await client.poll(), /^40\{"sid":"[^"]+"\}$/);
    assertEquals(await client.poll(), "1");
    assertEquals(io.engine.clientsCount, 0);
  }));

Deno.test("an unreadable packet reaches the sockets of its connection as error", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const main = await connect();
    const other = await connect("/a", undefined, main);
    const log: string[] = [];
    for (const { socket } of [main, other]) {
      socket.on("error", (error) => void log.push(`${socket.nsp.name} ${error.name}`));
      socket.on("disconnect", () => void log.push(`${socket.nsp.name} disconnect`));
    }
    main.send("x");
    assertEquals(log, [
      "/ ProtocolError",
      "/a ProtocolError",
      "/ disconnect",
      "/a disconnect",
    ]);
  }));

Deno.test("a second CONNECT while the middlewares run is a violation", () =>
  withServer({}, async ({ io, client, settle }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    io.use(async (_socket: Socket) => await promise);
    let connected = 0;
    io.on("connection", () => void connected++);
    const it = await client();
    it.send("0");
    assertEquals(it.ws.closed, undefined);
    it.send("0");
    assertEquals(it.ws.closed !== undefined, true);
    resolve();
    await settle();
    assertEquals([connected, io.sockets.sockets.size, io.sockets.adapter.sids.size], [0, 0, 0]);
  }));

Deno.test("packets for a namespace that the server has just closed are ignored", () =>
  withServer({}, async ({ io, connect }) => {
    io.of("/a");
    const main = await connect();
    const { socket } = await connect("/a", undefined, main);
    const seen: unknown[] = [];
    socket.onAny((...args) => void seen.push(args));
    socket.disconnect();
    main.send('2/a,["x"]', '2/a,1["x"]', "3/a,1[]", '51-/a,["x",{"_placeholder":true,"num":0}]');
    main.send(new Uint8Array([1]));
    main.send("1/a,");
    assertEquals(main.ws.closed, undefined);
    assertEquals(main.socket.connected, true);
    assertEquals(seen, []);
  }));

Deno.test("an event that the client left behind by leaving itself is a violation", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.send("1");
    assertEquals(it.ws.closed, undefined);
    it.send('2["a"]');
    assertEquals(it.ws.closed !== undefined, true);
  }));

Deno.test("any name that is not reserved is an event like others", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const names = ["error", "__proto__", "constructor", "toString", "message", "", "connection"];
    const seen: string[] = [];
    for (const name of names) it.socket.on(name, () => void seen.push(name));
    for (const name of names) it.send(`2${JSON.stringify([name])}`);
    assertEquals(seen, names);
    assertEquals(it.socket.connected, true);
  }));

Deno.test("an event error without a listener harms nobody", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    it.send('2["error"]', '2["error",{"message":"a"}]');
    assertEquals(it.socket.connected, true);
  }));

Deno.test("an event may be named by a number", () =>
  withServer({}, async ({ connect }) => {
    const it = await connect();
    const seen: unknown[] = [];
    it.socket.on("7", (...args) => void seen.push(args));
    it.send('2[7,"a"]');
    assertEquals(seen, [["a"]]);
  }));
