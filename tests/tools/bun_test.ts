import { assertEquals, assertMatch } from "@std/assert";
import { bunCommand, platformPackages } from "./bun.ts";

Deno.test("bunCommand returns a Bun that runs", async () => {
  const { success, stdout } = await new Deno.Command(await bunCommand(), {
    args: ["--version"],
    stdin: "null",
  }).output();
  assertEquals(success, true);
  assertMatch(new TextDecoder().decode(stdout), /^\d+\.\d+\.\d+/);
});

Deno.test("platformPackages names the packages as Bun publishes them, the best one first", () => {
  assertEquals(platformPackages("linux", "x86_64"), [
    "@oven/bun-linux-x64",
    "@oven/bun-linux-x64-baseline",
    "@oven/bun-linux-x64-musl",
  ]);
  assertEquals(platformPackages("linux", "aarch64"), [
    "@oven/bun-linux-aarch64",
    "@oven/bun-linux-aarch64-musl",
  ]);
  assertEquals(platformPackages("darwin", "aarch64"), ["@oven/bun-darwin-aarch64"]);
  assertEquals(platformPackages("windows", "x86_64"), [
    "@oven/bun-windows-x64",
    "@oven/bun-windows-x64-baseline",
  ]);
});
