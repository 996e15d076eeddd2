import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { runInNewContext } from "node:vm";
import * as v from "valibot";
import * as z from "zod";
import type { AnyFunction } from "../../mod.ts";
import {
  type CheckedEvents,
  checkEvents,
  type CheckOptions,
  type EventSchemas,
  SchemaError,
  type SentEvents,
  type StandardSchema,
} from "../../src/plugins/schema.ts";
import { type JoinedClient, withServer } from "../kit/memory_client.ts";
import { expectType, type Same } from "../types/expect.ts";

/** What a socket's handlers and its `error` event saw. */
interface Seen {
  readonly events: unknown[][];
  readonly errors: SchemaError[];
}

function withSchemas(
  schemas: EventSchemas,
  options: CheckOptions,
  test: (it: JoinedClient, seen: Seen, settle: () => Promise<void>) => Promise<void>,
): Promise<void> {
  return withServer({}, async ({ io, connect, settle }) => {
    io.use(checkEvents(schemas, options));
    const it = await connect();
    const seen: Seen = { events: [], errors: [] };
    for (const name of [...Object.keys(schemas), "unknown"]) {
      it.socket.on(name, (...args) => {
        const plain = args.filter((arg) => typeof arg !== "function");
        seen.events.push([name, ...plain]);
        const ack = args.at(-1) as AnyFunction;
        if (typeof ack === "function") ack(...plain);
      });
    }
    it.socket.on("error", (error) => {
      assertInstanceOf(error, SchemaError);
      seen.errors.push(error);
    });
    await test(it, seen, settle);
  });
}

const LIBRARIES: Record<string, EventSchemas> = {
  Zod: {
    say: [z.string().max(5), z.object({ loud: z.boolean().default(false) }).optional()],
    none: [],
  },
  Valibot: {
    say: [
      v.pipe(v.string(), v.maxLength(5)),
      v.optional(v.object({ loud: v.optional(v.boolean(), false) })),
    ],
    none: [],
  },
};

for (const [library, schemas] of Object.entries(LIBRARIES)) {
  Deno.test(`checkEvents() lets through what fits schemas of ${library}, as they make it`, () =>
    withSchemas(schemas, {}, async (it, seen, settle) => {
      it.send('2["say","hi"]', '2["say","hi",{"loud":true}]', '2["say","hi",{"x":1}]', '2["none"]');
      await settle();
      assertEquals(seen.errors, []);
      assertEquals(seen.events, [
        ["say", "hi", undefined],
        ["say", "hi", { loud: true }],
        ["say", "hi", { loud: false }],
        ["none"],
      ]);
    }));

  Deno.test(`checkEvents() refuses what does not fit schemas of ${library}`, () =>
    withSchemas(schemas, {}, async (it, seen, settle) => {
      it.send('2["say"]', '2["say",1]', '2["say","too long"]', '2["say","hi",{"loud":1}]');
      it.send('2["say","hi",{},1]', '2["none",1]', '20["say",null]');
      await settle();
      assertEquals(seen.events, []);
      assertEquals(seen.errors.map((error) => error.event), [
        ...Array<string>(5).fill("say"),
        "none",
        "say",
      ]);
      assertEquals(
        seen.errors.map(({ message }) => message.replace(/(.*: argument \d).*/s, "$1")),
        [
          '"say": argument 1',
          '"say": argument 1',
          '"say": argument 1',
          '"say": argument 2',
          '"say": arguments: at most 2',
          '"none": arguments: at most 0',
          '"say": argument 1',
        ],
      );
      assertEquals(seen.errors[3]!.message.includes("loud: "), true);
      assertEquals(it.take(), []);
    }));
}

Deno.test("checkEvents() refuses events without a schema, or lets them pass", async () => {
  await withSchemas({}, {}, async (it, seen, settle) => {
    it.send('2["unknown",1]', '20["__proto__"]', '2["constructor"]', "2[7]");
    await settle();
    assertEquals(seen.events, []);
    assertEquals(seen.errors.map((error) => error.message), [
      '"unknown": event: has no schema',
      '"__proto__": event: has no schema',
      '"constructor": event: has no schema',
      '"7": event: has no schema',
    ]);
  });
  await withSchemas({}, { others: "pass" }, async (it, seen, settle) => {
    it.send('20["unknown",1]');
    await settle();
    assertEquals([seen.events, it.take()], [[["unknown", 1]], ["30[1]"]]);
  });
});

Deno.test("checkEvents() throws at what is no schema, in place of refusing the event for ever", () => {
  const text = z.string();
  for (const wrong of [text, [undefined], ["string"], { ack: text }, { args: text }, null]) {
    const schemas = { say: wrong } as unknown as EventSchemas;
    assertThrows(() => checkEvents(schemas), TypeError, "needs a list of schemas, or { args: ");
  }
  assertThrows(() => checkEvents({ a: [], say: undefined as never }), TypeError, 'for "say"');
  assertThrows(() => checkEvents({ say: { args: [text], ack: 1 as never } }), TypeError, "say");
  assertThrows(() => checkEvents(undefined as never), TypeError, "by their names");
});

