/** The recipe of the README: who has no token stays out, and who has one is known to the handlers. */
import { assertEquals } from "@std/assert";
import { sign } from "hono/jwt";
import { Clients, event, refusal, WAYS } from "../runtimes/client.ts";
import { BUN, DENO } from "../runtimes/test_runtime.ts";

for (const runtime of [DENO, BUN]) {
  Deno.test(`${runtime.name}: Hono's jwt() guards the server, and tells it who connects`, async () => {
    await using server = await runtime.serve(new URL("./fixtures/hono_jwt.ts", import.meta.url));
    const clients = new Clients(server.url);
    const token = await sign({ sub: "ada" }, "only the server knows");
    for (const way of WAYS) {
      await refusal(clients.create(way));
      const extraHeaders = { cookie: `session=${token}` };
      const socket = clients.create(way, "/", { extraHeaders });
      const welcome = event(socket, "welcome");
      socket.connect();
      assertEquals(await welcome, ["ada"]);
    }
    await clients.close();
    server.check();
  });
}
