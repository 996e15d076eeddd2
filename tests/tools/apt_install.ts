/** Installs Debian's packages, where that can be done. */
import { fileURLToPath } from "node:url";
import { commandInPath } from "./command_in_path.ts";

// Git ignores it.
const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));

/** Installs packages, as root on Debian, and returns what became of that: the end of a sentence for whoever lacks them. */
export async function aptInstall(...packages: readonly string[]): Promise<string> {
  const names = packages.join(", ");
  const apt = await commandInPath("apt-get");
  if (apt === undefined) return `There is no apt-get to install ${names} with.`;
  if (Deno.uid() !== 0) return `Not installed by itself, unless by root: ${names}.`;
  // Tests that run beside each other may want something at the same time, which apt-get cannot.
  await Deno.mkdir(CACHE, { recursive: true });
  using lock = await Deno.open(`${CACHE}/apt.lock`, { write: true, create: true });
  await lock.lock(true);
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    const { success, stderr } = await new Deno.Command(apt, {
      args,
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      signal: AbortSignal.timeout(300_000),
    }).output();
    if (!success) return `apt-get ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`;
  }
  return `apt-get installed ${names}, which did not help.`;
}
