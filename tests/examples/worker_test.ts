/** The chat for Cloudflare Workers, in a browser, with the class that its configuration names. */
import { assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../kit/browser.ts";
import { serveWorker } from "../kit/workerd.ts";

const FOLDER = new URL("../../examples/worker/", import.meta.url);

Deno.test("worker takes two people from joining to leaving, and keeps what was said", async () => {
  const { main, durable_objects } = await configuration();
  const classes = durable_objects.bindings.map((it) => it.class_name);
  await using server = await serveWorker(new URL(main, FOLDER), { classes });
  await using browser = await launchBrowser();
  const ada = await enter(browser, `${server.url}/#tea`, "Ada");
  await sees(ada, "#people", ["Ada"]);
  const grace = await enter(browser, `${server.url}/#tea`, "Grace");
  await sees(ada, "#people", ["Ada, Grace"]);
  await say(ada, "Hi Grace!");
  await sees(grace, "#log li", ["Ada: Hi Grace!"]);
  await say(grace, "<b>Hi</b> Ada!");
  for (const page of [ada, grace]) {
    await sees(page, "#log li", ["Ada: Hi Grace!", "Grace: <b>Hi</b> Ada!"]);
  }

  const elsewhere = await enter(browser, `${server.url}/#coffee`, "Alan");
  await sees(elsewhere, "#people", ["Alan"]);
  await sees(elsewhere, "#log li", []);
  await grace.close();
  await sees(ada, "#people", ["Ada"]);
  await ada.close();
  const later = await enter(browser, `${server.url}/#tea`, "Edsger");
  await sees(later, "#log li", ["Ada: Hi Grace!", "Grace: <b>Hi</b> Ada!"]);
  await sees(elsewhere, "#people", ["Alan"]);
});

interface Configuration {
  readonly main: string;
  readonly durable_objects: { readonly bindings: readonly { readonly class_name: string }[] };
}

async function configuration(): Promise<Configuration> {
  return JSON.parse(await Deno.readTextFile(new URL("wrangler.jsonc", FOLDER)));
}

async function enter(browser: Browser, url: string, name: string): Promise<Page> {
  const page = await browser.newPage();
  page.on("dialog", (dialog) => dialog.accept(name));
  await page.goto(url);
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.fill("input", text);
  await page.press("input", "Enter");
}

/** Waits until the elements have these texts. */
async function sees(page: Page, selector: string, expected: string[]): Promise<void> {
  const seen = page.waitForFunction(
    `JSON.stringify(Array.from(document.querySelectorAll("${selector}"), (it) => it.textContent)) ===
      ${JSON.stringify(JSON.stringify(expected))}`,
    undefined,
    { timeout: 30_000 },
  );
  await seen.catch(async () => {
    assertEquals(await page.locator(selector).allTextContents(), expected);
  });
}
