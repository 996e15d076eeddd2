import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import plugin from "./lint_plugin.ts";

const ROOT = new URL("../../", import.meta.url);

/** The rules that find fault with the code, were it at that path. */
function faults(path: string, code: string): string[] {
  return Deno.lint.runPlugin(plugin, fileURLToPath(new URL(path, ROOT)), code)
    .map(({ id }) => id.replace("fetchio/", ""));
}

Deno.test("lint plugin leaves files outside of src alone", () => {
  const code = `
    import { Server } from "../../src/server.ts";
    import { Hono } from "hono";
    class A { private a = Deno.args; }
    console.log(Math.random());
  `;
  assertEquals(faults("tests/socket/a_test.ts", code), []);
  assertEquals(faults("src/server.ts", code).length > 0, true);
});

Deno.test("lint plugin reports imports and re-exports against the arrows", () => {
  const path = "src/engine/session.ts";
  assertEquals(faults(path, `import { a } from "../wire/frame.ts";`), []);
  assertEquals(faults(path, `import { a } from "../socket/socket.ts";`), ["layers"]);
  assertEquals(faults(path, `import type { A } from "../socket/socket.ts";`), ["layers"]);
  assertEquals(faults(path, `export { a } from "../socket/socket.ts";`), ["layers"]);
  assertEquals(faults(path, `export * from "../socket/socket.ts";`), ["layers"]);
  assertEquals(faults(path, `import { a } from "node:events";`), ["layers"]);
  assertEquals(faults("src/plugins/hono.ts", `import type { Hono } from "hono";`), []);
  assertEquals(faults("src/plugins/hono.ts", `import { Hono } from "hono";`), ["layers"]);
});

Deno.test("lint plugin reports runtime globals as values, as types, and behind globalThis", () => {
  const path = "src/engine/session.ts";
  for (
    const code of [
      `Deno.serve(() => {});`,
      `export type A = Deno.ServeHandlerInfo;`,
      `export const a = typeof Bun;`,
      `export const a = globalThis.process;`,
      `export const a = { Bun };`,
      `new WebSocketPair();`,
    ]
  ) {
    assertEquals(faults(path, code), ["runtime-globals"], code);
    assertEquals(faults("src/runtimes/deno.ts", code), [], code);
  }
});

Deno.test("lint plugin lets members, strings and comments be named like a runtime", () => {
  const code = `
    // Deno closes twice.
    export interface A { process(): void; Bun: number }
    export class B { process(): void {} }
    export const c = { process: 1, d: "Deno" };
    export const e = c.process;
  `;
  assertEquals(faults("src/engine/session.ts", code), []);
});

Deno.test("lint plugin reports console outside of base/log.ts", () => {
  assertEquals(faults("src/engine/session.ts", `console.error(1);`), ["no-console"]);
  assertEquals(faults("src/engine/session.ts", `globalThis.console.log(1);`), ["no-console"]);
  assertEquals(faults("src/base/log.ts", `console.error(1);`), []);
});

Deno.test("lint plugin reports private and protected members, unless one overrides", () => {
  const path = "src/engine/session.ts";
  assertEquals(faults(path, `class A { private a = 1; }`), ["hash-private"]);
  assertEquals(faults(path, `class A { protected a(): void {} }`), ["hash-private"]);
  assertEquals(faults(path, `class A { private constructor() {} }`), ["hash-private"]);
  assertEquals(faults(path, `class A { constructor(readonly a: number) {} }`), ["hash-private"]);
  assertEquals(faults("src/adapters/x.ts", `class A { protected a(): void {} }`), []);
  assertEquals(faults(path, `class A { #a = 1; b = 2; protected override c(): void {} }`), []);
});

Deno.test("lint plugin reports timers and randomness that start at import", () => {
  const path = "src/base/ids.ts";
  for (
    const code of [
      `setInterval(() => {}, 1);`,
      `export const a = Math.random();`,
      `export const a = globalThis.crypto.randomUUID();`,
      `class A { static a = setTimeout(() => {}, 1); }`,
      `class A { static { crypto.getRandomValues(new Uint8Array(1)); } }`,
      `export const a = (() => Math.random())();`,
      `if (true) { setTimeout(() => {}, 1); }`,
    ]
  ) assertEquals(faults(path, code), ["module-effects"], code);
});

Deno.test("lint plugin lets timers and randomness wait in functions", () => {
  const code = `
    export function a(): number { return Math.random(); }
    export const b = (): string => crypto.randomUUID();
    export class C { d = setTimeout(() => {}, 1); e(): void { setTimeout(() => {}, 1); } }
  `;
  assertEquals(faults("src/base/ids.ts", code), []);
});
