/** Finds a program that Debian has a package of, and installs it where it is missing. */
import { aptInstall } from "./apt_install.ts";
import { commandInPath } from "./command_in_path.ts";

/**
 * The path of a program.
 *
 * @throws {Error} if there is none and it cannot be installed
 */
export async function aptCommand(name: string, debianPackage: string): Promise<string> {
  const found = await commandInPath(name);
  if (found !== undefined) return found;
  const tried = await aptInstall(debianPackage);
  const command = await commandInPath(name);
  if (command !== undefined) return command;
  throw new Error(`No ${name}: install ${debianPackage}. ${tried}`);
}
