/** Origins, paths, hosts, lengths and files. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { RawAnswer } from "../kit/tcp.ts";
import { requestBytes, webSocketLines } from "../kit/tcp.ts";
import { assertLinear, attacks, type Target } from "./attack.ts";
import { handshake, pathTo, post, requestLines } from "./polling.ts";

const { attack } = attacks();

const EVIL = "Origin: http://evil.example";

attack("origins: with a list, no transport takes a page that is not on it", async (t) => {
  const own = await (await t.tcp()).ask(
    requestLines("GET", pathTo("/listed"), "Origin: http://app.example"),
  );
  assertEquals(own.status, 200);
  const sid = JSON.parse(own.body.slice(1)).sid;
  for (
    const origin of [
      "http://evil.example",
      "null",
      "http://app.example.evil.example",
      "http://evil.example/http://app.example",
      "HTTP://APP.EXAMPLE:80",
      "http://app.example,http://evil.example",
      " ",
    ]
  ) {
    const header = `Origin: ${origin}`;
    for (
      const lines of [
        requestLines("GET", pathTo("/listed"), header),
        webSocketLines("/listed/?EIO=4&transport=websocket", header),
        webSocketLines(`/listed/?EIO=4&transport=websocket&sid=${sid}`, header),
      ]
    ) {
      const { status } = await (await t.tcp()).ask(lines);
      assertEquals(status, origin === " " ? status : 403, `${origin}: ${lines[0]}`);
    }
  }
  const lines = webSocketLines("/listed/?EIO=4&transport=websocket", "Origin: http://app.example");
  assertEquals((await (await t.tcp()).ask(lines)).status, 101);
});

attack(
  "cors: nothing is reflected to an origin that is not listed, nor what it varies by",
  async (t) => {
    const tcp = await t.tcp();
    const evil = [EVIL, "Vary: x-evil", "Access-Control-Request-Method: POST"];
    for (const method of ["GET", "OPTIONS"]) {
      const answer = await tcp.ask(requestLines(method, pathTo("/shared"), ...evil));
      assertNotEquals(answer.headers.get("access-control-allow-origin"), "*");
      assertNotEquals(answer.headers.get("access-control-allow-origin"), "http://evil.example");
      assertMatch(answer.headers.get("vary") ?? "Origin", /^(Origin|Accept-Encoding)/i);
      assert(!answer.headers.get("vary")?.includes("evil"));
    }
    const listed = await tcp.ask(
      requestLines("GET", pathTo("/shared"), "Origin: http://app.example"),
    );
    assertEquals(listed.headers.get("access-control-allow-origin"), "http://app.example");
    assertEquals(listed.headers.get("access-control-allow-credentials"), "true");
    assertMatch(listed.headers.get("vary")!, /Origin/);
  },
);

for (
  const [name, lines] of [
    [
      "Access-Control-Request-Headers",
      (junk: string) =>
        requestLines(
          "OPTIONS",
          pathTo("/shared"),
          EVIL,
          `Access-Control-Request-Headers: a${junk}a`,
        ),
    ],
    [
      "Accept-Encoding",
      (junk: string) => requestLines("GET", pathTo("/shared"), `Accept-Encoding: a${junk}a`),
    ],
    [
      "Forwarded",
      (junk: string) => requestLines("GET", pathTo("/proxied"), `Forwarded: for=a${junk}a`),
    ],
    [
      "X-Forwarded-For",
      (junk: string) => requestLines("GET", pathTo("/proxied"), `X-Forwarded-For: a${junk}a`),
    ],
    [
      "Connection",
      (junk: string) =>
        webSocketLines("/shared/?EIO=4&transport=websocket", `Connection: a${junk}a`),
    ],
    [
      "Content-Type",
      (junk: string) =>
        requestLines("POST", pathTo("/shared"), "Content-Length: 0", `Content-Type: a${junk}a`),
    ],
    [
      "the query",
      (junk: string) =>
        requestLines(
          "GET",
          `${pathTo("/shared")}&${junk.replaceAll(" ", "+").replaceAll(",", "&")}`,
        ),
    ],
  ] as const
) {
  attack(
    `headers: long runs of spaces and commas in ${name} cost no more than their length`,
    async (t) => {
      const cost = (length: number) =>
        t.cpuOf(async () => {
          for (let n = 0; n < 20; n++) {
            const junk = n % 2 === 0 ? " ".repeat(length) : " ,;=".repeat(length / 4);
            const tcp = await t.tcp();
            await tcp.send(lines(junk));
            assertMatch(await tcp.until((it) => it.includes("\r\n\r\n")), /^HTTP\/1.1 [1-4]\d\d /);
            tcp.close();
          }
        });
      await cost(1_000);
      assertLinear(await cost(1_000), await cost(10_000));
    },
  );
}

attack("bodies: what is counted is what comes, whatever lengths are declared", async (t) => {
  const path = async () => pathTo("/small", await handshake(await t.tcp(), "/small"));
  // Both lengths: what comes may be cut or refused, but nothing of it is taken for more than it is.
  for (
    const [headers, body] of [
      [
        ["Content-Length: 2", "Transfer-Encoding: chunked"],
        "186a1\r\n" + "6".repeat(100_001) + "\r\n0\r\n\r\n",
      ],
      [["Transfer-Encoding: chunked", "Content-Length: 0"], "2\r\n40\r\n0\r\n\r\n"],
      [["Content-Length: 2", "Content-Length: 3"], "40x"],
      [["Content-Length: 2, 2"], "40"],
      [["Content-Length: +2"], "40"],
      [["Content-Length: 0x2"], "40"],
      [["Content-Length: -1"], "40"],
      [["Content-Length: 99999999999999999999999"], "40"],
      [["Transfer-Encoding: chunked, identity"], "2\r\n40\r\n0\r\n\r\n"],
      [["Transfer-Encoding: cHuNkEd"], "2\r\n40\r\n0\r\n\r\n"],
      [["Transfer-Encoding : chunked"], "2\r\n40\r\n0\r\n\r\n"],
      [["Transfer-Encoding: xchunked"], "2\r\n40\r\n0\r\n\r\n"],
      [["Transfer-Encoding: chunked"], "fffffffffffffffff\r\n40\r\n0\r\n\r\n"],
      [["Transfer-Encoding: chunked"], "-2\r\n40\r\n0\r\n\r\n"],
      [["Transfer-Encoding: chunked"], "2;" + "x".repeat(50_000) + "\r\n40\r\n0\r\n\r\n"],
    ] as const
  ) {
    const tcp = await t.tcp();
    await tcp.send(requestLines("POST", await path(), ...headers, "Connection: close"), body);
    const text = await tcp.until((it) => it.includes("\r\n\r\n"));
    assertMatch(text, /^HTTP\/1\.1 (200|4\d\d) |^$/, headers.join());
    tcp.close();
  }
  // What is behind a body is another request.
  const tcp = await t.tcp();
  const own = await path();
  await tcp.send(requestLines("POST", own, "Content-Length: 2"), "40GARBAGE\r\n\r\n");
  // Node refuses both.
  assertEquals((await tcp.answer()).status, t.runtime === "Node" ? 400 : 200);
  const rest = await tcp.until((it) => it.includes("\r\n\r\n"));
  assertMatch(rest, /^HTTP\/1\.1 4\d\d |^$/);
});

attack("bodies: what is left of one that was refused is no request", async (t) => {
  const sid = await handshake(await t.tcp(), "/small");
  const smuggled = new TextDecoder().decode(requestBytes(requestLines("GET", pathTo("/quiet"))));
  const body = smuggled.repeat(Math.ceil(120_000 / smuggled.length));
  for (
    const lines of [
      requestLines("POST", pathTo("/small", sid), `Content-Length: ${body.length}`),
      requestLines("POST", pathTo("/small", "unknown"), `Content-Length: ${body.length}`),
      requestLines("POST", pathTo("/refusing"), `Content-Length: ${body.length}`),
      requestLines("PUT", pathTo("/small", sid), `Content-Length: ${body.length}`),
      requestLines("GET", pathTo("/socket.io", "unknown"), `Content-Length: ${body.length}`),
    ]
  ) {
    const tcp = await t.tcp();
    await tcp.send(lines, body);
    const { status } = await tcp.answer();
    assert([400, 403, 413].includes(status), `${lines[0]}: ${status}`);
    // Either the rest is read as a body, and another request is answered, or the connection ends.
    await tcp.send(requestLines("GET", "/control-of-nothing", "Connection: close"));
    assertMatch(await tcp.end(), /^(HTTP\/1\.1 404 |$)/, lines[0]);
    assertEquals((await t.state()).sessions["/quiet"], undefined);
  }
});

const TARGETS = [
  "/fenced",
  "/fenced/",
  "//fenced/",
  "/./fenced/",
  "/x/../fenced/",
  "/x/%2e%2e/fenced/",
  "/fenced/.",
  "/fenced/..",
  "/fenced%2f",
  "/%66enced/",
  "/fenced;x/",
  "/fenced\\",
  "/\\fenced/",
  "\\fenced\\",
  "/FENCED/",
  "/fenced/%00",
  "/fenced/socket.io.js",
  "/quiet/../fenced/",
  "/fenced/../quiet/",
  "http://localhost/fenced/",
  "http://user:password@localhost/fenced/",
  "http://evil.example/fenced/",
  "/fenced/#",
  "/#/fenced/",
  "/fenced/?x",
  "?/fenced/",
  "*",
];

const HOSTS = [
  "x?",
  "x#",
  "x\\y",
  "x/y",
  "x/..",
  "x/fenced",
  "",
  "?",
  "#",
  "\\",
  "x@y",
  "@",
  "x:y",
  "[",
  "x/?",
];

// The one is guarded by what URL sees, the other by what is written, as Hono does it.
for (const base of ["/fenced", "/walled"]) {
  attack(`paths: no way of writing one gets past what stands before it, at ${base}`, async (t) => {
    const query = "?EIO=4&transport=polling";
    assertEquals((await ask(t, requestLines("GET", `${base}/${query}`))).status, 401);
    for (const target of TARGETS) {
      for (const end of [query, `#${query}`, `${query}#`, ""]) {
        const tcp = await t.tcp();
        await tcp.send(requestLines("GET", target.replaceAll("/fenced", base) + end));
        const text = await tcp.until((it) => it.includes("\r\n\r\n"));
        assertMatch(withoutFault(t, text), /^HTTP\/1\.1 (200|30\d|4\d\d) |^$/, target + end);
        tcp.close();
      }
    }
    for (const host of HOSTS) {
      for (
        const [first, , ...rest] of [
          [`GET ${base}/${query} HTTP/1.1`],
          webSocketLines(`${base}/?EIO=4&transport=websocket`),
        ]
      ) {
        const tcp = await t.tcp();
        await tcp.send([first!, `Host: ${host}`, ...rest]);
        const text = await tcp.until((it) => it.includes("\r\n\r\n"));
        assertMatch(withoutFault(t, text), /^HTTP\/1\.1 (30\d|4\d\d) |^$/, host);
        tcp.close();
      }
    }
    assertEquals((await t.state()).sessions[base], undefined);
  });
}

/** workerd cannot make a URL of some, hands them to nobody, and says that the fault is its own. */
function withoutFault({ onWorkerd }: Target, answer: string): string {
  return onWorkerd ? answer.replace(/^HTTP\/1\.1 500 [^]*/, "") : answer;
}

