/** Clients of Engine.IO 3. */
import { assert, assertEquals } from "@std/assert";
import { joinBytes } from "../../src/wire/bytes.ts";
import { type EngineRig, take, withEngine } from "../kit/memory_client.ts";
import { OldPoller, oldSocket } from "../kit/old_client.ts";

const OPTIONS = { allowEIO3: true };
const BROWSER = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" };

function poller(rig: EngineRig, query?: string): Promise<OldPoller> {
  return OldPoller.open(rig.engine, rig, query);
}

for (const query of ["EIO=3", "EIO=2", "EIO=", "no", "EIO=04", "EIO=4.0"]) {
  for (const options of [{}, { allowEIO3: false }]) {
    const name = `engine refuses a client with ${query}, given ${JSON.stringify(options)}`;
    Deno.test(name, () =>
      withEngine(options, async (rig) => {
        const response = await rig.request(`?${query}&transport=polling`);
        assertEquals(response.status, 400);
        assertEquals(await response.json(), { code: 5, message: "Unsupported protocol version" });
        assertEquals(rig.refused.map(({ context }) => context), [{ protocol: 3 }]);
      }));
  }
}

Deno.test("engine takes a client without EIO for an old one, if allowed", () =>
  withEngine(OPTIONS, async (rig) => {
    const response = await rig.request("?transport=polling");
    const text = await response.text();
    const { sid } = JSON.parse(text.slice(text.indexOf("{")));
    assertEquals(rig.conn.protocol, 3);
    assertEquals(
      (await rig.request(`?transport=polling&sid=${sid}`, { method: "POST", body: "1:2" })).status,
      200,
    );
  }));

Deno.test("the first answer tells an old client what a new one is told, with its length", () =>
  withEngine({ ...OPTIONS, initialPacket: "hi" }, async (rig) => {
    const response = await rig.request("?EIO=3&transport=polling");
    const text = await response.text();
    const { id } = rig.conn;
    const open =
      `0{"sid":"${id}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`;
    assertEquals(text, `${open.length}:${open}3:4hi`);
    assertEquals(response.headers.get("content-type"), "text/plain; charset=UTF-8");
  }));

Deno.test("new and old clients are told apart on one engine", () =>
  withEngine(OPTIONS, async (rig) => {
    await rig.poller();
    await poller(rig);
    await rig.socket();
    await oldSocket(rig.engine, rig);
    assertEquals(rig.conns.map(({ protocol }) => protocol), [4, 3, 4, 3]);
  }));

for (
  const [mine, theirs, rest] of [["3", "4", "4"], ["3", "4&EIO=3&EIO=4", "4"], ["4", "3", "3"], [
    "4",
    "",
    "3",
  ], ["4", "04", "3"]]
) {
  for (const kind of ["GET", "POST", "upgrade"]) {
    Deno.test(`a ${kind} with EIO=${theirs} is no request of a session with EIO=${mine}`, () =>
      withEngine(OPTIONS, async (rig) => {
        const client = mine === "3" ? await poller(rig) : await rig.poller();
        const query = `?EIO=${theirs}&sid=${client.open.sid}&transport=`;
        if (kind === "upgrade") {
          const refused = rig.runtime.connect(rig.engine, rig.base + query + "websocket");
          assertEquals((await refused.catch(({ cause }) => cause)).status, 400);
        } else {
          const init = kind === "POST" ? { method: "POST", body: "1:2" } : {};
          const response = await rig.request(query + "polling", init);
          assertEquals([response.status, (await response.json()).code], [400, 3]);
        }
        assertEquals(rig.refused.map(({ context }) => context), [
          { name: "PROTOCOL_MISMATCH", protocol: Number(rest), previousProtocol: Number(mine) },
        ]);
        assertEquals(rig.conn.readyState, "open");
      }));
  }
}

Deno.test("an old client's ping is answered, over polling", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    let beats = 0;
    rig.conn.on("heartbeat", () => beats++);
    await client.send("2");
    assertEquals(await (await client.get()).text(), "1:3");
    assertEquals(beats, 1);
  }));

Deno.test("an old client's ping is answered, over WebSocket", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await oldSocket(rig.engine, rig);
    take(socket);
    socket.send("2");
    await rig.settle();
    assertEquals(take(socket), ["3"]);
  }));

