/** The official server with the application: `node official.mjs <port> <folder with node_modules>`; Deno needs no folder. */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";
import { install, OPTIONS } from "./app.mjs";

const [, , port, folder] = process.argv;
const { Server } = folder === undefined
  ? await import("socket.io")
  : createRequire(`${folder}/`)("socket.io");

const entries = [];
const http = createServer((request, response) => {
  const known = request.url === "/log";
  response.writeHead(known ? 200 : 404);
  response.end(known ? JSON.stringify(entries.splice(0)) : undefined);
});
const io = new Server(http, OPTIONS);
install(io, (...entry) => void entries.push(entry));
http.listen(Number(port), "127.0.0.1");
