/** What the options of the newest client are good for, on each runtime. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Socket } from "socket.io-client";
import type { ServerProcess } from "../kit/process.ts";
import {
  type ClientOptions,
  Clients,
  collect,
  event,
  POLLING,
  UPGRADE,
  type Way,
  WAYS,
  WEBSOCKET,
} from "../runtimes/client.ts";
import type { TestRuntime } from "../runtimes/test_runtime.ts";

const SERVER = new URL("./fixtures/options.ts", import.meta.url);

interface Context {
  readonly way: Way;
  /** Connects to one of the fixture's servers. */
  connect(path: string, options?: ClientOptions): Promise<Socket>;
}

/** What the server knows of a client. */
interface About {
  auth: unknown;
  query: Record<string, string>;
  headers: Record<string, string>;
  path: string;
  transport: string;
}

function about(socket: Socket): Promise<About> {
  return socket.timeout(30_000).emitWithAck("about");
}

const TESTS: Record<string, { ways: readonly Way[]; test(t: Context): Promise<void> }> = {
  "retries and ackTimeout send an event until it is acknowledged, before the next one": {
    ways: WAYS,
    async test({ connect }) {
      const ackTimeout = 600;
      const socket = await connect("/usual", { retries: 9, ackTimeout });
      const heard = collect(socket, "heard");
      const sent = [socket.emitWithAck("number", 1, 2), socket.emitWithAck("number", 2, 0)];
      const start = Date.now();
      const answers = await Promise.all(sent);
      // Timers and clocks differ a little.
      const late = Math.max(0, Math.floor((Date.now() - start + 50) / ackTimeout) - 2);
      const times = [1, 2].map((number) => heard.filter(([it]) => it === number).length);
      const inOrder = times.flatMap((count, n) =>
        Array.from({ length: count }, (_, time) => [n + 1, time + 1])
      );
      assertEquals(heard, inOrder);
      // Where an answer takes longer than ackTimeout, the client has asked once more.
      const [first, second] = times as [number, number];
      assert(first >= 3 && second >= 1 && first + second <= 4 + late, `${heard} in ${late}`);
      assertMatch(answers.join(), /^1 after [3-9],2 after [1-9]$/);
    },
  },

  "auth as a function is asked at each connection": {
    ways: WAYS,
    async test({ connect }) {
      let count = 0;
      const socket = await connect("/usual", {
        auth: (give) => give({ count: ++count, "é€": [null] }),
        reconnection: true,
        reconnectionDelay: 10,
      });
      assertEquals((await about(socket)).auth, { count: 1, "é€": [null] });
      const back = event(socket, "connect");
      socket.emit("hang up");
      await back;
      assertEquals((await about(socket)).auth, { count: 2, "é€": [null] });
    },
  },

  "tryAllTransports goes on to the transport that the server has": {
    ways: [POLLING, WEBSOCKET],
    async test({ connect, way }) {
      const [transport] = way.transports;
      const other = transport === "polling" ? "websocket" : "polling";
      const socket = await connect(`/${transport}-only`, {
        tryAllTransports: true,
        upgrade: false,
        transports: [other, transport!],
      });
      assertEquals((await about(socket)).transport, transport);
    },
  },

  "forceBase64 keeps bytes what they are": {
    ways: WAYS,
    async test({ connect }) {
      const socket = await connect("/usual", { forceBase64: true });
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      const [first, { deep }] = await new Promise<[Uint8Array, { deep: Uint8Array }]>((resolve) =>
        socket.emit(
          "echo",
          bytes,
          { deep: bytes },
          (...args: [Uint8Array, { deep: Uint8Array }]) => resolve(args),
        )
      );
      assertEquals([...first, ...deep], [...bytes, ...bytes]);
      assertEquals((await about(socket)).query.b64, "1");
    },
  },

  "withCredentials sends the cookies back": {
    ways: [POLLING, UPGRADE],
    async test({ connect, way }) {
      for (const [withCredentials, names] of [[true, ["io"]], [false, []]] as const) {
        const socket = await connect("/usual", { withCredentials });
        const cookies = await socket.timeout(30_000).emitWithAck("cookies");
        assertEquals(cookies, Object.fromEntries(way.transports.map((it) => [it, names])));
      }
    },
  },

  "addTrailingSlash: false finds the server that has none": {
    ways: WAYS,
    async test({ connect }) {
      const socket = await connect("/no-slash", { addTrailingSlash: false });
      assertEquals((await about(socket)).path, "/no-slash");
    },
  },

  "extraHeaders and those of transportOptions arrive": {
    ways: WAYS,
    async test({ connect, way }) {
      const socket = await connect("/usual", {
        transportOptions: {
          polling: { extraHeaders: { "x-own": "polling" } },
          websocket: { extraHeaders: { "x-own": "websocket" } },
        },
      });
      assertEquals((await about(socket)).headers["x-own"], way.transports[0]);
      const plain = await connect("/usual", { extraHeaders: { "x-all": "yes" } });
      assertEquals((await about(plain)).headers["x-all"], "yes");
    },
  },

  "query arrives beside the engine's own": {
    ways: WAYS,
    async test({ connect, way }) {
      const socket = await connect("/usual", { query: { "a b": "1&2=3", "é": "€🦕" } });
      const { EIO, transport, t: _, b64: __, ...rest } = (await about(socket)).query;
      assertEquals([EIO, transport], ["4", way.transports[0]]);
      assertEquals(rest, { "a b": "1&2=3", "é": "€🦕" });
    },
  },

  "timestampRequests and its name do not disturb": {
    ways: WAYS,
    async test({ connect }) {
      const socket = await connect("/usual", { timestampRequests: true, timestampParam: "now" });
      assertMatch((await about(socket)).query.now!, /^[\w-.]+$/);
    },
  },
};

/** Registers the tests. */
export function optionsOn(runtime: TestRuntime): void {
  let process: ServerProcess | undefined;
  Deno.test.beforeAll(async () => {
    process = await runtime.serve(SERVER);
  });
  Deno.test.afterAll(() => process?.stop());
  for (const [name, { ways, test }] of Object.entries(TESTS)) {
    for (const way of ways) {
      Deno.test(`${runtime.name}: ${name}, ${way.name}`, async () => {
        const clients = new Clients(process!.url);
        try {
          await test({
            way,
            connect: (path, options) => clients.connect(way, "/", { path, ...options }),
          });
        } finally {
          await clients.close();
          process!.check();
        }
      });
    }
  }
}
