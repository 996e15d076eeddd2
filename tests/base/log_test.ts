import { assertEquals } from "@std/assert";
import { enableLog, log } from "../../src/base/log.ts";

/** The scopes that are logged, out of a few. */
function logged(scopes: string): string[] {
  const seen: string[] = [];
  enableLog(scopes, (scope) => seen.push(scope));
  for (const scope of ["engine", "engine:session", "socket.io:client", "socket.io:socket"]) {
    log(scope, "message");
  }
  enableLog("");
  return seen;
}

Deno.test("enableLog() logs the scopes that are named, with a star for the rest of a name", () => {
  assertEquals(logged("engine"), ["engine"]);
  assertEquals(logged("engine*"), ["engine", "engine:session"]);
  assertEquals(logged("engine, socket.io:*"), [
    "engine",
    "socket.io:client",
    "socket.io:socket",
  ]);
  assertEquals(logged("* -socket.io:*"), ["engine", "engine:session"]);
  assertEquals(logged("other"), []);
});

Deno.test("log() hands over message and values, and nothing when it is off", () => {
  const seen: unknown[] = [];
  log("a", "off");
  enableLog("a", (...line) => seen.push(line));
  log("a", "got %s", 1, { b: 2 });
  enableLog("");
  log("a", "off again");
  assertEquals(seen, [["a", "got %s", 1, { b: 2 }]]);
});
