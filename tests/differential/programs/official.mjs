/** The official server as a stage: `node official.mjs <port> <folder with node_modules>`; Deno needs no folder. */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";
import { control } from "./stage.mjs";

const [, , port, folder] = process.argv;
const load = folder === undefined ? undefined : createRequire(`${folder}/`);
const { Server } = load === undefined ? await import("socket.io") : load("socket.io");
const engineOf = load === undefined
  ? await import("engine.io")
  : createRequire(load.resolve("socket.io"))("engine.io");

const engines = new Map();

function create(options) {
  const io = new Server(options);
  const engine = new engineOf.Server({ ...options, ...io.opts });
  io.bind(engine);
  engines.set(options.path, engine);
  const close = async () => {
    io.disconnectSockets(true);
    engine.close();
    engines.delete(options.path);
    await Promise.all([...io._nsps.values()].map((nsp) => nsp.adapter.close()));
  };
  return { io, close };
}

const http = createServer(async (request, response) => {
  if (request.url === "/control") {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await control(JSON.parse(Buffer.concat(chunks).toString()), create);
    return response.end(JSON.stringify(answer));
  }
  const engine = engineFor(request);
  if (engine !== undefined) return engine.handleRequest(request, response);
  response.writeHead(404);
  response.end();
});
http.on("upgrade", (request, socket, head) => {
  const engine = engineFor(request);
  if (engine === undefined) socket.destroy();
  else engine.handleUpgrade(request, socket, head);
});
http.listen(Number(port), "127.0.0.1");

function engineFor(request) {
  return engines.get(`/${request.url.split("/")[1]}`);
}
