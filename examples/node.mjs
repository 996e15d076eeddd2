/** Node, beside an application of Express. After `npm install @fetchio/server ws express`: `node node.mjs`. */
import { createServer } from "node:http";
import process from "node:process";
import { Server } from "@fetchio/server";
import express from "express";

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Announcements</title>
<p>Here are <b>0</b>. Say something to all of them:
  <code>curl localhost:3000/announce -H content-type:text/plain -d hello</code>
<ul></ul>
<script src="/socket.io/socket.io.js"></script>
<script>
  const socket = io();
  socket.on("count", (count) => document.querySelector("b").textContent = count);
  socket.on("announced", (text) => document.querySelector("ul").append(
    Object.assign(document.createElement("li"), { textContent: text }),
  ));
</script>
`;

const app = express();
const server = createServer(app);
const io = new Server(server);

const count = () => io.emit("count", io.sockets.sockets.size);
io.on("connection", (socket) => {
  count();
  socket.on("disconnect", count);
});

app.get("/", (_request, response) => response.send(PAGE));
app.post("/announce", express.text(), (request, response) => {
  io.emit("announced", request.body);
  response.sendStatus(202);
});

server.listen(Number(process.env.PORT ?? 3000));
process.once("SIGTERM", () => io.drain({ within: 5_000 }));
