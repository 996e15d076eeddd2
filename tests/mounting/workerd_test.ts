import { assertEquals } from "@std/assert";
import { POLLING, UPGRADE, WEBSOCKET } from "../runtimes/client.ts";
import { collect, event } from "../runtimes/client.ts";
import { WORKERD } from "../runtimes/test_runtime.ts";
import { answersNothingElse, type Check, hasHomePage, mountingTest } from "./suite.ts";

const ORIGIN = "http://app.example";

test("export default io, with its Durable Object", "worker_default_export.ts", async (process) => {
  await answersNothingElse(process);
  const bundle = await fetch(`${process.url}/socket.io/socket.io.min.js`);
  assertEquals([bundle.status, (await bundle.text()).length > 10_000], [200, true]);
});

test("Hono in front of a Durable Object", "worker_hono.ts", async (process, clients) => {
  await hasHomePage(process);
  const socket = await clients.connect(POLLING);
  const notice = event(socket, "notice");
  const response = await fetch(`${process.url}/notify`, { method: "POST" });
  assertEquals(await response.text(), "sent");
  assertEquals(await notice, ["something happened"]);

  const url = `${process.url}/socket.io/?EIO=4&transport=polling`;
  const { headers, body } = await fetch(url, { headers: { origin: ORIGIN } });
  await body?.cancel();
  assertEquals(headers.get("access-control-allow-origin"), ORIGIN);
  assertEquals(headers.get("x-content-type-options"), "nosniff");
});

test("one Durable Object for each tenant", "worker_tenants.ts", async (_, clients) => {
  const connect = (way: typeof POLLING, tenant: string) =>
    clients.connect(way, "/", { query: { tenant } });
  const [a1, a2, b] = await Promise.all([
    connect(POLLING, "a"),
    connect(WEBSOCKET, "a"),
    connect(UPGRADE, "b"),
  ]);
  const told = [a1!, a2!, b!].map((socket) => collect(socket, "told"));
  assertEquals(await a1!.emitWithAck("tell all", "for a"), 2);
  assertEquals(await b!.emitWithAck("tell all", "for b"), 1);
  assertEquals(await a2!.emitWithAck("tell all", "for a again"), 2);
  await a1!.emitWithAck("hello", "you");
  assertEquals(told, [[["for a"], ["for a again"]], [["for a"], ["for a again"]], [["for b"]]]);
});

function test(name: string, fixture: string, check: Check): void {
  mountingTest(
    `workerd: clients connect to ${name}`,
    (module) => WORKERD.serve(module),
    fixture,
    check,
  );
}
