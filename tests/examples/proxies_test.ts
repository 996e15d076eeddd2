/** The configurations of examples/proxies, run by the proxies that they are for, with a server on Deno and one on Bun. */
import { assert, assertEquals } from "@std/assert";
import type { Socket } from "socket.io-client";
import { ServerProcess } from "../kit/process.ts";
import { Clients, UPGRADE, WAYS } from "../runtimes/client.ts";
import { BUN, DENO } from "../runtimes/test_runtime.ts";
import { aptCommand } from "../tools/apt_command.ts";

const SERVER = new URL("fixtures/behind_proxy.ts", import.meta.url);
const EXAMPLES = new URL("../../examples/proxies/", import.meta.url);

interface Proxy {
  readonly program: string;
  readonly debianPackage: string;
  readonly config: string;
  /** How it is started, to write nothing but into the folder. */
  args(config: string, folder: string): string[];
}

const PROXIES: readonly Proxy[] = [
  {
    program: "nginx",
    debianPackage: "nginx-light",
    config: "nginx.conf",
    args: (config, folder) => [
      "-p",
      folder,
      "-e",
      "stderr",
      "-c",
      config,
      "-g",
      `daemon off; master_process off; pid ${folder}/pid; error_log stderr error;`,
    ],
  },
  {
    program: "haproxy",
    debianPackage: "haproxy",
    config: "haproxy.cfg",
    args: (config) => ["-q", "-db", "-f", config],
  },
];

/** Starts a proxy in front of two servers, with the ports of the example replaced. */
async function startProxy(
  proxy: Proxy,
  ports: readonly number[],
  folder: string,
): Promise<ServerProcess> {
  const example = await Deno.readTextFile(new URL(proxy.config, EXAMPLES));
  const config = `${folder}/config`;
  return await ServerProcess.start({
    command: await aptCommand(proxy.program, proxy.debianPackage),
    args: (port) => {
      const text = example.replace(":8080", `:${port}`)
        .replace(":3001", `:${ports[0]}`)
        .replace(":3002", `:${ports[1]}`)
        // Where nginx keeps what is long, unless told: not for everybody to write.
        .replace("http {", `http { access_log off; client_body_temp_path ${folder}/body;`);
      Deno.writeTextFileSync(config, text);
      return proxy.args(config, folder);
    },
  });
}

/** How the client tells who it is, in vain. A copy for each: it writes its cookies into them. */
const LIES = { "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https" };

for (const proxy of PROXIES) {
  Deno.test(`clients reach two servers behind ${proxy.program}`, async (t) => {
    const folder = await Deno.makeTempDir();
    await using first = await DENO.serve(SERVER);
    await using second = await BUN.serve(SERVER);
    await using front = await startProxy(proxy, [first.port, second.port], folder);
    const all: Clients[] = [];
    const connect = (way = UPGRADE): Promise<Socket> => {
      const clients = new Clients(front.url);
      all.push(clients);
      return clients.connect(way, "/", { withCredentials: true, extraHeaders: { ...LIES } });
    };
    try {
      for (const way of WAYS) {
        await t.step(`${way.name}, a session stays with its server`, async () => {
          const socket = await connect(way);
          const server = await socket.emitWithAck("server");
          for (let i = 0; i < 20; i++) assertEquals(await socket.emitWithAck("echo", i), i);
          const bytes = await socket.emitWithAck("echo", new Uint8Array([1, 2]));
          assertEquals([...new Uint8Array(bytes)], [1, 2]);
          assertEquals(await socket.emitWithAck("server"), server);
        });
        await t.step(`${way.name}, a session lasts beyond some pings`, async () => {
          const socket = await connect(way);
          for (let i = 0; i < 3; i++) {
            await new Promise((resolve) => socket.io.once("ping", () => resolve(undefined)));
          }
          assert(socket.connected);
        });
      }
      await t.step("the address is the client's, whatever it says", async () => {
        const socket = await connect();
        const sender = await new Promise((resolve) =>
          socket.emit("sender", (...them: unknown[]) => resolve(them))
        );
        assertEquals(sender, ["127.0.0.1", false]);
      });
      await t.step("a large message goes through", async () => {
        const socket = await connect(WAYS[0]);
        const text = "x".repeat(900_000);
        assertEquals(await socket.emitWithAck("echo", text), text);
      });
      if (proxy.program === "haproxy") {
        await t.step("both servers have clients", async () => {
          const sockets = await Promise.all([connect(), connect(), connect(), connect()]);
          const servers = await Promise.all(sockets.map((it) => it.emitWithAck("server")));
          assertEquals(new Set(servers).size, 2);
        });
      }
    } finally {
      await Promise.all(all.map((it) => it.close()));
      await Deno.remove(folder, { recursive: true });
    }
    for (const it of [first, second, front]) it.check();
  });
}
