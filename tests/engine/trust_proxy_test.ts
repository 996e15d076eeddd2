import { assertEquals, assertThrows } from "@std/assert";
import { Server, type TrustProxy } from "../../src/engine/mod.ts";
import { withServer } from "../kit/memory_client.ts";

interface Case {
  readonly trustProxy?: TrustProxy;
  /** Who the runtime says it is; the loopback interface unless told otherwise. */
  readonly peer?: string;
  readonly headers?: Record<string, string>;
}

/** What a socket's handshake says about who connects. */
async function sender(
  { trustProxy = false, peer = "127.0.0.1", headers = {} }: Case,
): Promise<[address: string, secure: boolean]> {
  let seen: [string, boolean] | undefined;
  await withServer({ trustProxy }, async ({ io, runtime, client }) => {
    runtime.address = peer;
    io.on("connection", ({ handshake, conn }) => {
      assertEquals(conn.remoteAddress, handshake.address);
      seen = [handshake.address, handshake.secure];
    });
    (await client("", headers)).send("0");
  });
  return seen!;
}

const PROXIED = { "x-forwarded-for": "6.6.6.6, 1.2.3.4", "x-forwarded-proto": "https" };
const STANDARD = { forwarded: "for=6.6.6.6, for=1.2.3.4;proto=https" };

const CASES: [name: string, given: Case, expected: [address: string, secure: boolean]][] = [
  ["believes nobody by default", { headers: PROXIED }, ["127.0.0.1", false]],
  ["0 believes nobody", { trustProxy: 0, headers: PROXIED }, ["127.0.0.1", false]],
  ["1 believes the nearest proxy", { trustProxy: 1, headers: PROXIED }, ["1.2.3.4", true]],
  ["2 believes one more", { trustProxy: 2, headers: PROXIED }, ["6.6.6.6", true]],
  ["3 stops where the header ends", { trustProxy: 3, headers: PROXIED }, ["6.6.6.6", true]],
  ["true believes all", { trustProxy: true, headers: PROXIED }, ["6.6.6.6", true]],
  ["1 reads Forwarded", { trustProxy: 1, headers: STANDARD }, ["1.2.3.4", true]],
  ["a list believes a proxy in it", { trustProxy: "loopback", headers: PROXIED }, [
    "1.2.3.4",
    true,
  ]],
  [
    "a list stops at the first address that is not in it",
    { trustProxy: ["127.0.0.1", "1.2.3.0/24"], headers: PROXIED },
    ["6.6.6.6", true],
  ],
  [
    "a list believes no stranger",
    { trustProxy: "loopback, 10.0.0.0/8", peer: "8.8.8.8", headers: PROXIED },
    ["8.8.8.8", false],
  ],
  [
    "a list knows a proxy by its mapped address",
    { trustProxy: "127.0.0.1", peer: "::ffff:127.0.0.1", headers: PROXIED },
    ["1.2.3.4", true],
  ],
  [
    "a list does not know a peer without address",
    { trustProxy: "loopback", peer: "", headers: PROXIED },
    ["", false],
  ],
  ["1 does, behind a socket of the file system", {
    trustProxy: 1,
    peer: "",
    headers: PROXIED,
  }, ["1.2.3.4", true]],
  [
    "a function is asked for each proxy",
    { trustProxy: (address, hop) => hop === 0 && address === "127.0.0.1", headers: PROXIED },
    ["1.2.3.4", true],
  ],
  ["without headers, the peer is who it is", { trustProxy: true }, ["127.0.0.1", false]],
  [
    "each proxy tells the scheme of the request it got",
    {
      trustProxy: 1,
      headers: { "x-forwarded-for": "6.6.6.6, 1.2.3.4", "x-forwarded-proto": "https, http" },
    },
    ["1.2.3.4", false],
  ],
  [
    "the scheme may come alone",
    { trustProxy: 1, headers: { "x-forwarded-proto": "HTTPS" } },
    ["127.0.0.1", true],
  ],
  [
    "Forwarded of the client beside X-Forwarded-For of the proxy is not believed, nor the other way",
    { trustProxy: 1, headers: { ...PROXIED, forwarded: "for=6.6.6.6;proto=https" } },
    ["127.0.0.1", false],
  ],
  [
    "both kinds are believed if they agree",
    { trustProxy: 1, headers: { ...PROXIED, ...STANDARD } },
    ["1.2.3.4", true],
  ],
  [
    "ports and brackets are taken off",
    { trustProxy: 1, headers: { "x-forwarded-for": "1.2.3.4:5678" } },
    ["1.2.3.4", false],
  ],
  [
    "addresses of version 6 are read, also quoted",
    { trustProxy: 1, headers: { forwarded: 'For="[2001:db8::1]:4711"; Proto=https; by=_me' } },
    ["2001:db8::1", true],
  ],
  [
    "addresses of version 6 are read, also bare",
    { trustProxy: 1, headers: { "x-forwarded-for": "2001:db8::1" } },
    ["2001:db8::1", false],
  ],
];

for (const [name, given, expected] of CASES) {
  Deno.test(`trustProxy: ${name}`, async () => {
    assertEquals(await sender(given), expected);
  });
}

Deno.test("trustProxy takes no text for an address that is none", async () => {
  for (const text of ["unknown", "_hidden", "", ",", "evil<script>", "1.2.3", "[", "999.1.1.1"]) {
    for (const name of ["x-forwarded-for", "forwarded"]) {
      const headers = { [name]: name === "forwarded" ? `for=${text}` : text };
      assertEquals(await sender({ trustProxy: true, headers }), ["127.0.0.1", false], text);
    }
  }
});

Deno.test("trustProxy reads no further than it is told", async () => {
  const headers = {
    "x-forwarded-for": "1,".repeat(100_000) + "1.2.3.4",
    "forwarded": "for=1,".repeat(100_000) + "for=1.2.3.4",
  };
  const start = performance.now();
  assertEquals(await sender({ trustProxy: 1, headers }), ["1.2.3.4", false]);
  assertEquals(performance.now() - start < 2_000, true);
});

Deno.test("Server throws, given a trustProxy that cannot be", () => {
  for (const trustProxy of [-1, 1.5, NaN]) {
    assertThrows(() => new Server({ trustProxy }), RangeError, "trustProxy must be a number");
  }
  for (const trustProxy of ["nginx", "", ["10.0.0.0/99"]]) {
    assertThrows(() => new Server({ trustProxy }), TypeError, "An IP address or range");
  }
  for (const trustProxy of [{}, [1], 1n] as never[]) {
    assertThrows(() => new Server({ trustProxy }), TypeError, "trustProxy must be true, false, a");
  }
});
