/** Old clients in a browser: the bundles of their packages, with the transports that only a browser has. */
import { assertEquals } from "@std/assert";
import { launchBrowser } from "../kit/browser.ts";
import { BUN, DENO } from "../runtimes/test_runtime.ts";
// So that the packages are there.
import "socket.io-client-1";
import "socket.io-client-2";

const SERVER = new URL("./fixtures/old_server.ts", import.meta.url);
const BUNDLES = {
  "socket.io-client 2.5.0": import.meta.resolve("socket.io-client-2/dist/socket.io.js"),
  "socket.io-client 1.7.4": import.meta.resolve("socket.io-client-1/dist/socket.io.js"),
};
const WAYS = {
  "over JSONP, from another origin": {
    host: "localhost",
    options: { forceJSONP: true, transports: ["polling"] },
  },
  "over polling with bytes": { host: "127.0.0.1", options: { transports: ["polling"] } },
  "over polling with base64": {
    host: "127.0.0.1",
    options: { transports: ["polling"], forceBase64: true },
  },
  "over WebSocket": { host: "127.0.0.1", options: { transports: ["websocket"] } },
  "after an upgrade": { host: "127.0.0.1", options: { transports: ["polling", "websocket"] } },
};
/** What a script or a form could stumble over. */
const PLAIN = `</script>\n\\n\\\\n"'&=+% \0`;
const TEXT = `${PLAIN}\u2028\u2029é€🦕`;

/** What a client can send and receive: before 2.0, it encodes and decodes UTF-8 twice in polling with text. */
function limitsOf(name: string, { transports, ...rest }: { transports: string[] }): Limits {
  const twice = name.endsWith("1.7.4") && transports.includes("polling");
  const textOnly = Object.keys(rest).length > 0;
  return { sends: twice ? PLAIN : TEXT, receives: twice && textOnly ? PLAIN : TEXT };
}

interface Limits {
  readonly sends: string;
  readonly receives: string;
}

interface PageSocket {
  on(event: string, listener: (...args: unknown[]) => void): void;
  emit(event: string, ...args: unknown[]): void;
  close(): void;
  io: { engine: { transport: { name: string; script?: unknown; iframe?: unknown } } };
}

type Connect = (url: string, options: object) => PageSocket;

/** Runs in the page. */
async function talk(
  { url, options, sends, receives }: Limits & { url: string; options: object },
): Promise<unknown> {
  const { io } = globalThis as unknown as { io: Connect };
  const socket = io(url, { reconnection: false, ...options });
  const lost = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error("too late")), 60_000);
    for (const failure of ["error", "connect_error", "disconnect"]) {
      socket.on(failure, (reason) => reject(new Error(`${failure}: ${reason}`)));
    }
  });
  lost.catch(() => {});
  const told = (event: string): Promise<unknown[]> =>
    Promise.race([lost, new Promise<unknown[]>((it) => socket.on(event, (...args) => it(args)))]);
  const ask = (event: string, ...args: unknown[]): Promise<unknown[]> => {
    const answered = new Promise<unknown[]>((resolve) =>
      socket.emit(event, ...args, (...answer: unknown[]) => resolve(answer))
    );
    return Promise.race([lost, answered]);
  };
  await told("connect");
  const [echo] = await ask("echo", sends);
  const [text] = await ask("text of", Array.from(receives, (it) => it.codePointAt(0)));
  const [{ bytes }] = await ask("echo", { bytes: new Uint8Array([0, 1, 254, 255]).buffer }) as [
    { bytes: ArrayBuffer },
  ];
  const returned = told("returned");
  // After a while, when the answer to a poll may have begun.
  setTimeout(() => socket.emit("return", "late", new Uint8Array([7]).buffer), 150);
  const [late, more] = await returned as [string, ArrayBuffer];
  const { name, script } = socket.io.engine.transport;
  socket.close();
  return {
    echo,
    text,
    bytes: [...new Uint8Array(bytes)],
    late: [late, ...new Uint8Array(more)],
    transport: name,
    jsonp: script !== undefined,
  };
}

/** Runs in the page: connects in several ways at once, and waits until each has kept its heartbeat for a while. */
async function stay(ways: { url: string; options: object }[]): Promise<void> {
  const { io } = globalThis as unknown as { io: Connect };
  await Promise.all(ways.map(({ url, options }) =>
    new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error("no heartbeats")), 60_000);
      const socket = io(url, { path: "/brisk", reconnection: false, forceNew: true, ...options });
      for (const failure of ["error", "connect_error", "disconnect"]) {
        socket.on(failure, (reason) => reject(new Error(`${failure}: ${reason}`)));
      }
      socket.on("alive", () => {
        resolve();
        socket.close();
      });
    })
  ));
}

for (const runtime of [DENO, BUN]) {
  Deno.test(`${runtime.name}: old clients in a browser`, async (t) => {
    await using server = await runtime.serve(SERVER);
    await using browser = await launchBrowser();
    const urlOf = (host: string) => server.url.replace("127.0.0.1", host);
    for (const [name, bundle] of Object.entries(BUNDLES)) {
      const open = async () => {
        const page = await browser.newPage();
        page.setDefaultTimeout(30_000);
        await page.goto(`${server.url}/ends`);
        await page.addScriptTag({ content: await Deno.readTextFile(new URL(bundle)) });
        return page;
      };
      for (const [way, { host, options }] of Object.entries(WAYS)) {
        await t.step(`${name} talks, ${way}`, async () => {
          await using page = await open();
          const limits = limitsOf(name, options);
          assertEquals(await page.evaluate(talk, { url: urlOf(host), options, ...limits }), {
            echo: limits.sends,
            text: limits.receives,
            bytes: [0, 1, 254, 255],
            late: ["late", 7],
            transport: options.transports.at(-1),
            jsonp: "forceJSONP" in options,
          });
        });
      }
      await t.step(`${name} stays`, async () => {
        await using page = await open();
        const ways = Object.values(WAYS);
        await page.evaluate(stay, ways.map((it) => ({ url: urlOf(it.host), ...it })));
      });
    }
    server.check();
  });
}