Deno.test("all pings of a body have one answer, also while a poll waits", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    await client.post("1:2".repeat(100_000));
    assertEquals(await (await client.get()).text(), "1:3");
    const poll = client.get();
    await client.post("1:2".repeat(100_000));
    assertEquals(await (await poll).text(), "1:3");
  }));

Deno.test("a ping just before the end has no answer", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await oldSocket(rig.engine, rig);
    take(socket);
    socket.send("2");
    rig.conn.close(true);
    await rig.settle();
    assertEquals(take(socket), []);
  }));

Deno.test("an old client may be silent for pingInterval and pingTimeout, and is not pinged", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await oldSocket(rig.engine, rig);
    take(socket);
    rig.time.tick(44_999);
    assertEquals([rig.closes, take(socket)], [[], []]);
    rig.time.tick(1);
    assertEquals(rig.reason, "ping timeout");
  }));

Deno.test("an old client's ping gives it another period; a message does not", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await oldSocket(rig.engine, rig);
    for (let i = 0; i < 5; i++) {
      rig.time.tick(40_000);
      socket.send("2");
      await rig.settle();
    }
    rig.time.tick(40_000);
    socket.send("4x");
    assertEquals(rig.closes, []);
    rig.time.tick(5_000);
    assertEquals(rig.reason, "ping timeout");
  }));

Deno.test("an old client's heartbeat goes on after an upgrade", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    const socket = await client.candidate();
    socket.send("2probe");
    socket.send("5");
    take(socket);
    rig.time.tick(40_000);
    socket.send("2");
    await rig.settle();
    assertEquals(take(socket), ["3"]);
    rig.time.tick(45_000);
    assertEquals(rig.reason, "ping timeout");
  }));

for (const pong of ["3", "3probe"]) {
  Deno.test(`an old client that sends ${pong} is closed`, () =>
    withEngine(OPTIONS, async (rig) => {
      const socket = await oldSocket(rig.engine, rig);
      socket.send(pong);
      assertEquals(rig.closes, [
        ["transport error", { description: "invalid heartbeat direction" }],
      ]);
    }));
}

Deno.test("an old client upgrades", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    const poll = client.get();
    const socket = await client.candidate();
    socket.send("2probe");
    assertEquals(take(socket), ["3probe"]);
    rig.time.tick(10);
    assertEquals(await (await poll).text(), "1:6");
    socket.send("5");
    rig.conn.send("a").send(new Uint8Array([1]));
    assertEquals<unknown>(take(socket), ["4a", new Uint8Array([4, 1])]);
    assertEquals(rig.conn.transport.name, "websocket");
  }));

Deno.test("messages to an old client over polling are text, counted in UTF-16 units", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    rig.conn.send("a€🦕").send("");
    const response = await client.get();
    assertEquals(response.headers.get("content-type"), "text/plain; charset=UTF-8");
    assertEquals(await response.text(), "5:4a€🦕1:4");
  }));

Deno.test("bytes make a binary payload, with the texts among them", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    rig.conn.send("é").send(new Uint8Array([1, 2]));
    const response = await client.get();
    assertEquals(response.headers.get("content-type"), "application/octet-stream");
    assertEquals([...new Uint8Array(await response.arrayBuffer())], [
      ...[0, 3, 255, 52, 0xc3, 0xa9],
      ...[1, 3, 255, 4, 1, 2],
    ]);
  }));

Deno.test("a poll that may bring text or bytes is answered when there is something", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    let answered = false;
    const poll = client.get().finally(() => answered = true);
    await rig.time.tickAsync(200);
    assertEquals(answered, false);
    rig.conn.send(new Uint8Array([1]));
    assertEquals([...new Uint8Array(await (await poll).arrayBuffer())], [1, 2, 255, 4, 1]);
  }));

Deno.test("an old client in a browser gets binary payloads from the start", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await OldPoller.open(rig.engine, rig, "", BROWSER);
    rig.conn.send("é");
    for (const wait of [0, 200]) {
      const poll = client.get();
      await rig.time.tickAsync(wait);
      if (wait > 0) rig.conn.send("é");
      const response = await poll;
      assertEquals(response.headers.get("content-type"), "application/octet-stream");
      const bytes = new Uint8Array(await response.arrayBuffer());
      assertEquals([...bytes], [0, 3, 255, 52, 0xc3, 0xa9]);
    }
  }));

