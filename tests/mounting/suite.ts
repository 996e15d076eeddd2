/** The ways to mount a server: in each of them, clients connect in all of theirs. */
import { assert, assertEquals } from "@std/assert";
import type { ServerProcess } from "../kit/process.ts";
import { Clients, event, POLLING, WAYS } from "../runtimes/client.ts";
import type { HostRuntime } from "../runtimes/test_runtime.ts";
import { HOME } from "./fixtures/hello.ts";

/** What is tested of one way, beyond that clients connect. */
export type Check = (process: ServerProcess, clients: Clients) => Promise<void>;

/** Registers the tests of the ways that each runtime has. */
export function mountingSuite(runtime: HostRuntime): void {
  const served = mounted((module) => runtime.serve(module));
  const run = mounted((module) => runtime.run(module));

  served("export default io", "default_export.ts", answersNothingElse);
  run("new Server(port)", "constructor_port.ts", answersNothingElse);
  run("io.listen(port)", "listen.ts", answersNothingElse);
  run("io.listen(port) after io.close()", "listen_again.ts", answersNothingElse);
  served("io.handler(next)", "handler.ts", hasHomePage);
  served("Hono, through socketIO(io)", "hono_middleware.ts", async (process, clients) => {
    await hasHomePage(process);
    const socket = await clients.connect(POLLING);
    const notice = event(socket, "notice");
    const response = await fetch(`${process.url}/notify`, { method: "POST" });
    assertEquals(await response.text(), "sent");
    assertEquals(await notice, ["something happened"]);
  });
  served("Hono, by hand", "hono_by_hand.ts", hasHomePage);
  served("Hono, behind much middleware", "hono_stacked.ts", async (process) => {
    await hasHomePage(process);
    const origin = "http://app.example";
    const url = `${process.url}/socket.io/?EIO=4&transport=polling`;
    const { headers, body } = await fetch(url, { headers: { origin } });
    await body?.cancel();
    assertEquals(headers.get("access-control-allow-origin"), origin);
    assertEquals(headers.get("access-control-allow-credentials"), "true");
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    const preflight = await fetch(url, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    await preflight.body?.cancel();
    assertEquals(preflight.status, 204);
    assertEquals(preflight.headers.get("access-control-allow-origin"), origin);
  });

  function mounted(start: (module: URL) => Promise<ServerProcess>) {
    return (name: string, fixture: string, check: Check): void =>
      mountingTest(`${runtime.name}: clients connect to ${name}`, start, fixture, check);
  }
}

/** Registers the test of one way to mount a server. */
export function mountingTest(
  name: string,
  start: (module: URL) => Promise<ServerProcess>,
  fixture: string,
  check: Check,
): void {
  Deno.test(name, async () => {
    await using process = await start(new URL(`./fixtures/${fixture}`, import.meta.url));
    const clients = new Clients(process.url);
    try {
      await talkInAllWays(clients);
      await check(process, clients);
    } finally {
      await clients.close();
    }
  });
}

/** Clients connect in all ways, and are understood. */
export async function talkInAllWays(clients: Clients): Promise<void> {
  await Promise.all(WAYS.map((way) => talk(clients, way)));
}

/** Other paths are not found. */
export async function answersNothingElse({ url }: ServerProcess): Promise<void> {
  const response = await fetch(url);
  await response.body?.cancel();
  assertEquals(response.status, 404);
}

/** The application's own page is there, and others are not. */
export async function hasHomePage({ url }: ServerProcess): Promise<void> {
  const home = await fetch(url);
  assertEquals([home.status, await home.text()], [200, HOME]);
  const other = await fetch(`${url}/elsewhere`);
  await other.body?.cancel();
  assertEquals(other.status, 404);
}

async function talk(clients: Clients, way: (typeof WAYS)[number]): Promise<void> {
  const socket = await clients.connect(way);
  assertEquals(await socket.emitWithAck("hello", way.name), `hi ${way.name}`);
  assertEquals(socket.io.engine.transport.name, way.transports.at(-1)!);
  const long = "a text that compresses ".repeat(1_000);
  assertEquals(await socket.emitWithAck("echo", long), long);
  const bytes = new Uint8Array(await socket.emitWithAck("echo", Uint8Array.of(0, 127, 255)));
  assertEquals([...bytes], [0, 127, 255]);
  const address: string = await socket.emitWithAck("address");
  assert(["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(address), `address: "${address}"`);
}
