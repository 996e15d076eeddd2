/** Registers tests that run on a runtime, in each way to connect or once. */
import type { Socket } from "socket.io-client";
import type { ServerProcess } from "../kit/process.ts";
import { type ClientOptions, Clients, type Way, WAYS } from "./client.ts";
import { RemoteServer } from "./remote.ts";
import type { TestRuntime } from "./test_runtime.ts";

/** How long a test may take, in milliseconds. */
const PATIENCE = 60_000;

/** What a test works with. */
export interface TestContext {
  /** The server. */
  readonly server: RemoteServer;
  /** The clients of this test; closed at its end. */
  readonly clients: Clients;
}

/** What a test of one way to connect works with. */
export interface WayContext extends TestContext {
  /** The way. */
  readonly way: Way;
  /** Connects a client in that way. */
  connect(nsp?: string, options?: ClientOptions): Promise<Socket>;
}

/** Registers tests. */
export interface Behaviour {
  /** The runtime they run on. */
  readonly runtime: TestRuntime;
  /** Registers a test for each way to connect. */
  each(name: string, fn: (context: WayContext) => Promise<void>, ways?: readonly Way[]): void;
  /** Registers a test that does not depend on that. */
  once(name: string, fn: (context: TestContext) => Promise<void>): void;
}

/** Starts the server that the tests of this file share, and registers tests that use it. */
export function behaviourOn(runtime: TestRuntime, module: URL): Behaviour {
  let process: ServerProcess | undefined;
  Deno.test.beforeAll(async () => {
    process = await runtime.serve(module);
  });
  Deno.test.afterAll(() => process?.stop());

  async function run(fn: (context: TestContext) => Promise<void>): Promise<void> {
    const clients = new Clients(process!.url);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const seen = `${clients.state}\n${process!.output.slice(-2_000)}`;
      late.reject(new Error(`The test takes too long: ${seen}`));
    }, PATIENCE);
    try {
      await Promise.race([fn({ server: new RemoteServer(process!), clients }), late.promise]);
    } finally {
      clearTimeout(timer);
      await clients.close();
      process!.check();
    }
  }

  return {
    runtime,
    each(name, fn, ways = WAYS) {
      for (const way of ways) {
        Deno.test(`${runtime.name}: ${name}, ${way.name}`, () =>
          run((context) =>
            fn({
              ...context,
              way,
              connect: (nsp, options) => context.clients.connect(way, nsp, options),
            })
          ));
      }
    },
    once(name, fn) {
      Deno.test(`${runtime.name}: ${name}`, () => run(fn));
    },
  };
}