Deno.test("an old client in a browser gets text if it asks for it", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await OldPoller.open(rig.engine, rig, "&b64=1", BROWSER);
    rig.conn.send("a");
    assertEquals(await (await client.get()).text(), "2:4a");
  }));

for (
  const [name, query, headers] of [["text only", "&b64=1", {}], [
    "bytes only",
    "",
    BROWSER,
  ]] as const
) {
  Deno.test(`a poll that brings ${name} begins before, so that a loss is noticed`, () =>
    withEngine(OPTIONS, async (rig) => {
      const client = await OldPoller.open(rig.engine, rig, query, headers);
      const poll = client.get();
      await rig.time.tickAsync(200);
      const { body } = await poll;
      await body!.cancel();
      assertEquals(rig.closes, [
        ["transport error", { description: "poll connection closed prematurely" }],
      ]);
    }));
}

Deno.test("bytes are base64 for an old client with b64", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig, "&b64=1");
    rig.conn.send(new Uint8Array([1, 2]));
    assertEquals(await (await client.get()).text(), "6:b4AQI=");
    const socket = await oldSocket(rig.engine, rig, "&b64=1");
    take(socket);
    rig.conn.send(new Uint8Array([1, 2]));
    assertEquals(take(socket), ["b4AQI="]);
  }));

Deno.test("what an old client posts is read, as text and as bytes", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    const received: unknown[] = [];
    rig.conn.on("message", (data) => received.push(data));
    await client.send("4a", "4€🦕", "b4AQI=");
    const bytes = Uint8Array.from([0, 3, 255, 52, 0xc3, 0xa9, 1, 3, 255, 4, 1, 2]);
    const type = { "content-type": "application/octet-stream" };
    assertEquals((await client.post(bytes, type)).status, 200);
    assertEquals(received, ["a", "€🦕", new Uint8Array([1, 2]), "é", new Uint8Array([1, 2])]);
  }));

Deno.test("what an old client sends over WebSocket is read", () =>
  withEngine(OPTIONS, async (rig) => {
    const socket = await oldSocket(rig.engine, rig);
    const received: unknown[] = [];
    rig.conn.on("message", (data) => received.push(data));
    socket.send("4a");
    socket.send(new Uint8Array([4, 1, 2]));
    socket.send("b4AQI=");
    assertEquals(received, ["a", new Uint8Array([1, 2]), new Uint8Array([1, 2])]);
  }));

for (
  const [name, body, headers] of [
    ["text that is no payload", "4a", {}],
    ["a payload of a new client", "4a\x1e4b", {}],
    ["bytes that are no payload", Uint8Array.of(4, 1), {
      "content-type": "application/octet-stream",
    }],
    ["nothing", "", {}],
  ] as const
) {
  Deno.test(`an old client that posts ${name} is closed`, () =>
    withEngine(OPTIONS, async (rig) => {
      const client = await poller(rig);
      assertEquals((await client.post(body, headers)).status, 400);
      assertEquals(rig.reason, "parse error");
    }));
}

Deno.test("a binary body is read up to maxHttpBufferSize", () =>
  withEngine({ ...OPTIONS, maxHttpBufferSize: 1_000 }, async (rig) => {
    const client = await poller(rig);
    const type = { "content-type": "application/octet-stream" };
    const large = joinBytes([Uint8Array.of(1, 9, 9, 8, 255, 4), new Uint8Array(997)]);
    assertEquals((await client.post(large, type)).status, 413);
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(100));
      },
    });
    assertEquals((await client.post(endless, type)).status, 413);
    assert(pulled < 20, `${pulled}`);
    assertEquals(rig.conn.readyState, "open");
    const fitting = joinBytes([Uint8Array.of(1, 9, 9, 4, 255, 4), new Uint8Array(993)]);
    assertEquals((await client.post(fitting, type)).status, 200);
  }));

Deno.test("closing tells an old client that polls", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    const poll = client.get();
    rig.conn.close();
    assertEquals(await (await poll).text(), "1:1");
    assertEquals(rig.reason, "forced close");
  }));

Deno.test("an old client that closes has its poll ended", () =>
  withEngine(OPTIONS, async (rig) => {
    const client = await poller(rig);
    const poll = client.get();
    await client.send("1");
    assertEquals(await (await poll).text(), "1:6");
    assertEquals(rig.reason, "transport close");
  }));
