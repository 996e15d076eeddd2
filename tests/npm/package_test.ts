/** The package for npm, installed by npm into an application. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ServerProcess } from "../kit/process.ts";
import { talkInAllWays } from "../mounting/suite.ts";
import { Clients, event, WAYS } from "../runtimes/client.ts";
import { openPolling, requestWebSocket } from "../runtimes/raw.ts";
import { bunCommand } from "../tools/bun.ts";
import { commandInPath } from "../tools/command_in_path.ts";
import { nodeCommand } from "../tools/node.ts";
import { pack } from "../tools/pack.ts";

const FIXTURES = new URL("./fixtures/", import.meta.url);
const BESIDE = [
  "@types/bun@1.4.4",
  "@types/node@20.19.25",
  "@types/ws@8.18.1",
  "esbuild@0.25.12",
  "express@5.3.0",
  "hono@4.13.0",
  "typescript@5.9.3",
  "ws@8.23.0",
];

/** Not a file, since Deno has not the types of Bun. */
const ON_BUN = `
import { Server } from "@fetchio/server";
import { Server as EngineServer } from "@fetchio/server/engine";
import { socketIO, type SocketIOEnv } from "@fetchio/server/hono";
import { Hono } from "hono";

const io = new Server();
const engine = new EngineServer();
const app = new Hono<SocketIOEnv>().use(socketIO(io));

Bun.serve({
  fetch: io.fetch,
  websocket: io.websocket,
  routes: { "/": new Response("my own pages") },
});
Bun.serve({ fetch: engine.fetch, websocket: engine.websocket });
Bun.serve({ fetch: io.handler(() => new Response("my own pages")), websocket: io.websocket });
Bun.serve({ fetch: (request, server) => io.fetch(request, server), websocket: io.websocket });

export default { fetch: app.fetch, websocket: io.websocket } satisfies Bun.Serve.Options<unknown>;
`;

/** The application's folder. */
let folder: string;

Deno.test.beforeAll(async () => {
  folder = await Deno.makeTempDir();
  await pack(`${folder}/package.tgz`);
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ type: "module" }));
  for await (const { name } of Deno.readDir(FIXTURES)) {
    await Deno.copyFile(new URL(name, FIXTURES), `${folder}/${name}`);
  }
  const npm = await commandInPath("npm");
  if (npm === undefined) throw new Error("These tests need npm");
  await run(npm, ["install", "--no-audit", "--no-fund", "./package.tgz", ...BESIDE]);
});
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

Deno.test("the npm package brings nothing along", async () => {
  const installed = `${folder}/node_modules/@fetchio/server`;
  const manifest = JSON.parse(await Deno.readTextFile(`${installed}/package.json`));
  assertEquals(manifest.dependencies, undefined);
  const config = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assertEquals(Object.keys(manifest.exports), Object.keys(config.exports));
  const names = [...Deno.readDirSync(installed)].map(({ name }) => name).sort();
  const expected = "CHANGELOG.md LICENSE README.md mod.d.ts mod.js package.json src".split(" ");
  assertEquals(names, expected);
});

Deno.test("the npm package runs on Node", async () => {
  await talk(await nodeCommand(), "app.mjs");
});

Deno.test("the example for Node announces to all what is posted", async () => {
  await Deno.copyFile(new URL("../../examples/node.mjs", import.meta.url), `${folder}/node.mjs`);
  await using server = await ServerProcess.start({
    command: await nodeCommand(),
    args: () => [`${folder}/node.mjs`],
    env: (port) => ({ PORT: `${port}` }),
  });
  const page = await fetch(server.url);
  assertStringIncludes(await page.text(), "/socket.io/socket.io.js");
  const clients = new Clients(server.url);
  try {
    const sockets = await Promise.all(WAYS.map((way) => clients.connect(way)));
    const announced = sockets.map((socket) => event(socket, "announced"));
    const response = await fetch(`${server.url}/announce`, { method: "POST", body: "hello" });
    assertEquals([response.status, await response.text()], [202, "Accepted"]);
    assertEquals(await Promise.all(announced), [["hello"], ["hello"], ["hello"]]);
    const count = event(sockets[0]!, "count");
    sockets[2]!.disconnect();
    assertEquals(await count, [2]);
  } finally {
    await clients.close();
  }
});

Deno.test("without the package ws, polling works, and the server says what is missing", async () => {
  await Deno.rename(`${folder}/node_modules/ws`, `${folder}/ws`);
  try {
    const args = (port: number) => [`${folder}/app.mjs`, `${port}`];
    const server = await ServerProcess.start({ command: await nodeCommand(), args });
    const path = "/socket.io/?EIO=4&transport=websocket";
    assertEquals((await requestWebSocket(server.url, path)).status, 400);
    assertEquals((await (await openPolling(server.url)).join()).length, 20);
    await assertRejects(() => server.stop(), Error, "WebSockets on Node need the package ws");
  } finally {
    await Deno.rename(`${folder}/ws`, `${folder}/node_modules/ws`);
  }
});

Deno.test("the npm package runs on Bun", async () => {
  await talk(await bunCommand(), "app.mjs");
});

Deno.test("the npm package can be bundled with an application, as CommonJS too", async () => {
  const options = ["--bundle", "--platform=node", "--format=cjs", "--outfile=bundle.cjs"];
  await run(`${folder}/node_modules/.bin/esbuild`, ["bundled.mjs", ...options]);
  await Deno.rename(`${folder}/node_modules`, `${folder}/elsewhere`);
  try {
    await talk(await nodeCommand(), "bundle.cjs");
  } finally {
    await Deno.rename(`${folder}/elsewhere`, `${folder}/node_modules`);
  }
});

Deno.test("the npm package has types that hold beside those of Node, ws and Hono", async () => {
  const options = [
    ...["--target", "es2023", "--module", "nodenext", "--lib", "es2023,esnext.disposable"],
    ...["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"],
    ...["--types", "node,ws"],
  ];
  await run(`${folder}/node_modules/.bin/tsc`, [...options, "types.ts"]);
});

Deno.test("the npm package has types that hold beside those of Bun", async () => {
  const options = [
    ...["--target", "esnext", "--module", "esnext", "--moduleResolution", "bundler"],
    // Bun's own do not agree with those of every Node.
    ...["--types", "bun", "--skipLibCheck", "--noEmit", "--strict"],
  ];
  await Deno.writeTextFile(`${folder}/bun_types.ts`, ON_BUN);
  await run(`${folder}/node_modules/.bin/tsc`, [...options, "bun_types.ts"]);
});

Deno.test("the npm package has types that hold beside those of the web alone, of 2022", async () => {
  const options = [
    ...["--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"],
    ...["--lib", "es2022,dom", "--typeRoots", "./none", "--noEmit", "--strict"],
  ];
  await run(`${folder}/node_modules/.bin/tsc`, [...options, "web_types.ts"]);
});

async function talk(command: string, file: string): Promise<void> {
  const args = (port: number) => [`${folder}/${file}`, `${port}`];
  await using server = await ServerProcess.start({ command, args });
  const clients = new Clients(server.url);
  try {
    await talkInAllWays(clients);
  } finally {
    await clients.close();
  }
}

async function run(command: string, args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: folder,
    stdin: "null",
    signal: AbortSignal.timeout(240_000),
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stdout) + decoder.decode(stderr));
}