attack("hosts: odd ones, none, and targets of other forms are answered or refused", async (t) => {
  const target = pathTo("/quiet");
  for (
    const lines of [
      [`GET ${target} HTTP/1.1`],
      [`GET ${target} HTTP/1.0`],
      [`GET ${target} HTTP/0.9`],
      [`GET ${target} HTTP/2.0`],
      [`GET ${target}`],
      [`OPTIONS * HTTP/1.1`, "Host: x"],
      [`CONNECT localhost:80 HTTP/1.1`, "Host: x"],
      [`TRACE ${target} HTTP/1.1`, "Host: x"],
      ...[
        "",
        "a b",
        "[",
        "[::1",
        "x:99999999",
        "x:y",
        "@",
        "a/b",
        "%",
        "é",
        "\x01",
        "x".repeat(10_000),
        "?",
        "#",
        "a,b",
      ]
        .map((host) => [`GET ${target} HTTP/1.1`, `Host: ${host}`]),
      [`GET ${target} HTTP/1.1`, "Host: a", "Host: b"],
      [`GET http://[/socket.io/ HTTP/1.1`, "Host: x"],
      [`GET http:///socket.io/ HTTP/1.1`, "Host: x"],
      [`GET ftp://x/socket.io/ HTTP/1.1`, "Host: x"],
      [`GET ${target}&x=\xff\xfe HTTP/1.1`, "Host: x"],
      [`GET ${target}&x=%ff%fe%zz HTTP/1.1`, "Host: x"],
      [`GET ${target} HTTP/1.1`, "Host: x", "no colon"],
      [`GET ${target} HTTP/1.1`, "Host: x", ": no name"],
      [`GET ${target} HTTP/1.1`, "Host: x", " folded: x"],
      ["\x16\x03\x01\x02\x00\x01\x00"],
      ["PRI * HTTP/2.0", "", "SM", ""],
    ]
  ) {
    const tcp = await t.tcp();
    await tcp.send(lines);
    // For some, the server waits for more.
    await t.state();
    tcp.close();
  }
  for (const host of ["", "a b", "["]) {
    const tcp = await t.tcp();
    const [first, , ...rest] = webSocketLines("/quiet/?EIO=4&transport=websocket");
    await tcp.send([first!, `Host: ${host}`, ...rest]);
    await tcp.until((it) => it.includes("\r\n\r\n"));
    tcp.close();
  }
});

