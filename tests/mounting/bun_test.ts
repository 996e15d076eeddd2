import { assertEquals } from "@std/assert";
import { ServerProcess } from "../kit/process.ts";
import { Clients, event, WAYS } from "../runtimes/client.ts";
import { BUN } from "../runtimes/test_runtime.ts";
import { bunCommand } from "../tools/bun.ts";
import { hasHomePage, mountingSuite, mountingTest } from "./suite.ts";

mountingSuite(BUN);
mountingTest(
  "Bun: clients connect to Bun.serve, beside its routes",
  (module) => BUN.run(module),
  "bun_serve.ts",
  hasHomePage,
);
mountingTest(
  "Bun: clients connect to new Server(httpServer)",
  (module) => BUN.run(module),
  "http_server.ts",
  hasHomePage,
);

Deno.test("Bun: with --hot, clients go on with the changed file", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/app.ts`;
  const write = async (version: number) => {
    const text = `
      import { Server } from ${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)};
      const io = new Server();
      io.on("connection", (socket) => socket.on("version", (ack) => ack(${version})));
      export default io;`;
    await Deno.writeTextFile(`${file}.new`, text);
    // At once, so that no half of it is evaluated.
    await Deno.rename(`${file}.new`, file);
  };
  await write(1);
  const command = await bunCommand();
  // It watches what is in the folder that it runs in.
  const args = (port: number) => [`--cwd=${folder}`, "--hot", `--port=${port}`, file];
  const server = await ServerProcess.start({ command, args });
  const clients = new Clients(server.url);
  try {
    // Several changes may be seen in one.
    const options = { reconnection: true, reconnectionDelay: 300, retries: 10, ackTimeout: 5_000 };
    const sockets = await Promise.all(WAYS.map((way) => clients.connect(way, "/", options)));
    const versions = () => Promise.all(sockets.map((it) => it.emitWithAck("version")));
    assertEquals(await versions(), [1, 1, 1]);
    const back = sockets.map((socket) => event(socket, "connect"));
    await write(2);
    await Promise.all(back);
    assertEquals(await versions(), [2, 2, 2]);
    server.check();
  } finally {
    await clients.close();
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
