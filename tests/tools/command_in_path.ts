/** Where Debian keeps servers: not in the `PATH` of everybody. */
const SYSTEM = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The folders of `PATH`, and those that hold programs of the system. */
export function searchPath(): string[] {
  const windows = Deno.build.os === "windows";
  const own = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":").filter((it) => it !== "");
  return windows ? own : [...new Set([...own, ...SYSTEM])];
}

/** The path of the executable of that name in `PATH`, or among the programs of the system, if there is one. */
export async function commandInPath(name: string): Promise<string | undefined> {
  const windows = Deno.build.os === "windows";
  for (const folder of searchPath()) {
    const path = `${folder}/${name}${windows ? ".exe" : ""}`;
    const info = await Deno.stat(path).catch(() => undefined);
    if (info?.isFile && (windows || (info.mode! & 0o111) !== 0)) return path;
  }
}
