/** Whatever comes over the bus of a cluster: servers that are on it go on. */
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { MemoryBus } from "../adapters/memory_bus.ts";
import { ServerRig } from "../kit/memory_client.ts";
import type { Random } from "../kit/random.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { turn } from "./model_client.ts";
import { prototypes } from "./wire.ts";

/** The fuzzer. */
export const bus: Fuzzer = {
  name: "bus",
  async round(random, trace) {
    using time = new FakeTime();
    const before = prototypes();
    const bus = new MemoryBus();
    const [a, b] = [1, 2].map(() =>
      new ServerRig({ adapter: bus.adapter, pingInterval: 1e9 }, time)
    );
    await turn();
    const one = await a!.connect();
    const other = await b!.connect();
    for (const { io } of [a!, b!]) io.on("asked", (...args) => args.at(-1)?.(1));
    for (let n = 5 + random.below(20); n > 0; n--) {
      await use(random, a!);
      const known = random.below(5) > 0 && bus.sent.length > 0
        ? structuredClone(random.pick(bus.sent))
        : undefined;
      const message = known === undefined
        ? messageOf(random)
        : changed(known, random, random.below(4));
      trace.push(JSON.stringify(message) ?? "undefined");
      bus.inject(message);
      if (random.below(3) === 0) await turn();
      if (random.below(4) === 0) time.tick(random.below(2_000));
    }
    // What servers tell each other may disconnect clients, and nothing else.
    for (const { socket, ws } of [one, other]) {
      if (!socket.connected) continue;
      ws.received.length = 0;
      socket.emit("still", 1);
      assert(ws.received.includes('42["still",1]'), `not there: ${ws.received}`);
    }
    await Promise.all([a!.io.close(), b!.io.close()]);
    await turn();
    time.tick(10_000);
    await turn();
    assertEquals([...a!.faults, ...b!.faults], []);
    assertEquals(prototypes(), before);
    assertEquals(time.next(), false, "a timer is left");
  },
};

/** Does something that is told to the others. */
async function use(random: Random, { io }: ServerRig): Promise<void> {
  switch (random.below(7)) {
    case 0:
      return void io.emit("told", random.value("bytes", 1));
    case 1:
      return void io.timeout(100).emit("question", () => {});
    case 2:
      return io.socketsJoin(random.pick(["a", "b"]));
    case 3:
      return io.socketsLeave(random.pick(["a", "b"]));
    case 4:
      return void io.fetchSockets().catch(() => {});
    case 5:
      return void io.serverSideEmitWithAck("asked").catch(() => {});
    default:
      return await Promise.resolve();
  }
}

const ODD: readonly unknown[] = [
  null,
  undefined,
  0,
  -1,
  1e9,
  "",
  "x",
  "__proto__",
  [],
  {},
  [[]],
  true,
  {
    toString: 1,
  },
];

function odd(random: Random): unknown {
  return structuredClone(random.pick(ODD));
}

function messageOf(random: Random): unknown {
  const type = random.below(16);
  const opts = {
    rooms: random.pick<unknown>([[], ["a"], "a", null]),
    except: [],
    flags: odd(random),
  };
  const data = {
    opts,
    requestId: random.pick<unknown>(["1", 1, null]),
    packet: odd(random),
    rooms: ["a"],
  };
  return random.below(5) === 0 ? odd(random) : {
    uid: random.pick<unknown>(["x", "y", 1]),
    nsp: random.pick<unknown>(["/", "/x", 2]),
    type,
    data,
  };
}

/** The same message, with some of it put out of order. */
function changed(value: unknown, random: Random, times: number): unknown {
  for (; times > 0; times--) value = changedOnce(value, random);
  return value;
}

function changedOnce(value: unknown, random: Random): unknown {
  if (typeof value !== "object" || value === null || random.below(6) === 0) return odd(random);
  const keys = Object.keys(value);
  if (keys.length === 0) return odd(random);
  const key = random.pick(keys);
  const record = value as Record<string, unknown>;
  if (random.below(5) === 0) delete record[key];
  else record[key] = changedOnce(record[key], random);
  return value;
}