Deno.test("checkEvents() tells refused() of what it refuses, which may answer", () => {
  const refused: CheckOptions["refused"] = (error, socket, ack) => {
    assertEquals(socket.connected, true);
    ack?.({ error: error.message, issues: error.issues.length });
  };
  return withSchemas({ n: [z.number()] }, { refused }, async (it, seen, settle) => {
    it.send('20["n","x"]', '2["n","x"]', '21["n",1]');
    await settle();
    const [first, second] = it.take() as string[];
    assertEquals(JSON.parse(first!.slice(2)), [{ error: seen.errors[0]!.message, issues: 1 }]);
    assertEquals(second, "31[1]");
    assertEquals([seen.errors.length, seen.events], [2, [["n", 1]]]);
  });
});

Deno.test("checkEvents() checks the answer, which has to be asked for", () => {
  const user = z.object({ name: z.string() });
  return withServer({}, async ({ io, connect, settle, faults }) => {
    io.use(checkEvents({ find: { args: [z.number()], ack: user } }));
    const it = await connect();
    const errors: Error[] = [];
    it.socket.on("error", (error) => errors.push(error));
    it.socket.on("find", (id: number, ack: AnyFunction) => {
      ack(id === 1 ? { name: "Ada", password: "secret" } : { password: "secret" });
    });
    it.send('20["find",1]', '2["find",1]', '21["find",2]');
    await settle();
    assertEquals(it.take(), ['30[{"name":"Ada"}]']);
    assertEquals(errors.map((error) => error.message), [
      '"find": acknowledgement: must be asked for',
    ]);
    const [fault] = faults.splice(0).map(([error]) => error as SchemaError);
    assertEquals([fault!.name, fault!.event], ["SchemaError", "find"]);
  });
});

Deno.test("checkEvents() waits for asynchronous schemas, and events stay in order", () => {
  const slow = z.string().refine(async (text) => await Promise.resolve(text !== "no"));
  return withSchemas({ slow: [slow], n: [z.number()] }, {}, async (it, seen, settle) => {
    it.send('2["slow","a"]', '2["n",1]', '2["slow","no"]', '2["n",2]');
    await settle();
    assertEquals(seen.events, [["slow", "a"], ["n", 1], ["n", 2]]);
    assertEquals(seen.errors.length, 1);
  });
});

Deno.test("checkEvents() reports a schema that fails, and lets nothing through", () =>
  withServer({}, async ({ io, connect, settle }) => {
    const broken = (fail: () => never | Promise<never>): StandardSchema => ({
      "~standard": { version: 1, vendor: "test", validate: fail },
    });
    const throws = broken(() => {
      throw new Error("thrown");
    });
    const rejects = broken(() => Promise.reject(new Error("rejected")));
    const schemas = { throws: [throws], rejects: [rejects], both: [rejects, throws] };
    io.use(checkEvents(schemas));
    const it = await connect();
    const errors: string[] = [];
    it.socket.on("error", (error) => errors.push(error.message));
    for (const name of Object.keys(schemas)) it.socket.on(name, () => errors.push("handled"));
    it.send('2["throws",1]', '2["rejects",1]', '2["both",1,2]');
    await settle();
    assertEquals(errors, ["thrown", "rejected", "thrown"]);
  }));

Deno.test("checkEvents() waits for what another realm's promise says", () => {
  const validate = (value: unknown) => {
    const result = typeof value === "number" ? { value } : { issues: [{ message: "no number" }] };
    return runInNewContext("async () => result", { result })();
  };
  const foreign: StandardSchema = { "~standard": { version: 1, vendor: "test", validate } };
  return withSchemas({ n: [foreign] }, {}, async (it, seen, settle) => {
    it.send('2["n",1]', '2["n","x"]');
    await settle();
    assertEquals(seen.events, [["n", 1]]);
    assertEquals(seen.errors.length, 1);
  });
});

const typed = {
  say: [z.string(), z.number().optional()],
  size: { args: [z.string().transform((text) => text.length)], ack: z.number() },
} as const satisfies EventSchemas;

/** Compiled, never run: the types of the events are those of the schemas. */
export function types(): void {
  type Checked = CheckedEvents<typeof typed>;
  expectType<
    Same<Parameters<Checked["say"]>, [string, number | undefined]>
  >();
  expectType<
    Same<Parameters<Checked["size"]>, [number, ack: (answer: number) => void]>
  >();
  type Sent = SentEvents<typeof typed>;
  expectType<Same<Parameters<Sent["size"]>, [string, ack: (answer: number) => void]>>();
}
