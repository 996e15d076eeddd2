import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Server } from "../../src/engine/mod.ts";
import { type EngineRig, type PollingClient, withEngine } from "../kit/memory_client.ts";

const LONG = "hello ".repeat(1000);
/** After this many milliseconds, a poll that waits has become a stream. */
const LONG_WAIT = 100;

interface Answer {
  encoding: string | null;
  type: string | null;
  bytes: Uint8Array;
  text: string;
}

function get(rig: EngineRig, client: PollingClient, accept: string | undefined): Promise<Response> {
  const headers: HeadersInit = accept === undefined ? {} : { "accept-encoding": accept };
  return rig.engine.fetch(new Request(client.url, { headers }), rig.runtime);
}

async function read(response: Response): Promise<Answer> {
  const encoding = response.headers.get("content-encoding");
  const bytes = await response.bytes();
  const plain = encoding === null ? bytes : await new Response(
    new Blob([bytes]).stream().pipeThrough(new DecompressionStream(encoding as "gzip")),
  ).bytes();
  const text = new TextDecoder().decode(plain);
  return { encoding, type: response.headers.get("content-type"), bytes, text };
}

async function answer(rig: EngineRig, client: PollingClient, accept?: string): Promise<Answer> {
  return await read(await get(rig, client, accept));
}

/** The answer to a poll that had to wait for its message. */
async function lateAnswer(
  rig: EngineRig,
  client: PollingClient,
  accept: string,
  send: () => void,
): Promise<Answer> {
  const response = get(rig, client, accept);
  await rig.settle();
  await rig.time.tickAsync(LONG_WAIT);
  send();
  return await read(await response);
}

Deno.test("an answer is compressed for a client that reads that, by default from 1024 bytes on", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const cases: [accept: string | undefined, encoding: string | null][] = [
      ["gzip, deflate, br", "gzip"],
      ["deflate", "deflate"],
      ["br", null],
      ["gzip;q=0", null],
      [undefined, null],
    ];
    for (const [accept, encoding] of cases) {
      rig.conn.send(LONG);
      const it = await answer(rig, client, accept);
      assertEquals([it.encoding, it.type], [encoding, "text/plain; charset=UTF-8"], accept);
      assertEquals(it.text, "4" + LONG);
      assertEquals(it.bytes.length < 200, encoding !== null);
    }
    for (const [length, encoding] of [[1022, null], [1023, "gzip"]] as const) {
      rig.conn.send("a".repeat(length));
      assertEquals((await answer(rig, client, "gzip")).encoding, encoding);
    }
    rig.conn.send("\u20ac".repeat(341));
    assertEquals((await answer(rig, client, "gzip")).encoding, "gzip", "bytes are what counts");
  }));

Deno.test("an answer is compressed from httpCompression.threshold bytes on", () =>
  withEngine({ httpCompression: { threshold: 10 } }, async (rig) => {
    const client = await rig.poller();
    rig.conn.send("a".repeat(8));
    assertEquals((await answer(rig, client, "gzip")).encoding, null);
    rig.conn.send("a".repeat(9));
    assertEquals((await answer(rig, client, "gzip")).encoding, "gzip");
  }));

Deno.test("no answer is compressed if httpCompression is false", () =>
  withEngine({ httpCompression: false }, async (rig) => {
    const client = await rig.poller();
    rig.conn.send(LONG);
    assertEquals((await answer(rig, client, "gzip")).encoding, null);
    const late = await lateAnswer(rig, client, "gzip", () => void rig.conn.send(LONG));
    assertEquals([late.encoding, late.text], [null, "4" + LONG]);
  }));

Deno.test("an answer is not compressed if none of its messages asks for it", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    rig.conn.send(LONG, { compress: false });
    assertEquals((await answer(rig, client, "gzip")).encoding, null);
    rig.conn.send(LONG, { compress: false });
    rig.conn.send("a");
    assertEquals((await answer(rig, client, "gzip")).encoding, "gzip");
  }));

