/** The official server, on Node. */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { install } from "./app.mjs";
import { announce, options, packages, sideChannel } from "./side_channel.mjs";

const { Server } = createRequire(packages)("socket.io");
const http = createServer((request, response) => {
  response.end(sideChannel(request.url));
});
install(new Server(http, options));
http.listen(0, "127.0.0.1", () => announce(http.address().port));
