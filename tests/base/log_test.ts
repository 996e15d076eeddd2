import { assertEquals } from "@std/assert";
import { enableLog, log, logFault } from "../../src/base/log.ts";

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

Deno.test("enableLog() lets what is left out win, wherever it stands", () => {
  assertEquals(logged("-engine *"), ["engine:session", "socket.io:client", "socket.io:socket"]);
  assertEquals(logged("engine*,-engine:*"), ["engine"]);
  assertEquals(logged("-engine"), []);
});

Deno.test("enableLog() takes names as they are, not as patterns", () => {
  assertEquals(logged("socket?io:client"), []);
  assertEquals(logged(".*"), []);
  assertEquals(logged("ENGINE"), []);
  assertEquals(logged("eng"), []);
});

Deno.test("enableLog() replaces what was on before", () => {
  const [first, second]: string[][] = [[], []];
  enableLog("*", (scope) => first!.push(scope));
  enableLog("b", (scope) => second!.push(scope));
  for (const scope of ["a", "b"]) log(scope, "message");
  enableLog(" , ");
  log("b", "off");
  assertEquals([first, second], [[], ["b"]]);
});

/** What a function writes to a method of the console. */
function written(method: "debug" | "error", run: () => void): unknown[][] {
  const lines: unknown[][] = [];
  const real = console[method];
  console[method] = (...line: unknown[]) => void lines.push(line);
  try {
    run();
  } finally {
    console[method] = real;
  }
  return lines;
}

Deno.test("enableLog() writes to the console, unless told otherwise", () => {
  const details = { b: 2 };
  const lines = written("debug", () => {
    enableLog("a");
    log("a", "got %s %o", 1, details);
    log("b", "not this");
    enableLog("");
    log("a", "nor this");
  });
  assertEquals(lines, [["a got %s %o", 1, details]]);
});

Deno.test("logFault() writes to the console, on or off", () => {
  const error = new Error("fault");
  assertEquals(written("error", () => logFault("it failed:", error)), [["it failed:", error]]);
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