Deno.test("an answer that came late is compressed, or stored as gzip if it is short", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const long = await lateAnswer(rig, client, "gzip", () => void rig.conn.send(LONG));
    assertEquals([long.encoding, long.text], ["gzip", "4" + LONG]);
    assert(long.bytes.length < 200);
    const short = await lateAnswer(rig, client, "gzip", () => void rig.conn.send("a"));
    assertEquals([short.encoding, short.text, short.bytes.length], ["gzip", "4a", 25]);
    const withheld = await lateAnswer(rig, client, "gzip", () => {
      rig.conn.send(LONG, { compress: false });
    });
    assertEquals([withheld.encoding, withheld.text], ["gzip", "4" + LONG]);
    assert(withheld.bytes.length > LONG.length, "what asks for it is not compressed");
    const plain = await lateAnswer(rig, client, "deflate", () => void rig.conn.send(LONG));
    assertEquals([plain.encoding, plain.text], [null, "4" + LONG]);
  }));

Deno.test("a client that goes while its answer is compressed has lost its connection", () =>
  withEngine({}, async (rig) => {
    const client = await rig.poller();
    const pending = get(rig, client, "gzip");
    await rig.settle();
    await rig.time.tickAsync(LONG_WAIT);
    const response = await pending;
    rig.conn.send(LONG);
    await Promise.resolve();
    await response.body!.cancel();
    assertEquals(rig.reason, "transport error");
  }));

/** Compressors that fail as soon as there is something to compress. */
function breakCompressors(failure: Error): Disposable {
  const original = globalThis.CompressionStream;
  globalThis.CompressionStream = class extends original {
    override get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
      return new ReadableStream({ start: (controller) => controller.error(failure) });
    }
  };
  return { [Symbol.dispose]: () => void (globalThis.CompressionStream = original) };
}

Deno.test("an answer that came late fails, and its session ends, if it cannot be compressed", () =>
  withEngine({}, async (rig) => {
    const failure = new Error("no memory");
    using _broken = breakCompressors(failure);
    const client = await rig.poller();
    const late = lateAnswer(rig, client, "gzip", () => void rig.conn.send(LONG));
    await assertRejects(() => late, Error, "no memory");
    assertEquals([rig.reason, rig.faults.splice(0)], ["transport error", [failure]]);
  }));

Deno.test("an answer that cannot be compressed is a 500, and ends its session", () =>
  withEngine({}, async (rig) => {
    const failure = new Error("no memory");
    using _broken = breakCompressors(failure);
    const client = await rig.poller();
    rig.conn.send(LONG);
    const response = await get(rig, client, "gzip");
    assertEquals([response.status, await response.text()], [500, "Internal Server Error"]);
    assertEquals([rig.reason, rig.faults.splice(0)], ["transport error", [failure]]);
  }));

Deno.test("a handshake is compressed if the packet that comes with it is long", () =>
  withEngine({ initialPacket: LONG }, async (rig) => {
    const headers = { "accept-encoding": "gzip" };
    const it = await read(await rig.request("?EIO=4&transport=polling", { headers }));
    assertEquals(it.encoding, "gzip");
    assertEquals(it.text.split("\x1e")[1], "4" + LONG);
  }));

for (const name of ["httpCompression", "perMessageDeflate"] as const) {
  Deno.test(`Server takes ${name} as true, false or an object`, () => {
    assertEquals(new Server({ [name]: true }).opts[name], { threshold: 1024 });
    assertEquals(new Server({ [name]: {} }).opts[name], { threshold: 1024 });
    assertEquals(new Server({ [name]: { threshold: 0 } }).opts[name], { threshold: 0 });
    assertEquals(new Server({ [name]: false }).opts[name], undefined);
  });

  Deno.test(`Server throws, given a threshold of ${name} that is no size`, () => {
    for (const threshold of [-1, 1.5, NaN, "1024"] as number[]) {
      const make = () => new Server({ [name]: { threshold } });
      assertThrows(make, RangeError, `${name}.threshold must be an integer from 0`);
    }
  });
}
