import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type AnyEmitter, call, Emitter, fire, shareListeners } from "../../src/base/emitter.ts";
import type { DefaultEventsMap } from "../../src/base/events.ts";

class Bell extends Emitter<DefaultEventsMap, Record<never, never>> {
  readonly faults: [error: unknown, event: string | symbol][] = [];

  ring(event: string | symbol, ...args: unknown[]): boolean {
    return fire<Bell>(this, event, args, (bell, error, at) => bell.faults.push([error, at]));
  }
}

/** A bell, and listeners that write down their name and arguments. */
function rig(): {
  bell: Bell;
  log: unknown[];
  note: (name: string) => (...args: unknown[]) => void;
} {
  const log: unknown[] = [];
  return { bell: new Bell(), log, note: (name) => (...args) => void log.push([name, ...args]) };
}

Deno.test("Emitter calls listeners in order, with the arguments and itself as this", () => {
  const { bell, log, note } = rig();
  let self: unknown;
  bell.on("a", note("1")).addListener("a", note("2")).prependListener("a", note("0"));
  bell.on("a", function (this: unknown) {
    self = this;
  });
  assertEquals(bell.ring("a", 7, "x"), true);
  assertEquals(log, [["0", 7, "x"], ["1", 7, "x"], ["2", 7, "x"]]);
  assertStrictEquals(self, bell);
  assertEquals(bell.ring("b"), false);
});

Deno.test("Emitter.once() calls once, also when the event fires from within", () => {
  const { bell, log, note } = rig();
  bell.once("a", () => void bell.ring("a"));
  bell.once("a", note("1"));
  bell.prependOnceListener("a", note("0"));
  bell.ring("a");
  bell.ring("a");
  assertEquals(log, [["0"], ["1"]]);
  assertEquals(bell.listenerCount("a"), 0);
});

Deno.test("Emitter.off() removes one listener, the last of several, and those of once()", () => {
  const { bell, log, note } = rig();
  const [one, two] = [note("1"), note("2")];
  bell.on("a", one).on("a", two).on("a", one).once("b", one);
  bell.off("a", one).removeListener("b", one);
  bell.ring("a");
  bell.ring("b");
  assertEquals(log, [["1"], ["2"]]);
  bell.off("a", note("other"));
  assertEquals(bell.listenerCount("a"), 2);
});

Deno.test("Emitter.off() without a listener removes all of an event, without an event all", () => {
  const { bell, note } = rig();
  bell.on("a", note("1")).on("b", note("2")).on("c", note("3"));
  bell.off("a");
  assertEquals(bell.eventNames(), ["b", "c"]);
  bell.removeAllListeners("b");
  assertEquals(bell.eventNames(), ["c"]);
  bell.off();
  assertEquals(bell.eventNames(), []);
});

Deno.test("Emitter goes on with the listeners of the start while some are added and removed", () => {
  const { bell, log, note } = rig();
  const last = note("last");
  bell.on("a", () => void bell.off("a", last).on("a", note("new")));
  bell.on("a", last);
  bell.ring("a");
  assertEquals(log, [["last"]]);
  bell.ring("a");
  assertEquals(log.slice(1), [["new"]]);
});

Deno.test("Emitter tells of its listeners", () => {
  const { bell, note } = rig();
  const [one, two] = [note("1"), note("2")];
  const name = Symbol("name");
  bell.on("a", one).once("a", two).on(name as never, one);
  assertEquals(bell.listeners("a"), [one, two]);
  const [, wrapped] = bell.rawListeners("a");
  assertStrictEquals((wrapped as { listener?: unknown }).listener, two);
  assertEquals(bell.eventNames(), ["a", name]);
  assertEquals([bell.listenerCount("a"), bell.listenerCount("none")], [2, 0]);
  bell.listeners("a").pop();
  bell.rawListeners("a").pop();
  assertEquals(bell.listenerCount("a"), 2);
});

Deno.test("Emitter methods that change listeners return the emitter", () => {
  const { bell, note } = rig();
  const one = note("1");
  const returned = [
    bell.on("a", one),
    bell.addListener("a", one),
    bell.once("a", one),
    bell.prependListener("a", one),
    bell.prependOnceListener("a", one),
    bell.off("a", one),
    bell.removeListener("a", one),
    bell.off("none", one),
    bell.removeAllListeners("a"),
    bell.removeAllListeners(),
  ];
  for (const it of returned) assertStrictEquals(it, bell);
});

Deno.test("Emitter.once() hands on arguments and this, and forgets a listener that throws", () => {
  const { bell } = rig();
  const calls: unknown[][] = [];
  bell.once("a", function (this: unknown, ...args) {
    calls.push([this === bell, ...args]);
    throw "boom";
  });
  bell.ring("a", 1, "x");
  bell.ring("a", 2);
  assertEquals(calls, [[true, 1, "x"]]);
  assertEquals(bell.faults, [["boom", "a"]]);
});

Deno.test("Emitter.once() adds a listener as often as it is called", () => {
  const { bell, log, note } = rig();
  const one = note("1");
  bell.once("a", one).once("a", one);
  bell.ring("a");
  assertEquals(log, [["1"], ["1"]]);
  assertEquals(bell.ring("a"), false);
});

