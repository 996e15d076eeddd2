/** The msgpack bundle of the official client in a browser: our server serves it, and speaks with it. */
import { assertEquals } from "@std/assert";
import { launchBrowser } from "../kit/browser.ts";
import { WAYS } from "../runtimes/client.ts";
import { BUN, DENO } from "../runtimes/test_runtime.ts";

const SERVER = new URL("./fixtures/parsers.ts", import.meta.url);
const PATHS = ["/msgpack", "/official-msgpack"];

/** Runs in the page: the client is a global there. */
const TALK = `async ([path, transports]) => {
  const socket = io({ path, transports, reconnection: false });
  const told = (event) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no " + event)), 20_000);
    socket.on(event, (...args) => resolve(args));
    for (const failure of ["connect_error", "disconnect"]) {
      socket.on(failure, (reason) => reject(new Error(failure + ": " + reason)));
    }
  });
  await told("connect");
  // In browsers, that parser takes an ArrayBuffer for bytes, and a Uint8Array for an object.
  const bytes = new Uint8Array([0, 1, 127, 128, 255]);
  const value = { text: "a€🦕", list: [1, -1.5, null, true], deep: [{ bytes: bytes.buffer }] };
  const echo = await socket.emitWithAck("echo", value);
  const returned = told("returned");
  socket.emit("return", bytes.buffer, new Date(5));
  const [buffer, date] = await returned;
  socket.on("question", (text, ack) => ack(text + " well"));
  const answered = told("answered");
  socket.emit("ask me");
  const [answer] = await answered;
  await socket.emitWithAck("join", socket.id);
  const news = told("told");
  socket.emit("tell", socket.id, new Uint8Array([7]).buffer);
  const [told7] = await news;
  const transport = socket.io.engine.transport.name;
  socket.disconnect();
  const list = (it) => [...new Uint8Array(it)];
  return {
    text: echo.text,
    list: echo.list,
    deep: list(echo.deep[0].bytes),
    buffer: list(buffer),
    time: new Date(date).getTime(),
    answer,
    told: list(told7),
    transport,
  };
}`;

for (const runtime of [DENO, BUN]) {
  Deno.test(`${runtime.name}: the msgpack bundle in a browser`, async (t) => {
    await using server = await runtime.serve(SERVER);
    await using browser = await launchBrowser();
    for (const path of PATHS) {
      for (const { name, transports } of WAYS) {
        await t.step(`talks with ${path}, ${name}`, async () => {
          await using page = await browser.newPage();
          page.setDefaultTimeout(30_000);
          await page.goto(`${server.url}/page`);
          await page.addScriptTag({ url: `${server.url}${path}/socket.io.msgpack.min.js` });
          assertEquals(await page.evaluate(`(${TALK})(${JSON.stringify([path, transports])})`), {
            text: "a€🦕",
            list: [1, -1.5, null, true],
            deep: [0, 1, 127, 128, 255],
            buffer: [0, 1, 127, 128, 255],
            time: 5,
            answer: "how? well",
            told: [7],
            transport: transports.at(-1),
          });
        });
      }
    }
    server.check();
  });
}
