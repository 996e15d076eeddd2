/** Receives log lines; `details` are values to format as one likes. */
export type LogSink = (scope: string, message: string, ...details: unknown[]) => void;

let sink: LogSink | undefined;
let wanted: ((scope: string) => boolean) | undefined;

/**
 * Turns on debug logging. Nothing is logged, formatted or read from the environment unless this is called.
 *
 * @param scopes what to log, as with the `debug` package: names separated by commas or spaces, `*` at the end of a name
 * matches the rest, `-` in front leaves out. Scopes are `engine`, `engine:session`, `socket.io:client`, …
 * @param to where lines go, `console.debug` by default
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { enableLog, Server } from "@fetchio/server";
 *
 * const lines: string[] = [];
 * enableLog("engine*", (scope, message) => lines.push(`${scope}: ${message}`));
 * await new Server().fetch(new Request("http://localhost/socket.io/"));
 * enableLog(""); // and off again
 * assertEquals(lines, ["engine: request refused: %s"]);
 * ```
 */
export function enableLog(
  scopes: string,
  to: LogSink = (scope, message, ...details) => console.debug(`${scope} ${message}`, ...details),
): void {
  const names = scopes.split(/[\s,]+/).filter((name) => name !== "");
  const skipped = names.filter((name) => name.startsWith("-")).map((name) => name.slice(1));
  const taken = names.filter((name) => !name.startsWith("-"));
  sink = taken.length > 0 ? to : undefined;
  wanted = (scope) =>
    taken.some((name) => matches(scope, name)) && !skipped.some((name) => matches(scope, name));
}

function matches(scope: string, name: string): boolean {
  return name.endsWith("*") ? scope.startsWith(name.slice(0, -1)) : scope === name;
}

/** Logs a line if its scope is on. */
export function log(scope: string, message: string, ...details: unknown[]): void {
  if (sink !== undefined && wanted!(scope)) sink(scope, message, ...details);
}

/** The last resort for a fault that nobody listens for: the console. */
export function logFault(message: string, error: unknown): void {
  console.error(message, error);
}
