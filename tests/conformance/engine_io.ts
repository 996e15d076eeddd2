/** Every rule of the Engine.IO 4 protocol, seen from outside. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { exchange, RawClient } from "../kit/raw_client.ts";
import type { ConformanceTest } from "./run.ts";

const refusal = (code: number, message: string) => JSON.stringify({ code, message });

/** Of the servers whose heartbeat is felt, in milliseconds. */
const INTERVAL = 300;

/** Registers the tests. */
export function engineConformance(test: ConformanceTest): void {
  const client = (url: string) => new RawClient(`${url}/engine.io/`);
  /** Of the server whose heartbeat is felt. */
  const brisk = (url: string) => new RawClient(`${url}/brisk/`);
  /** Of the one that waits for a slow machine. */
  const steady = (url: string) => new RawClient(`${url}/steady/`);

  /** Waits until the poll of a session has arrived. */
  async function pollArrives(url: string, sid: string): Promise<void> {
    const { socket } = await client(url).session();
    do socket.send(`4does ${sid} wait?`); while (await socket.nextPacket() !== "4true");
    await socket.close();
  }

  // Handshake

  test("polling handshake: answers an open packet", async (url) => {
    const response = await client(url).request("EIO=4&transport=polling");
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "text/plain; charset=UTF-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    const text = await response.text();
    assertEquals(text[0], "0");
    const { sid, ...rest } = JSON.parse(text.slice(1));
    assertMatch(sid, /^[\w-]{20}$/);
    assertEquals(rest, {
      upgrades: ["websocket"],
      pingInterval: 25_000,
      pingTimeout: 20_000,
      maxPayload: 1_000_000,
    });
  });

  test("polling handshake: works without a slash at the end, and with a cache buster", async (url) => {
    const response = await fetch(`${url}/engine.io?EIO=4&transport=polling&t=abc`);
    assertEquals([response.status, (await response.text())[0]], [200, "0"]);
  });

  test("websocket handshake: sends an open packet without upgrades", async (url) => {
    const { handshake, socket } = await client(url).session();
    assertMatch(handshake.sid, /^[\w-]{20}$/);
    assertEquals(handshake.upgrades, []);
    assertEquals([handshake.pingInterval, handshake.pingTimeout], [25_000, 20_000]);
    await socket.close();
  });

  const refused: [why: string, query: string, method: string, code: number, message: string][] = [
    ["no transport", "EIO=4", "GET", 0, "Transport unknown"],
    ["an unknown transport", "EIO=4&transport=abc", "GET", 0, "Transport unknown"],
    ["a transport named __proto__", "EIO=4&transport=__proto__", "GET", 0, "Transport unknown"],
    ["a transport named constructor", "EIO=4&transport=constructor", "GET", 0, "Transport unknown"],
    ["an unknown sid", "EIO=4&transport=polling&sid=abc", "GET", 1, "Session ID unknown"],
    [
      "a sid named __proto__",
      "EIO=4&transport=polling&sid=__proto__",
      "POST",
      1,
      "Session ID unknown",
    ],
    ["a POST", "EIO=4&transport=polling", "POST", 2, "Bad handshake method"],
    ["a PUT", "EIO=4&transport=polling", "PUT", 2, "Bad handshake method"],
    ["an OPTIONS", "EIO=4&transport=polling", "OPTIONS", 2, "Bad handshake method"],
    ["websocket without upgrade", "EIO=4&transport=websocket", "GET", 3, "Bad request"],
    ["no protocol version", "transport=polling", "GET", 5, "Unsupported protocol version"],
    ["protocol version abc", "EIO=abc&transport=polling", "GET", 5, "Unsupported protocol version"],
    ["protocol version 3", "EIO=3&transport=polling", "GET", 5, "Unsupported protocol version"],
  ];
  for (const [why, query, method, code, message] of refused) {
    test(`handshake: ${why} is refused with code ${code}`, async (url) => {
      const response = await client(url).request(query, { method });
      assertEquals(response.status, 400);
      assertEquals(response.headers.get("content-type"), "application/json");
      assertEquals(await response.text(), refusal(code, message));
    });
  }

  for (
    const query of [
      "EIO=4",
      "EIO=4&transport=abc",
      "transport=websocket",
      "EIO=3&transport=websocket",
    ]
  ) {
    test(`websocket handshake: ${query} is refused`, async (url) => {
      await assertRejects(() => client(url).socket(undefined, query), Error, "refused");
    });
  }

  const badUpgrades: [why: string, lines: string][] = [
    [
      "transport=polling",
      "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ],
    [
      "version 8",
      "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\nSec-WebSocket-Version: 8\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ],
    ["no key", "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\nSec-WebSocket-Version: 13"],
    [
      "a short key",
      "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAA",
    ],
    [
      "a POST",
      "POST /engine.io/?EIO=4&transport=websocket HTTP/1.1\nContent-Length: 0\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ],
  ];
  for (const [why, lines] of badUpgrades) {
    test(`websocket handshake: an upgrade with ${why} is refused`, async (url) => {
      const request = `${lines}\nHost: x\nConnection: Upgrade\nUpgrade: websocket\n\n`;
      const answer = await exchange(url, request, (text) => text.includes("\r\n\r\n"));
      assertMatch(answer, /^HTTP\/1\.1 4\d\d /);
    });
  }

  test("an offer of another protocol is no upgrade", async (url) => {
    const request =
      "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\nHost: x\nConnection: Upgrade\nUpgrade: h2c\n\n";
    const answer = await exchange(url, request, (text) => text.includes("maxPayload"));
    assertMatch(answer, /^HTTP\/1\.1 200 /);
  });

  test("an empty Host is answered", async (url) => {
    for (const path of ["/engine.io/?EIO=4&transport=polling", "/elsewhere"]) {
      const answer = await exchange(
        url,
        `GET ${path} HTTP/1.1\nHost: \n\n`,
        (text) => text.includes("\r\n\r\n"),
      );
      assertMatch(answer, path === "/elsewhere" ? /^HTTP\/1\.1 404 / : /^HTTP\/1\.1 200 /);
    }
  });

  test("other paths are not found", async (url) => {
    for (const path of ["/", "/engine.iox", "/other/engine.io/"]) {
      const response = await fetch(`${url}${path}?EIO=4&transport=polling`);
      await response.body?.cancel();
      assertEquals(response.status, 404, path);
    }
  });

  // Polling

  test("polling: messages come back", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const response = await raw.post(sid, "4hello");
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "text/html");
    assertEquals(await response.text(), "ok");
    assertEquals(await raw.poll(sid), "4hello");
  });

  test("polling: a GET waits for a message, and its answer has the same headers", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const waiting = raw.get(sid);
    await pollArrives(url, sid);
    await raw.push(sid, "4late");
    const response = await waiting;
    assertEquals(response.headers.get("content-type"), "text/plain; charset=UTF-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertEquals(await response.text(), "4late");
  });

  test("polling: a payload holds several packets", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    await raw.push(sid, "4one\x1e4two\x1e4three");
    assertEquals(await raw.poll(sid), "4one\x1e4two\x1e4three");
  });

  test("polling: text of all kinds comes back as it was", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const text = "4€ 🦕 \u2028\u2029 é \u0000 \ufeff";
    await raw.push(sid, text);
    assertEquals(await raw.poll(sid), text);
  });

  test("polling: binary is base64 behind a b", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    await raw.push(sid, "4hello\x1ebAQIDBA==");
    assertEquals(await raw.poll(sid), "4hello\x1ebAQIDBA==");
  });

  for (const body of ["abc", "", "7", "4ok\x1ez", "b*"]) {
    test(`polling: ${JSON.stringify(body)} is no payload and closes`, async (url) => {
      const raw = client(url);
      const { sid } = await raw.handshake();
      const response = await raw.post(sid, body);
      await response.body?.cancel();
      assertEquals(response.status, 400);
      assert(!await raw.knows(sid));
    });
  }

  test("polling: a ping from the client closes", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    await (await raw.post(sid, "2")).body?.cancel();
    assert(!await raw.knows(sid));
  });

  test("polling: two GETs at a time close", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const first = raw.get(sid);
    await pollArrives(url, sid);
    const second = await raw.get(sid);
    await second.body?.cancel();
    assertEquals(second.status, 400);
    assertEquals(await (await first).text(), "1");
    assert(!await raw.knows(sid));
  });

  test("polling: two POSTs at a time close", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode("4half"));
        await promise;
        controller.close();
      },
    });
    const first = raw.post(sid, body);
    // Those that overtake it are taken.
    let second: Response | undefined;
    do {
      await second?.body?.cancel();
      second = await raw.post(sid, "6");
    } while (second.ok);
    await second.body?.cancel();
    assertEquals(second.status, 400);
    resolve();
    const { status, body: rest } = await first;
    await rest?.cancel();
    assertEquals(status, 400);
    assert(!await raw.knows(sid));
  });

  test("polling: a close packet ends the session and a waiting GET", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const waiting = raw.poll(sid);
    await pollArrives(url, sid);
    await raw.push(sid, "1");
    assertEquals(await waiting, "6");
    assert(!await raw.knows(sid));
  });

  for (const method of ["PUT", "DELETE", "PATCH"]) {
    test(`polling: a ${method} is refused and changes nothing`, async (url) => {
      const raw = client(url);
      const { sid } = await raw.handshake();
      const response = await raw.request(`EIO=4&transport=polling&sid=${sid}`, { method });
      await response.body?.cancel();
      assertEquals(response.status, 400);
      assert(await raw.knows(sid));
    });
  }

  test("polling: a binary body is refused and closes", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const headers = { "content-type": "application/octet-stream" };
    const response = await raw.post(sid, new Uint8Array([0, 4, 255]), headers);
    await response.body?.cancel();
    assertEquals(response.status, 400);
    assert(!await raw.knows(sid));
  });

  test("polling: a body as large as allowed is taken", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const text = "4" + "x".repeat(999_999);
    await raw.push(sid, text);
    assertEquals(await raw.poll(sid), text);
  });

  test("polling: a declared length above the limit is 413 before the body is read", async (url) => {
    const { sid } = await client(url).handshake();
    const request =
      `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\nHost: x\nContent-Length: 1000001\n\n4`;
    const answer = await exchange(url, request, (text) => text.includes("\r\n\r\n"));
    assertMatch(answer, /^HTTP\/1\.1 413 /);
  });

  test("polling: a body without a length is 413 once it is too large, counted in bytes", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        // Three bytes each, so that UTF-16 units would not reach the limit.
        controller.enqueue(new TextEncoder().encode("€".repeat(20_000)));
        if (++sent === 20) controller.close();
      },
    });
    const response = await raw.post(sid, body);
    await response.body?.cancel();
    assertEquals(response.status, 413);
  });

  test("polling: a change of the protocol version is refused", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    for (const version of ["EIO=3&", "", "EIO=4.0&", "EIO=04&", "EIO=4&EIO=3&"]) {
      for (const method of ["GET", "POST"]) {
        const response = await raw.request(`${version}transport=polling&sid=${sid}`, { method });
        assertEquals([response.status, await response.text()], [400, refusal(3, "Bad request")]);
      }
    }
    assert(await raw.knows(sid));
  });

  test("polling: a request with transport=websocket is refused", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const response = await raw.request(`EIO=4&transport=websocket&sid=${sid}`);
    assertEquals([response.status, await response.text()], [400, refusal(3, "Bad request")]);
    assert(await raw.knows(sid));
  });

  // WebSocket

  test("websocket: text and binary come back as frames", async (url) => {
    const { socket } = await client(url).session();
    socket.send("4hello");
    assertEquals(await socket.nextPacket(), "4hello");
    socket.send(new Uint8Array([1, 2, 3, 4]));
    assertEquals(await socket.nextPacket(), new Uint8Array([1, 2, 3, 4]));
    await socket.close();
  });

  test("websocket: a client that takes text only gets base64", async (url) => {
    const socket = await client(url).socket(undefined, "EIO=4&transport=websocket&b64=1");
    await socket.next();
    socket.send("bAQIDBA==");
    assertEquals(await socket.nextPacket(), "bAQIDBA==");
    await socket.close();
  });

  for (const frame of ["abc", "", "7", "2"]) {
    test(`websocket: ${JSON.stringify(frame)} closes`, async (url) => {
      const { socket } = await client(url).session();
      socket.send(frame);
      await socket.end();
    });
  }

  test("websocket: a message above the limit closes with 1009", async (url) => {
    const { socket } = await client(url).session();
    socket.send("4" + "x".repeat(1_000_000));
    assertEquals((await socket.end()).code, 1009);
  });

  test("websocket: the end of the connection ends the session", async (url) => {
    const raw = client(url);
    const { handshake, socket } = await raw.session();
    await socket.close();
    const response = await raw.request(`EIO=4&transport=websocket&sid=${handshake.sid}`);
    assertEquals(await response.text(), refusal(1, "Session ID unknown"));
  });

  test("websocket: requests over polling are refused", async (url) => {
    const raw = client(url);
    const { handshake: { sid }, socket } = await raw.session();
    const response = await raw.get(sid);
    assertEquals([response.status, await response.text()], [400, refusal(3, "Bad request")]);
    socket.send("4still here");
    assertEquals(await socket.nextPacket(), "4still here");
    await socket.close();
  });

  // Heartbeat

  test("heartbeat: the server pings over polling, and goes on after a pong", async (url) => {
    const raw = steady(url);
    const { sid } = await raw.handshake();
    for (let i = 0; i < 3; i++) {
      assertEquals(await raw.poll(sid), "2");
      await raw.push(sid, "3");
    }
  });

  test("heartbeat: a polling client without a pong is dropped", async (url) => {
    const raw = brisk(url);
    const { sid } = await raw.handshake();
    assertEquals(await raw.poll(sid), "2");
    assertEquals(await raw.poll(sid), "1");
    assert(!await raw.knows(sid));
  });

  test("heartbeat: a polling client that never polls is dropped", async (url) => {
    const raw = brisk(url);
    const { sid } = await raw.handshake();
    do await new Promise((resolve) => setTimeout(resolve, 50)); while (await raw.knows(sid));
  });

  test("heartbeat: the server pings over WebSocket, and goes on after a pong", async (url) => {
    const { socket } = await steady(url).session();
    for (let i = 0; i < 3; i++) {
      assertEquals(await socket.next(), "2");
      socket.send("3");
    }
    await socket.close();
  });

  test("heartbeat: a WebSocket client without a pong is dropped", async (url) => {
    const { socket } = await brisk(url).session();
    assertEquals(await socket.next(), "2");
    await socket.end();
  });

  test("heartbeat: pongs that nobody asked for bring no more pings", async (url) => {
    const start = performance.now();
    const { socket } = await steady(url).session();
    let pings = 0;
    const read = async (last: string): Promise<void> => {
      let frame: unknown;
      do {
        frame = await socket.next();
        if (frame === "2") pings++;
      } while (frame !== last);
    };
    for (let i = 0; i < 200; i++) socket.send("3");
    socket.send("4after");
    await read("4after");
    while (pings === 0) await read("2");
    for (let i = 0; i < 200; i++) socket.send("3");
    socket.send("4once");
    await read("4once");
    const due = (performance.now() - start) / INTERVAL;
    assert(pings <= due, `${pings} pings, and ${due} were due`);
    await socket.close();
  });

  // Upgrade

  test("upgrade: probe, noop, upgrade, and messages over the WebSocket", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const waiting = raw.poll(sid);
    const socket = await raw.socket(sid);
    socket.send("2probe");
    assertEquals(await socket.next(), "3probe");
    assertEquals(await waiting, "6");
    socket.send("5");
    socket.send("4hello");
    assertEquals(await socket.nextPacket(), "4hello");
    const response = await raw.get(sid);
    assertEquals([response.status, await response.text()], [400, refusal(3, "Bad request")]);
    await socket.close();
  });

  test("upgrade: a GET that comes after the probe is ended as well", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const socket = await raw.socket(sid);
    socket.send("2probe");
    assertEquals(await socket.next(), "3probe");
    assertEquals(await raw.poll(sid), "6");
    await socket.close();
  });

  test("upgrade: messages that were sent meanwhile come first", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const socket = await raw.socket(sid);
    socket.send("2probe");
    assertEquals(await socket.next(), "3probe");
    await raw.push(sid, "4one\x1e4two");
    socket.send("5");
    socket.send("4three");
    const frames = [];
    while (frames.length < 3) frames.push(await socket.nextPacket());
    assertEquals(frames, ["4one", "4two", "4three"]);
    await socket.close();
  });

  test("upgrade: polling goes on while the probe is under way", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const socket = await raw.socket(sid);
    await raw.push(sid, "4over polling");
    assertEquals(await raw.poll(sid), "4over polling");
    await socket.close();
  });

  test("upgrade: a trial that is given up can be made again", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    for (let i = 0; i < 5; i++) {
      const trial = await raw.socket(sid);
      trial.send("2probe");
      assertEquals(await trial.next(), "3probe");
      await trial.close();
    }
    const socket = await raw.socket(sid);
    socket.send("2probe");
    assertEquals(await socket.next(), "3probe");
    socket.send("5");
    socket.send("4there");
    assertEquals(await socket.nextPacket(), "4there");
    await socket.close();
  });

  test("upgrade: a second trial beside the first is refused", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const socket = await raw.socket(sid);
    await assertRejects(() => raw.socket(sid), Error, "refused");
    socket.send("2probe");
    assertEquals(await socket.next(), "3probe");
    await socket.close();
  });

  test("upgrade: a second WebSocket after it is refused", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    const socket = await raw.socket(sid);
    socket.send("2probe");
    assertEquals(await socket.next(), "3probe");
    socket.send("5");
    await assertRejects(() => raw.socket(sid), Error, "refused");
    socket.send("4still here");
    assertEquals(await socket.nextPacket(), "4still here");
    await socket.close();
  });

  for (const frame of ["4hello", "2", "abc", "1"]) {
    test(`upgrade: ${JSON.stringify(frame)} instead of a probe ends the trial, not the session`, async (url) => {
      const raw = client(url);
      const { sid } = await raw.handshake();
      const socket = await raw.socket(sid);
      socket.send(frame);
      await socket.end();
      assert(await raw.knows(sid));
    });
  }

  test("upgrade: another protocol version is refused", async (url) => {
    const raw = client(url);
    const { sid } = await raw.handshake();
    await assertRejects(() => raw.socket(sid, "EIO=3&transport=websocket"), Error, "refused");
    assert(await raw.knows(sid));
  });

  test("upgrade: an unknown sid is refused", async (url) => {
    await assertRejects(() => client(url).socket("abc"), Error, "refused");
  });
}
