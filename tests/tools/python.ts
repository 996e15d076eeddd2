/** Finds a Python with Debian's `python3-socketio`, and installs that where Debian's packages can be had. */
import { aptInstall } from "./apt_install.ts";
import { commandInPath } from "./command_in_path.ts";

const PACKAGES = ["python3-socketio", "python3-aiohttp", "python3-requests", "python3-websocket"];
const MODULES = "import socketio, aiohttp, requests, websocket";

/**
 * The path of a Python that has the modules: `$PYTHON`, else the one in `PATH` or of the system, else, as root on
 * Debian, the latter, for which they are installed then.
 *
 * @throws {Error} if there is none and they cannot be installed
 */
export async function pythonCommand(): Promise<string> {
  const wish = Deno.env.get("PYTHON");
  if (wish) return wish;
  const found = await firstWithModules();
  if (found !== undefined) return found;
  const tried = await aptInstall(...PACKAGES);
  const command = await firstWithModules();
  if (command !== undefined) return command;
  throw new Error(
    `No Python with python-socketio: install ${PACKAGES.join(", ")}, or set PYTHON. ${tried}`,
  );
}

async function firstWithModules(): Promise<string | undefined> {
  // The packages are for the system's own, and another one may come first in PATH.
  for (const path of [await commandInPath("python3"), "/usr/bin/python3"]) {
    if (path !== undefined && await has(path)) return path;
  }
}

async function has(path: string): Promise<boolean> {
  const command = new Deno.Command(path, { args: ["-c", MODULES], stdin: "null" });
  return await command.output().then(({ success }) => success, () => false);
}
