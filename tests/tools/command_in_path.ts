/** The path of the executable of that name in `PATH`, if there is one. */
export async function commandInPath(name: string): Promise<string | undefined> {
  const windows = Deno.build.os === "windows";
  for (const folder of (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":")) {
    if (folder === "") continue;
    const path = `${folder}/${name}${windows ? ".exe" : ""}`;
    const info = await Deno.stat(path).catch(() => undefined);
    if (info?.isFile && (windows || (info.mode! & 0o111) !== 0)) return path;
  }
}
