/** The official front end of the admin UI in a browser, from the example that serves it. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { launchBrowser } from "../kit/browser.ts";
import { Clients, event, WEBSOCKET } from "../runtimes/client.ts";
import { BUN, DENO } from "../runtimes/test_runtime.ts";

const EXAMPLE = new URL("../../examples/admin/main.ts", import.meta.url);
const PERMISSIONS = ["--allow-read", "--allow-env=ADMIN_PASSWORD"];

for (const runtime of [DENO, BUN]) {
  Deno.test(`${runtime.name}: the admin UI lists a client, and disconnects it`, async () => {
    await using server = await runtime.serve(EXAMPLE, PERMISSIONS);
    await using browser = await launchBrowser();
    const clients = new Clients(server.url);
    try {
      const context = await browser.newContext();
      context.setDefaultTimeout(30_000);
      // Its fonts are elsewhere.
      await context.route((url) => url.origin !== server.url, (route) => route.abort());
      const page = await context.newPage();
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));

      // The front end begins with the main namespace, if somebody is there.
      const ada = await clients.connect(WEBSOCKET);
      await page.goto(`${server.url}/admin`);
      await logIn(page, server.url, "a guess");
      await page.getByText("Invalid credentials").waitFor();
      const [, password] = await server.printed(/with (\S+)\n/);
      await logIn(page, server.url, password!);

      await page.goto(`${server.url}/admin/#/sockets/`);
      const row = page.getByRole("row", { name: ada.id! });
      await row.waitFor();
      const gone = event(ada, "disconnect");
      await row.getByRole("button").click();
      assertEquals(await gone, ["io server disconnect", undefined]);
      await page.goto(`${server.url}/admin/#/events/`);
      await page.getByText("server namespace disconnect").waitFor();
      assertEquals(faults, []);
    } finally {
      await clients.close();
    }
    server.check();
  });
}

async function logIn(page: Page, url: string, password: string): Promise<void> {
  await page.getByLabel("Server URL").fill(url);
  await page.getByLabel("Username").fill("admin");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Connect" }).click();
}
