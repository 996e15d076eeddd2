import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Edge, edgeFault, edgesOf, findCycle } from "./layers.ts";

function edge(arrow: string): Edge {
  const [from, to] = arrow.split(" ");
  return { from: from!, to: to!, typeOnly: false };
}

Deno.test("edgeFault allows imports along the arrows and within a layer", () => {
  const allowed = [
    "src/base/emitter.ts src/base/log.ts",
    "src/wire/frame.ts src/base/log.ts",
    "src/engine/transports/polling.ts src/engine/session.ts",
    "src/engine/session.ts src/wire/frame.ts",
    "src/engine/mod.ts src/runtimes/detect.ts",
    "src/socket/socket.ts src/engine/session.ts",
    "src/runtimes/deno.ts src/engine/channel.ts",
    "src/adapters/cluster.ts src/socket/adapter.ts",
    "src/server.ts src/options.ts",
    "src/server.ts src/runtimes/detect.ts",
    "mod.ts src/server.ts",
    "mod.ts src/socket/socket.ts",
    "src/plugins/hono.ts mod.ts",
    "src/plugins/admin.ts src/plugins/admin/tally.ts",
    "src/plugins/admin/numbers.ts src/plugins/admin/tally.ts",
  ];
  for (const arrow of allowed) assertEquals(edgeFault(edge(arrow)), undefined, arrow);
});

Deno.test("edgeFault names the edge that goes against an arrow", () => {
  const forbidden = [
    "src/base/emitter.ts src/wire/frame.ts",
    "src/wire/frame.ts src/engine/session.ts",
    "src/engine/session.ts src/socket/socket.ts",
    "src/engine/session.ts src/runtimes/deno.ts",
    "src/engine/session.ts src/engine/mod.ts",
    "src/socket/socket.ts src/server.ts",
    "src/socket/socket.ts src/runtimes/deno.ts",
    "src/runtimes/deno.ts src/engine/session.ts",
    "src/adapters/cluster.ts src/socket/socket.ts",
    "src/server.ts src/plugins/hono.ts",
    "src/server.ts mod.ts",
    "src/plugins/hono.ts src/server.ts",
    "src/plugins/hono.ts src/plugins/admin.ts",
    "src/plugins/hono.ts src/plugins/admin/tally.ts",
    "src/plugins/admin/tally.ts src/server.ts",
    "mod.ts src/plugins/hono.ts",
    "src/engine/session.ts tests/run.ts",
    "src/engine/session.ts npm:ws@8",
    "src/engine/session.ts node:events",
    "src/cellar/new.ts src/base/log.ts",
    "src/server.ts src/cellar/new.ts",
  ];
  for (const arrow of forbidden) {
    const [from, to] = arrow.split(" ");
    const fault = edgeFault(edge(arrow)) ?? "no fault";
    assertStringIncludes(fault, from!);
    if (!from!.startsWith("src/cellar")) assertStringIncludes(fault, to!);
  }
});

Deno.test("edgeFault lets a plugin import types of its namesake, and nothing else", () => {
  const from = "src/plugins/hono.ts";
  for (const to of ["hono", "hono/ws", "npm:hono@^4.13.0", "npm:/hono@4.13.0/ws"]) {
    assertEquals(edgeFault({ from, to, typeOnly: true }), undefined, to);
    assertStringIncludes(edgeFault({ from, to, typeOnly: false }) ?? "", "at run time");
  }
  for (const to of ["elysia", "honos", "npm:hono-tools@1", "@hono/hono", "node:fs"]) {
    assertStringIncludes(edgeFault({ from, to, typeOnly: true }) ?? "", to);
  }
});

Deno.test("findCycle returns the way around, and overlooks types and diamonds", () => {
  const diamond = ["a b", "a c", "b d", "c d"].map(edge);
  assertEquals(findCycle(diamond), undefined);
  assertEquals(findCycle([...diamond, { ...edge("d a"), typeOnly: true }]), undefined);
  assertEquals(findCycle([...diamond, edge("d b")]), ["b", "d", "b"]);
  assertEquals(findCycle([edge("a a")]), ["a", "a"]);
});

Deno.test("edgesOf keeps packages as written, and tells types from values", () => {
  const root = new URL("file:///repo/");
  const modules = [{
    specifier: "file:///repo/src/plugins/hono.ts",
    dependencies: [
      { specifier: "hono", type: { specifier: "npm:hono@^4" } },
      {
        specifier: "../../mod.ts",
        code: { specifier: "file:///repo/mod.ts" },
        type: { specifier: "file:///repo/mod.ts" },
      },
    ],
  }, { specifier: "npm:/hono@4.13.0" }];
  assertEquals(edgesOf(modules, root), [
    { from: "src/plugins/hono.ts", to: "hono", typeOnly: true },
    { from: "src/plugins/hono.ts", to: "mod.ts", typeOnly: false },
  ]);
});

Deno.test("edgesOf throws, given an import that leads nowhere", () => {
  const root = new URL("file:///repo/");
  const missing = { specifier: "file:///repo/a.ts", error: "not found" };
  assertThrows(() => edgesOf([missing], root), Error, "a.ts: not found");
  const dangling = {
    specifier: "file:///repo/a.ts",
    dependencies: [{ specifier: "nothing", code: { error: "unmapped" } }],
  };
  assertThrows(() => edgesOf([dangling], root), Error, "a.ts imports nothing: unmapped");
});

Deno.test("edgeFault lets namespaces name the type of the server, and nothing more of it", () => {
  const up = edge("src/socket/namespace.ts src/server.ts");
  assertEquals(edgeFault({ ...up, typeOnly: true }), undefined);
  assertStringIncludes(edgeFault(up) ?? "", "src/server.ts");
});
