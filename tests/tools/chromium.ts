/** Finds a Chromium to test with, and installs one where Debian's packages can be had. */
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
  const tried = await installed();
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

/** Installs it, and returns what became of that. */
async function installed(): Promise<string> {
  const apt = await commandInPath("apt-get");
  if (apt === undefined) return "There is no apt-get to install it with.";
  if (Deno.uid() !== 0) return "It is not installed by itself, unless by root.";
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
    const { success, stderr } = await new Deno.Command(apt, {
      args,
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      signal: AbortSignal.timeout(300_000),
    }).output();
    if (!success) return `apt-get ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`;
  }
  return "apt-get installed the package chromium, which did not bring it.";
}
