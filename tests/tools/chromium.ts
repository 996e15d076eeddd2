/** Finds a Chromium to test with, and installs one where Debian's packages can be had. */
import { aptInstall } from "./apt_install.ts";
import { commandInPath } from "./command_in_path.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The path of a Chromium: `$CHROMIUM`, else the one in `PATH`, else, as root on Debian, the one of
 * the package `chromium`, which is installed then.
 *
 * @throws {Error} if there is none and it cannot be installed
 */
export async function chromiumCommand(): Promise<string> {
  const wish = Deno.env.get("CHROMIUM");
  if (wish) return wish;
  const found = await firstInPath();
  if (found !== undefined) return found;
  const tried = await aptInstall("chromium");
  const command = await firstInPath();
  if (command !== undefined) return command;
  throw new Error(
    `No Chromium: install one, or set CHROMIUM to its path. In PATH were looked for: ${
      NAMES.join(", ")
    }. ${tried}`,
  );
}

async function firstInPath(): Promise<string | undefined> {
  for (const name of NAMES) {
    const path = await commandInPath(name);
    if (path !== undefined) return path;
  }
}