attack("files: no path but those of the bundles gives one", async (t) => {
  for (
    const name of [
      "../deno.json",
      "..%2fdeno.json",
      "%2e%2e/deno.json",
      "....//deno.json",
      "%252e%252e%252fdeno.json",
      "/etc/passwd",
      "constructor",
      "__proto__",
      "toString",
      "socket.io.js/",
      "socket.io.js%00.map",
      "socket.io.js/../../deno.json",
      "client_files/socket.io.js.gz.ts",
      "SOCKET.IO.JS",
    ]
  ) {
    const { status } = await ask(t, requestLines("GET", `/socket.io/${name}`));
    assert([400, 404].includes(status), `${name}: ${status}`);
  }
  const { status, body } = await ask(t, requestLines("GET", "/socket.io/socket.io.js"));
  assertEquals(status, 200);
  assert(body.length > 1_000);
  const head = await t.tcp();
  await head.send(requestLines("HEAD", "/socket.io/socket.io.js"));
  assertMatch(await head.until((it) => it.includes("\r\n\r\n")), /^HTTP\/1\.1 200 /);
});

attack("refusals: nothing of a request comes back in them", async (t) => {
  const script = "<script>alert(1)</script>";
  for (
    const lines of [
      requestLines("GET", `/socket.io/?EIO=4&transport=${script}`),
      requestLines("GET", `/socket.io/?EIO=${script}&transport=polling`),
      requestLines("GET", `/socket.io/?EIO=4&transport=polling&sid=${script}`),
      webSocketLines(`/socket.io/?EIO=4&transport=${script}`),
      webSocketLines(`/socket.io/?EIO=4&transport=websocket&sid=${script}`),
      requestLines("GET", `/socket.io/?EIO=3&transport=polling&j=${script}`),
      requestLines("GET", `/old/?EIO=3&transport=polling&j=${script}`),
      requestLines("POST", `/socket.io/${script}`, "Content-Length: 0"),
    ]
  ) {
    const { status, body } = await ask(t, lines);
    assert(!body.includes("<script>"), `${lines[0]}: ${status} ${body}`);
  }
});

async function ask(t: Target, lines: readonly string[]): Promise<RawAnswer> {
  return await (await t.tcp()).ask(lines);
}

attack("ids: nothing that is shown of a client is the id of its connection", async (t) => {
  const tcp = await t.tcp();
  const sid = await handshake(tcp, "/quiet");
  const path = pathTo("/quiet", sid);
  assertEquals((await post(tcp, path, "40")).status, 200);
  const { body } = await tcp.ask(requestLines("GET", path));
  assert(!body.includes(sid));
  // Who knows the socket's id cannot take the connection over.
  const id = JSON.parse(body.slice(2)).sid;
  assertEquals((await tcp.ask(requestLines("GET", pathTo("/quiet", id)))).status, 400);
  assertEquals((await post(tcp, path, "1")).status, 200);
});
