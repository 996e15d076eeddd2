/** Bodies, polls and their ends. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { requestBytes, sendAndReset } from "../kit/tcp.ts";
import { assertLinear, attacks, MEGABYTE, type Target } from "./attack.ts";
import { handshake, many, pathTo, post, requestLines } from "./polling.ts";

const { attack } = attacks();

attack("polling: a body that is declared too large is refused before it is sent", async (t) => {
  for (const [base, length] of [["/small", 100_001], ["/socket.io", 10 ** 15]] as const) {
    const tcp = await t.tcp();
    const path = pathTo(base, await handshake(tcp, base));
    const lines = requestLines("POST", path, `Content-Length: ${length}`);
    assertEquals((await tcp.ask(lines)).status, 413);
  }
});

attack("polling: a body without length is refused where it becomes too large", async (t) => {
  const tcp = await t.tcp();
  const path = pathTo("/small", await handshake(tcp, "/small"));
  const rss = await t.rss();
  await tcp.send(requestLines("POST", path, "Transfer-Encoding: chunked"));
  const chunk = new TextEncoder().encode(`10000\r\n${"6".repeat(0x10000)}\r\n`);
  for (let n = 0; n < 1_000 && await tcp.write(chunk); n++);
  const answer = await tcp.until((it) => it.includes("\r\n\r\n"));
  // workerd resets the connection, which may be faster than the answer.
  assertMatch(answer, t.onWorkerd ? /^HTTP\/1.1 413 |^$/ : /^HTTP\/1.1 413 /);
  const rise = await t.growth(rss, 64 * MEGABYTE);
  assert(rise < 64 * MEGABYTE, `${rise} bytes more`);
});

attack("polling: what a body holds is counted in bytes, not in characters", async (t) => {
  const tcp = await t.tcp();
  const path = pathTo("/small", await handshake(tcp, "/small"));
  const body = new TextEncoder().encode(`4${"€".repeat(33_334)}`);
  assertEquals((await post(tcp, path, body)).status, 413);
  const other = await t.tcp();
  await other.send(requestLines("POST", path, "Transfer-Encoding: chunked"));
  await other.write(`${body.length.toString(16)}\r\n`);
  await other.write(body);
  await other.write("\r\n0\r\n\r\n");
  assertEquals((await other.answer()).status, 413);
});

for (
  const [name, base, eio, unit] of [
    ["separators", "/socket.io", "4", "\x1e"],
    ["packets of one byte", "/socket.io", "4", "6\x1e"],
    ["empty messages", "/socket.io", "4", "4\x1e"],
    ["packets of Engine.IO 3", "/old", "3", "1:6"],
    ["digits of a length", "/old", "3", "9"],
    ["base64 without meaning", "/socket.io", "4", "b"],
  ] as const
) {
  attack(`polling: a body of nothing but ${name} costs no more than its length`, async (t) => {
    const cost = async (length: number): Promise<number> => {
      const body = unit.repeat(Math.floor(length / unit.length));
      const tcp = await t.tcp();
      return await t.cpuOf(async () => {
        for (let n = 0; n < 3; n++) {
          const answer = await post(tcp, pathTo(base, await handshake(tcp, base, eio), eio), body);
          assert(answer.status === 200 || answer.status === 400, `${answer.status}`);
        }
      });
    };
    await cost(90_000);
    assertLinear(await cost(90_000), await cost(900_000));
  });
}

attack("polling: two thousand bodies of octets are answered, and nothing stays open", async (t) => {
  await many(2_000, () => t.tcp(), async (tcp) => {
    const path = pathTo("/quiet", await handshake(tcp, "/quiet"));
    const answer = await post(
      tcp,
      path,
      Uint8Array.of(1, 2, 3),
      "Content-Type: application/octet-stream",
    );
    assertEquals(answer.status, 400);
  });
  assertEquals((await t.state()).sessions["/quiet"], undefined);
});

attack("polling: every method and type of content is answered", async (t) => {
  const types = [
    "",
    "text/html",
    "application/json",
    "multipart/form-data",
    "x",
    "\x7f/;;=",
    "a".repeat(4_000),
  ];
  const methods = ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "PROPFIND"];
  for (const sid of [undefined, "unknown", "own"]) {
    const tcp = await t.tcp();
    const path = pathTo("/brisk", sid === "own" ? await handshake(tcp, "/brisk") : sid);
    for (const method of methods) {
      const connection = await t.tcp();
      await connection.send(requestLines(method, path, "Content-Length: 2"), "40");
      const text = await connection.until((it) => it.includes("\r\n\r\n"));
      const [status] = /(?<=^HTTP\/1.1 )\d+/.exec(text) ?? [];
      assert(Number(status) >= 400 || method === "OPTIONS", `${method} ${sid}: ${text}`);
    }
    for (const type of types) {
      const answer = await post(await t.tcp(), path, "6", `Content-Type: ${type}`);
      const expected = sid === "own" ? [200, 400] : [400];
      assert(expected.includes(answer.status), `${JSON.stringify(type)}: ${answer.status}`);
    }
  }
  await t.sessions("/brisk", 0);
});

attack("polling: a body that never ends is given up with its session", async (t) => {
  const started = [];
  for (let n = 0; n < 50; n++) {
    const tcp = await t.tcp();
    const path = pathTo("/brisk", await handshake(tcp, "/brisk"));
    const kind = n % 2 === 0 ? "Content-Length: 1000" : "Transfer-Encoding: chunked";
    await tcp.send(requestLines("POST", path, kind), n % 2 === 0 ? "6" : "1\r\n6\r\n");
    started.push(tcp);
  }
  await t.sessions("/brisk", 0);
  for (const tcp of started) assertEquals((await tcp.answer()).status, 400);
});

attack("polling: the body of a request for no session is not waited for", async (t) => {
  for (const sid of ["unknown", "__proto__", "%00"]) {
    const tcp = await t.tcp();
    const lines = requestLines("POST", pathTo("/socket.io", sid), "Content-Length: 999999");
    const { status, body } = await tcp.ask(lines);
    assertEquals([status, JSON.parse(body).code], [400, 1]);
  }
});

attack("polling: bodies that are cut off leave no session behind", async (t) => {
  const tcp = await t.tcp();
  for (let n = 0; n < 100; n++) {
    const path = pathTo("/brisk", await handshake(tcp, "/brisk"));
    const lines = requestLines("POST", path, "Content-Length: 100000");
    await sendAndReset(t.url, requestBytes(lines, "6".repeat(n * 10)), n % 3);
  }
  await t.sessions("/brisk", 0);
});

attack("polling: polls that are cut off at any time leave no session behind", async (t) => {
  const tcp = await t.tcp();
  const cuts: Promise<void>[] = [];
  for (let n = 0; n < 60; n++) {
    const path = pathTo("/brisk", await handshake(tcp, "/brisk"));
    const lines = requestLines("GET", path, "Accept-Encoding: gzip");
    // While it is a promise, and while it is a stream.
    cuts.push(sendAndReset(t.url, requestBytes(lines), n * 3));
  }
  await Promise.all(cuts);
  await t.sessions("/brisk", 0);
});

attack(
  "polling: large answers that are cut off in the middle end their session, and it drains",
  async (t) => {
    for (let n = 0; n < 20; n++) {
      const tcp = await t.tcp();
      const path = pathTo("/mortal", await handshake(tcp, "/mortal"));
      const text = "x".repeat(900_000);
      assertEquals((await post(tcp, path, "40")).status, 200);
      assertEquals((await post(tcp, path, `42["echo","${text}"]`)).status, 200);
      const lines = requestLines("GET", path, ...(n % 2 === 0 ? ["Accept-Encoding: gzip"] : []));
      await sendAndReset(t.url, requestBytes(lines), n % 4);
    }
    await t.sessions("/mortal", 0);
  },
);

attack(
  "polling: a second poll, or body, at a time ends the session and both requests",
  async (t) => {
    // workerd does not tell of a poll that was given up: there, the second one takes the place of the first.
    if (t.onWorkerd) await replacePoll(t);
    for (const method of t.onWorkerd ? ["POST"] : ["GET", "POST"]) {
      const [one, other] = [await t.tcp(), await t.tcp()];
      const path = pathTo("/quiet", await handshake(one, "/quiet"));
      const lines = requestLines(method, path, ...(method === "GET" ? [] : ["Content-Length: 5"]));
      await one.send(lines);
      await arrival(t);
      assertEquals((await other.ask(lines)).status, 400);
      await one.until((it) => it.includes("\r\n\r\n"));
      assertEquals((await t.state()).sessions["/quiet"], undefined);
    }
  },
);

attack("polling: five thousand sessions that nobody goes on with are forgotten", async (t) => {
  await many(5_000, () => t.tcp(), async (tcp, n) => {
    const path = pathTo("/brisk", await handshake(tcp, "/brisk"));
    // Abandoned before, while and after joining.
    if (n % 3 > 0) await post(tcp, path, "40");
    if (n % 3 > 1) await tcp.ask(requestLines("GET", path));
  });
  await t.sessions("/brisk", 0);
});

async function replacePoll(t: Target): Promise<void> {
  const [one, other, writer] = [await t.tcp(), await t.tcp(), await t.tcp()];
  const path = pathTo("/quiet", await handshake(one, "/quiet"));
  await one.send(requestLines("GET", path));
  await arrival(t);
  await other.send(requestLines("GET", path));
  assertEquals((await one.answer()).body, "6");
  assertEquals((await post(writer, path, "40")).status, 200);
  assertMatch((await other.answer()).body, /^40\{/);
  assertEquals((await post(writer, path, "1")).status, 200);
}

/** Lets what was sent arrive. */
async function arrival(t: Target): Promise<void> {
  await t.state();
  await t.state();
}
