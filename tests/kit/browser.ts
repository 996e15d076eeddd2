/** A real browser, for tests of what browsers do. */
import { type Browser, chromium } from "playwright-core";
import { chromiumCommand } from "../tools/chromium.ts";

/** Launches a Chromium with an empty profile, which asks nobody on the Internet for anything. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: await chromiumCommand(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    timeout: 90_000,
  });
}
