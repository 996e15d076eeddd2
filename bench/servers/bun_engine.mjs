/** The official server on the official engine for Bun. */
import { createRequire } from "node:module";
import { install } from "./app.mjs";
import { listen } from "./listen.mjs";
import { options, packages } from "./side_channel.mjs";

const require = createRequire(packages);
const { Server } = require("socket.io");
const { Server: Engine } = require("@socket.io/bun-engine");
const io = new Server();
const engine = new Engine({ path: "/socket.io/", ...options });
io.bind(engine);
install(io);
listen(engine.handler());
