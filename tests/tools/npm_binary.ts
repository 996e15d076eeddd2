/** Programs that npm packages hold. */
import { npmFolder } from "./npm_folder.ts";

/**
 * Fetches a package once, and gives the path of a program in it.
 *
 * @param path where the program is in the package, without the `.exe` of Windows
 * @throws {Error} if it cannot be fetched, or does not run here
 */
export async function npmBinary(name: string, version: string, path: string): Promise<string> {
  const folder = await npmFolder(`${name.replace(/.*\//, "")}-${version}`, { [name]: version });
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  const command = `${folder}/node_modules/${name}/${path}${suffix}`;
  if (!await works(command)) throw new Error(`${command} does not run here`);
  return command;
}

async function works(command: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(command, {
      args: ["--version"],
      stdin: "null",
      signal: AbortSignal.timeout(60_000),
    }).output();
    return success;
  } catch {
    return false;
  }
}
