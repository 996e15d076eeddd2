/** Ours, on a server of node:http. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "../../mod.ts";
import { install } from "./app.mjs";
import { announce, options, sideChannel } from "./side_channel.mjs";

const http = createServer((request, response) => {
  response.end(sideChannel(request.url));
});
install(new Server(http, options));
http.listen(0, "127.0.0.1", () => announce((http.address() as AddressInfo).port));
