import { assertEquals } from "@std/assert";
import { withServer } from "../kit/memory_client.ts";

const OPTIONS = { ackReturnValues: true };

Deno.test("ackReturnValues sends what a handler returns, or resolves to", () =>
  withServer(OPTIONS, async ({ connect, settle }) => {
    const it = await connect();
    it.socket.on("now", (a: number, b: number) => a + b);
    it.socket.on("later", async (a: number) => ({ doubled: await Promise.resolve(2 * a) }));
    it.socket.on("nothing found", () => null);
    it.send('20["now",1,2]', '21["later",4]', '22["nothing found"]');
    await settle();
    assertEquals(it.take(), ["30[3]", "32[null]", '31[{"doubled":8}]']);
  }));

Deno.test("ackReturnValues sends nothing for undefined, and nothing that was not asked for", () =>
  withServer(OPTIONS, async ({ connect, settle }) => {
    const it = await connect();
    it.socket.on("a", () => {});
    it.socket.on("b", async () => {});
    it.socket.on("c", () => "value");
    it.send('20["a"]', '21["b"]', '2["c"]');
    await settle();
    assertEquals(it.take(), []);
  }));

Deno.test("ackReturnValues leaves the acknowledgement to the handler that calls it", () =>
  withServer(OPTIONS, async ({ connect, settle }) => {
    const it = await connect();
    it.socket.on("a", (ack: (answer: string) => void) => {
      ack("called");
      return "returned";
    });
    it.socket.on("b", (ack: (answer: string) => void) => {
      queueMicrotask(() => ack("called"));
    });
    it.send('20["a"]', '21["b"]');
    await settle();
    assertEquals(it.take(), ['30["called"]', '31["called"]']);
  }));

Deno.test("ackReturnValues sends the first value of several handlers", () =>
  withServer(OPTIONS, async ({ connect }) => {
    const it = await connect();
    it.socket.on("a", () => undefined);
    it.socket.on("a", () => 1);
    it.socket.on("a", () => 2);
    it.send('20["a"]');
    assertEquals(it.take(), ["30[1]"]);
  }));

Deno.test("ackReturnValues works behind middlewares of the socket", () =>
  withServer(OPTIONS, async ({ connect, settle }) => {
    const it = await connect();
    it.socket.use(async (_event) => await Promise.resolve());
    it.socket.use((_event, next) => next());
    it.socket.on("a", () => 1);
    it.send('20["a"]');
    await settle();
    assertEquals(it.take(), ["30[1]"]);
  }));

Deno.test("ackReturnValues reports what a handler throws, and what cannot be sent", () =>
  withServer(OPTIONS, async ({ connect, settle, faults }) => {
    const it = await connect();
    it.socket.on("throws", () => {
      throw new Error("thrown");
    });
    it.socket.on("rejects", () => Promise.reject(new Error("rejected")));
    it.socket.on("cyclic", () => {
      const value: Record<string, unknown> = {};
      return value.self = value;
    });
    it.socket.on("cyclic later", async () => {
      const value: Record<string, unknown> = {};
      return await Promise.resolve(value.self = value);
    });
    it.send('20["throws"]', '21["rejects"]', '22["cyclic"]', '23["cyclic later"]');
    await settle();
    assertEquals(it.take(), []);
    const errors = faults.splice(0).map(([error]) => error as Error);
    const cyclic = errors.filter((it) => it instanceof TypeError);
    const others = errors.filter((it) => !(it instanceof TypeError));
    assertEquals(cyclic.length, 2);
    assertEquals(others.map((it) => it.message).sort(), ["rejected", "thrown"]);
  }));

Deno.test("what a handler returns is sent to nobody without ackReturnValues", () =>
  withServer({}, async ({ connect, settle }) => {
    const it = await connect();
    it.socket.on("a", () => 1);
    it.send('20["a"]');
    await settle();
    assertEquals(it.take(), []);
  }));
