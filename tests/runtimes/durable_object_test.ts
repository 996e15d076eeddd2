/** What of Durable Objects needs no workerd. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Server } from "@fetchio/server";
import { WorkerdRuntime } from "../../src/runtimes/workerd.ts";
import type { WorkerdGlobal } from "../../src/runtimes/workerd/types.ts";
import { toDurableObject } from "../../src/runtimes/workerd/durable_object.ts";

const REQUEST = new Request("http://localhost/socket.io/?EIO=4&transport=polling");

function namespace(label: string) {
  return {
    idFromName: (name: string) => `${label}/${name}`,
    get: (id: unknown) => ({ fetch: () => Promise.resolve(new Response(String(id))) }),
  };
}

async function objectFor(env: unknown, binding?: string): Promise<string> {
  return await (await toDurableObject(REQUEST, env, binding, "lobby")).text();
}

Deno.test("toDurableObject takes the only binding of Durable Objects that there is", async () => {
  const env = {
    SECRET: "text",
    CACHE: { get: () => {} },
    NOTHING: null,
    ROOMS: namespace("rooms"),
  };
  assertEquals(await objectFor(env), "rooms/lobby");
});

Deno.test("toDurableObject takes the binding that it is told", async () => {
  const env = { ROOMS: namespace("rooms"), OTHERS: namespace("others") };
  assertEquals(await objectFor(env, "OTHERS"), "others/lobby");
});

Deno.test("toDurableObject says what is missing", async () => {
  const two = { A: namespace("a"), B: namespace("b") };
  for (
    const [env, binding, message] of [
      [undefined, undefined, "of 0"],
      [{ A: "text" }, undefined, "of 0"],
      [two, undefined, "of 2"],
      [two, "C", '"C"'],
    ] as const
  ) await assertRejects(() => objectFor(env, binding), TypeError, message);
});

Deno.test("toDurableObject asks a function for the name, which must be one", async () => {
  const env = { ROOMS: namespace("rooms") };
  const byPath = (request: Request) => Promise.resolve(new URL(request.url).pathname);
  const response = await toDurableObject(REQUEST, env, undefined, byPath);
  assertEquals(await response.text(), "rooms//socket.io/");
  for (const wrong of ["", undefined]) {
    const name = () => wrong as string;
    await assertRejects(() => toDurableObject(REQUEST, env, undefined, name), TypeError, "name");
  }
});

Deno.test("durableObject changes nothing where there are no Durable Objects", async () => {
  const io = new Server();
  io.durableObject();
  io.durableObject({ hibernate: true });
  assertEquals((await io.fetch(REQUEST)).status, 200);
  await io.close();
});

Deno.test("durableObject throws where several objects would share a server, and given what is no option", () => {
  const io = new Server();
  assertThrows(() => io.durableObject({ name: () => "x" }), TypeError, "create");
  assertThrows(() => io.durableObject({ create: {} as () => Server }), TypeError, "create");
  assertThrows(() => io.durableObject({ hibernate: 1 as never }), TypeError, "hibernate");
});

Deno.test("listen throws on workerd, where nothing listens", () => {
  const runtime = new WorkerdRuntime({} as WorkerdGlobal);
  assertThrows(() => runtime.listen(), TypeError, "export the server");
});
