/**
 * The limit of a runtime: the least JavaScript that the protocol allows. Parses an event, writes the
 * reply; knows no sessions but those of polling, no listeners, heartbeats, checks or bytes.
 */
import { listen } from "./listen.mjs";

const PLAIN = { headers: { "content-type": "text/plain; charset=UTF-8" } };
const polls = new Map();
let count = 0;

const opening = (id) =>
  `0{"sid":"${id}","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`;

function receive(peer, message, hub) {
  if (message.charCodeAt(0) !== 52) return;
  if (message.charCodeAt(1) === 48) {
    hub.join(peer, "");
    peer.send(`40{"sid":"${++count}"}`);
    return;
  }
  const start = message.indexOf("[", 2);
  const args = JSON.parse(message.slice(start));
  const ack = start > 2 ? `43${message.slice(2, start)}` : undefined;
  switch (args[0]) {
    case "echo":
      if (ack === undefined) peer.send("42" + JSON.stringify(["echo", args[1]]));
      else peer.send(ack + JSON.stringify([args[1]]));
      break;
    case "join":
      hub.join(peer, args[1]);
      peer.send(`${ack}[]`);
      break;
    case "all":
      hub.publish("", "42" + JSON.stringify(["news", args[1]]));
      break;
    case "room":
      hub.publish(args[1], "42" + JSON.stringify(["news", args[2]]));
      break;
    case "others":
      hub.publish(args[1], "42" + JSON.stringify(["news", args[2]]), peer);
  }
}

/** A session over polling: what waits, or who waits for it. */
class Poll {
  #waiting = "";
  #answer;

  send(message) {
    if (this.#answer === undefined) this.#waiting += (this.#waiting && "\x1e") + message;
    else this.#answer(new Response(message, PLAIN));
    this.#answer = undefined;
  }

  take() {
    if (this.#waiting === "") return new Promise((resolve) => this.#answer = resolve);
    const body = this.#waiting;
    this.#waiting = "";
    return new Response(body, PLAIN);
  }
}

async function poll(request, hub) {
  const { method, url } = request;
  const at = url.indexOf("&sid=");
  if (at === -1) {
    const id = `p${++count}`;
    polls.set(id, new Poll());
    return new Response(opening(id), PLAIN);
  }
  const session = polls.get(url.slice(at + 5));
  if (method === "GET") return session.take();
  for (const message of (await request.text()).split("\x1e")) receive(session, message, hub);
  return new Response("ok", PLAIN);
}

function onBun() {
  const hub = {
    join: (peer, room) => peer.subscribe?.(`r${room}`),
    publish: (room, text, sender = server) => sender.publish(`r${room}`, text),
  };
  const server = listen({
    fetch(request, server) {
      if (request.url.includes("transport=polling")) return poll(request, hub);
      if (!server.upgrade(request)) return new Response(null, { status: 400 });
    },
    websocket: {
      open: (socket) => void socket.send(opening(++count)),
      message: (socket, message) => receive(socket, message, hub),
    },
  });
}

function onDeno() {
  const rooms = new Map();
  const hub = {
    join(peer, room) {
      const members = rooms.get(room);
      if (members === undefined) rooms.set(room, new Set([peer]));
      else members.add(peer);
      peer.rooms?.push(room);
    },
    publish(room, text, sender) {
      for (const peer of rooms.get(room)) if (peer !== sender) peer.send(text);
    },
  };
  listen({
    fetch(request) {
      if (request.url.includes("transport=polling")) return poll(request, hub);
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
      socket.rooms = [];
      socket.onopen = () => socket.send(opening(++count));
      socket.onmessage = ({ data }) => receive(socket, data, hub);
      socket.onclose = () => socket.rooms.forEach((room) => rooms.get(room).delete(socket));
      return response;
    },
  });
}

if (globalThis.Bun) onBun();
else onDeno();