Deno.test("Emitter fires newListener before a listener is there, with the one that was given", () => {
  const { bell, log, note } = rig();
  const [one, two] = [note("1"), note("2")];
  bell.on("newListener", (event, listener) => {
    log.push([event, listener, bell.listenerCount(event)]);
  });
  bell.on("a", one).once("a", two).prependOnceListener("b", one);
  assertEquals(log, [["a", one, 0], ["a", two, 1], ["b", one, 0]]);
});

Deno.test("Emitter fires removeListener after a listener is gone, with the one that was given", () => {
  const { bell, log, note } = rig();
  const [one, two] = [note("1"), note("2")];
  bell.on("a", one).once("a", two);
  bell.on("removeListener", (event, listener) => {
    log.push([event, listener, bell.listenerCount(event)]);
  });
  bell.off("a", two).off("a", two).off("a", one);
  assertEquals(log, [["a", two, 1], ["a", one, 0]]);
});

Deno.test("Emitter fires removeListener with the listener of once() as it fires", () => {
  const { bell, log, note } = rig();
  const one = note("called");
  bell.on("removeListener", (event, listener) => void log.push([event, listener]));
  bell.once("a", one);
  bell.ring("a");
  assertEquals(log, [["a", one], ["called"]]);
});

Deno.test("Emitter fires removeListener for each listener that removeAllListeners() removes", () => {
  const { bell, log, note } = rig();
  const [one, two] = [note("1"), note("2")];
  bell.on("a", one).once("a", two).on("b", one);
  const seen = (event: string | symbol, listener: unknown) => void log.push([event, listener]);
  bell.on("removeListener", seen);
  bell.removeAllListeners("a");
  assertEquals(new Set(log.map((it) => (it as unknown[])[1])), new Set([one, two]));
  log.length = 0;
  bell.removeAllListeners();
  assertEquals(log, [["b", one]]);
});

Deno.test("Emitter calls a listener that adds itself again once for each event", () => {
  const { bell } = rig();
  let calls = 0;
  const again = () => {
    calls++;
    bell.on("a", again);
  };
  bell.on("a", again);
  bell.ring("a");
  assertEquals(calls, 1);
  bell.ring("a");
  assertEquals(calls, 3);
});

Deno.test("Emitter calls listeners that are removed while it calls them, but not the next time", () => {
  const { bell, log, note } = rig();
  bell.on("a", () => void bell.removeAllListeners());
  bell.on("a", note("on")).once("a", note("once"));
  bell.ring("a");
  assertEquals(log, [["on"], ["once"]]);
  assertEquals(bell.ring("a"), false);
});

Deno.test("Emitter waits for no listener", async () => {
  const { bell, log, note } = rig();
  const gate = Promise.withResolvers<void>();
  bell.on("a", async () => {
    await gate.promise;
    throw "late";
  });
  bell.on("a", note("next"));
  assertEquals(bell.ring("a"), true);
  assertEquals([log, bell.faults], [[["next"]], []]);
  gate.resolve();
  for (let turn = 0; turn < 5; turn++) await null;
  assertEquals(bell.faults, [["late", "a"]]);
});

Deno.test("Emitter takes for a promise only what has a then() to call", () => {
  const { bell } = rig();
  const trap = Object.defineProperty({}, "then", {
    get() {
      throw "getter";
    },
  });
  for (const value of [{ then: 1 }, null, 0, "then", trap]) bell.on("a", () => value as never);
  bell.ring("a");
  assertEquals(bell.faults, [["getter", "a"]]);
});

Deno.test("Emitter hands what a listener throws or rejects with to the owner, and calls the next", async () => {
  const { bell, log, note } = rig();
  const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
  bell.on("a", () => {
    throw thrown;
  });
  bell.on("a", () => Promise.reject(rejected));
  bell.on(
    "a",
    () => ({ then: (_: unknown, fail: (error: unknown) => void) => fail("thenable") }) as never,
  );
  bell.on("a", note("next"));
  bell.ring("a");
  await Promise.resolve();
  assertEquals(log, [["next"]]);
  assertEquals(bell.faults, [[thrown, "a"], ["thenable", "a"], [rejected, "a"]]);
});

Deno.test("Emitter refuses a listener that is no function", () => {
  const { bell } = rig();
  assertThrows(() => bell.on("a", 1 as never), TypeError, 'The listener of "a" must be a function');
});

Deno.test("Emitter has no limit of listeners", () => {
  const { bell } = rig();
  assertEquals(bell.setMaxListeners(1).getMaxListeners(), Infinity);
});

Deno.test("Emitter takes events named like members of objects", () => {
  const { bell, log, note } = rig();
  for (const name of ["__proto__", "constructor", "toString"]) {
    assertEquals(bell.ring(name), false);
    bell.on(name, note(name));
    assertEquals(bell.ring(name), true);
  }
  assertEquals(log, [["__proto__"], ["constructor"], ["toString"]]);
});

Deno.test("shareListeners() makes one emitter's listeners another's", () => {
  const { bell, log, note } = rig();
  const twin: AnyEmitter = new Bell();
  shareListeners(twin, bell);
  twin.on("a", note("twin"));
  bell.ring("a");
  bell.on("b", note("bell"));
  (twin as Bell).ring("b");
  assertEquals(log, [["twin"], ["bell"]]);
});

Deno.test("call() calls one listener as fire() would", () => {
  const faults: unknown[] = [];
  const boom = () => {
    throw "boom";
  };
  call("source", boom, [], "a", (source, error, event) => void faults.push([source, error, event]));
  assertEquals(faults, [["source", "boom", "a"]]);
});
