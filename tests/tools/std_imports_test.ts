import { assert, assertEquals, assertThrows } from "@std/assert";
import { offlineImports, stdAddresses } from "./std_imports.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("offlineImports replaces @std alone, and makes local addresses absolute", () => {
  const imports = {
    "@std/assert": "jsr:@std/assert@^1",
    "@std/testing": "jsr:@std/testing@^1",
    "hono": "npm:hono@^4",
    "local": "./src/local.ts",
  };
  assertEquals(offlineImports(imports, new URL("file:///repo/")), {
    "hono": "npm:hono@^4",
    "hono/": "npm:/hono@^4/",
    "local": "file:///repo/src/local.ts",
    "@std/assert": "file:///repo/tests/offline/assert.ts",
    "@std/testing/time": "file:///repo/tests/offline/testing_time.ts",
  });
});

Deno.test("offlineImports names stand-ins that exist", async () => {
  for (const address of Object.values(offlineImports({}, ROOT))) {
    assert((await Deno.stat(new URL(address))).isFile, address);
  }
});

Deno.test("stdAddresses adds the path to the address of the package", () => {
  const imports = { "@std/assert": "jsr:@std/assert@^1.0.1", "@std/testing": "jsr:@std/testing@1" };
  assertEquals(stdAddresses(imports), ["jsr:@std/assert@^1.0.1", "jsr:@std/testing@1/time"]);
  assertThrows(() => stdAddresses({}), Error, "@std/assert");
});
