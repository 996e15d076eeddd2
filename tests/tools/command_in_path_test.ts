import { assertEquals } from "@std/assert";
import { commandInPath, searchPath } from "./command_in_path.ts";

function withPath<T>(path: string, fn: () => T): T {
  const before = Deno.env.get("PATH")!;
  Deno.env.set("PATH", path);
  try {
    return fn();
  } finally {
    Deno.env.set("PATH", before);
  }
}

Deno.test({
  name: "searchPath goes on behind PATH with what only root has in there",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withPath("/usr/bin::/sbin", () => {
      assertEquals(searchPath(), ["/usr/bin", "/sbin", "/usr/local/sbin", "/usr/sbin"]);
    }),
});

Deno.test("commandInPath finds what can be run, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/program-of-a-test`;
  try {
    await Deno.writeTextFile(path, "");
    const found = () => withPath(folder, () => commandInPath("program-of-a-test"));
    if (Deno.build.os !== "windows") assertEquals(await found(), undefined);
    await Deno.rename(path, Deno.build.os === "windows" ? `${path}.exe` : path);
    if (Deno.build.os !== "windows") await Deno.chmod(path, 0o755);
    assertEquals(await found(), Deno.build.os === "windows" ? `${path}.exe` : path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
