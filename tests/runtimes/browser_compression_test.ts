/** Answers over polling in a real browser, which asks for compression, unlike the official client in Node and Deno. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { launchBrowser } from "../kit/browser.ts";
import { BUN, DENO } from "./test_runtime.ts";

const LONG = "hello ".repeat(20_000);
/** By then, the answer to a poll has begun. */
const LATE = 300;

for (const runtime of [DENO, BUN]) {
  Deno.test(`${runtime.name}: a browser reads compressed answers, quick and late`, async () => {
    await using server = await runtime.serve(new URL("./fixtures/main.ts", import.meta.url));
    await using browser = await launchBrowser();
    const page = await browser.newPage();
    const encodings: (string | undefined)[] = [];
    page.on("response", (response) => {
      const isPoll = response.url().includes("&sid=") && response.request().method() === "GET";
      if (isPoll) encodings.push(response.headers()["content-encoding"]);
    });
    await page.goto(`${server.url}/page`);
    await page.addScriptTag({ url: `${server.url}/socket.io/socket.io.min.js?v=4.8.4` });
    assertEquals(await echoes(page), [true, true, true]);
    assert(encodings.includes("gzip"), `the answers were ${encodings.join()}`);
    server.check();
  });
}

/** Whether texts come back as they went: a long one at once, a short and a long one later. */
function echoes(page: Page): Promise<boolean[]> {
  // In the browser: the client is a global there.
  const script = `async ([long, wait]) => {
    const socket = io({ transports: ["polling"] });
    const echo = (...args) => new Promise((resolve) => {
      socket.once("echo", resolve);
      socket.emit(...args);
    });
    return [
      await echo("echo", long) === long,
      await echo("echo after", wait, "short") === "short",
      await echo("echo after", wait, long) === long,
    ];
  }`;
  return page.evaluate(`(${script})(${JSON.stringify([LONG, LATE])})`);
}
