/** Installs Debian's packages, where that can be done. */
import { fileURLToPath } from "node:url";
import { commandInPath, searchPath } from "./command_in_path.ts";

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
  // Lists that could not be renewed may do; the installation says so if they do not.
  await run(apt, ["update"]);
  const fault = await run(apt, ["install", "-y", "--no-install-recommends", ...packages]);
  return fault ?? `apt-get installed ${names}, which did not help.`;
}

async function run(apt: string, args: readonly string[]): Promise<string | undefined> {
  const { success, stderr } = await new Deno.Command(apt, {
    // Somebody else may be installing something, and what it calls is not in the PATH of everybody.
    args: ["-o", "DPkg::Lock::Timeout=120", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive", PATH: searchPath().join(":") },
    stdin: "null",
    signal: AbortSignal.timeout(300_000),
  }).output();
  if (!success) return `apt-get ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`;
}
