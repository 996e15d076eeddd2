/** The application that both servers run: plain JavaScript, so that Node takes it as it is. */

/** Options that both servers are made with. */
export const OPTIONS = {
  pingInterval: 60_000,
  pingTimeout: 60_000,
  maxHttpBufferSize: 10_000,
  cleanupEmptyChildNamespaces: true,
  cookie: { name: "io", sameSite: "lax" },
  cors: { origin: ["http://a.example", /\.b\.example$/], credentials: true, exposedHeaders: "x-y" },
};

/** Adds the application; `log` notes what the server's side sees. */
export function install(io, log) {
  io.engine.on("connection_error", ({ code, message, context }) => {
    log("connection_error", code, message, { ...context });
  });
  io.engine.on("initial_headers", (headers) => void (headers["x-initial"] = "1"));
  io.engine.on("headers", (headers) => void (headers["x-every"] = "1"));
  io.on("new_namespace", (nsp) => log("new_namespace", nsp.name));

  io.use((socket, next) => {
    const { fail } = socket.handshake.auth;
    if (fail === undefined) return next();
    next(fail === "data" ? Object.assign(new Error("no"), { data: { code: 7 } }) : new Error(fail));
  });
  io.of("/a").use((_, next) => {
    log("first middleware");
    setTimeout(next, 5);
  });
  io.of("/a").use((_, next) => {
    log("second middleware");
    next();
  });
  const dynamic = io.of(/^\/dyn-\d+$/);
  const asked = io.of((name, auth, next) => next(null, name === "/asked" && auth.may === true));
  for (const nsp of [io, io.of("/a"), dynamic, asked]) {
    nsp.on("connection", (socket) => serve(io, socket, log));
  }
}

function serve(io, socket, log) {
  const { auth, query, xdomain, secure, url } = socket.handshake;
  const { conn } = socket;
  log("connection", socket.nsp.name, {
    auth: { ...auth },
    query: { ...query },
    xdomain,
    secure,
    url,
    transport: conn.transport.name,
    protocol: conn.protocol,
    state: [conn.readyState, socket.connected, socket.disconnected, socket.recovered],
    rooms: socket.rooms.size,
    clients: io.engine.clientsCount,
  });
  socket.onAny((...args) => log("any", ...args.map(plain)));
  socket.onAnyOutgoing((...args) => log("any outgoing", ...args.map(plain)));
  socket.on("disconnecting", (reason) => log("disconnecting", reason, socket.rooms.size));
  socket.on("disconnect", (reason) => log("disconnect", reason, socket.connected));
  socket.on("error", (error) => log("error", error.message));
  socket.use(([event], next) => next(event === "forbidden" ? new Error("forbidden") : undefined));
  for (const name of ["echo", "", "7", "message", "hasOwnProperty", "__proto__"]) {
    socket.on(name, (...args) => {
      const ack = args.at(-1);
      if (typeof ack === "function") ack(...args.slice(0, -1));
      else socket.emit("echoed", ...args);
    });
  }
  socket.on("twice", (ack) => {
    ack(1);
    ack(2);
  });
  socket.on("do", async (name, ack) => {
    try {
      const result = await ACTIONS[name](io, socket, log);
      log("done", name, plain(result));
    } catch (error) {
      log("failed", name, error.message, plain(error.responses));
    }
    if (typeof ack === "function") ack();
  });
}

const bytes = () => new Uint8Array([1, 2, 3]);

/** What the server can be asked to do. */
export const ACTIONS = {
  "emit": (_, socket) => socket.emit("x"),
  "emit with arguments": (_, socket) =>
    socket.emit("x", 1, "é", null, undefined, { a: undefined }, [undefined]),
  "emit numbers": (_, socket) => socket.emit("x", NaN, Infinity, -0, 1e21, 0.1),
  "emit dates": (_, socket) => socket.emit("x", new Date(0), { at: new Date(0) }),
  "emit bytes": (_, socket) => socket.emit("x", bytes(), { deep: [bytes().buffer] }),
  "emit a view": (_, socket) => socket.emit("x", new Uint8Array(bytes().buffer, 1, 1)),
  "emit what has toJSON": (_, socket) => socket.emit("x", { toJSON: () => ({ y: 1 }) }),
  "emit bytes and toJSON": (_, socket) =>
    socket.emit("x", bytes(), { toJSON: () => ({ y: bytes() }) }),
  "emit a symbol and a function inside": (_, socket) =>
    socket.emit("x", { f: () => 1, s: Symbol("s"), y: 1 }),
  "emit a map and a set": (_, socket) => socket.emit("x", new Map([[1, 2]]), new Set([1])),
  "emit a reserved name": (_, socket) => socket.emit("connect"),
  "emit newListener": (_, socket) => socket.emit("newListener"),
  "emit disconnecting": (io) => io.emit("disconnecting"),
  "broadcast a reserved name": (_, socket) => socket.broadcast.emit("disconnect"),
  "emit an empty name": (_, socket) => socket.emit("", 1),
  "send": (_, socket) => socket.send("a", 1) === socket,
  "write": (_, socket) => socket.write("a") === socket,
  "emit volatile": (_, socket) => socket.volatile.emit("x"),
  "emit uncompressed": (_, socket) => socket.compress(false).emit("x"),
  "ask": (_, socket) => socket.timeout(5_000).emitWithAck("question", 1),
  "ask, in vain": (_, socket) => socket.timeout(20).emitWithAck("nothing"),
  "ask by callback": (_, socket) =>
    new Promise((it) => socket.emit("question", 1, (...args) => it(args))),
  "ask by callback, in time": (_, socket) =>
    new Promise((it) =>
      socket.timeout(5_000).emit("question", 1, (...args) => it(args.map(plain)))
    ),
  "ask by callback, in vain": (_, socket) =>
    new Promise((it) =>
      socket.timeout(20).emit("nothing", (...args) => it(args.map((a) => a?.message)))
    ),
  "ask all": (io) => io.timeout(5_000).emitWithAck("question", 1),
  "ask all, in vain": (io) => io.timeout(20).emitWithAck("nothing"),
  "ask nobody": (io) => io.to("nobody").timeout(5_000).emitWithAck("question"),
  "ask all by callback": (io) =>
    new Promise((it) =>
      io.timeout(5_000).emit("question", 1, (error, answers) => it([error?.message, answers]))
    ),
  "io.emit": (io) => io.emit("x", 1),
  "io.send": (io) => io.send("a") !== undefined,
  "io.emit bytes": (io) => io.emit("x", bytes()),
  "to a room": (io, socket) => {
    socket.join("r");
    return io.to("r").emit("x");
  },
  "to two rooms": (io, socket) => {
    socket.join(["r", "s"]);
    return io.to("r").to("s").emit("x");
  },
  "to a room but one": (io, socket) => {
    socket.join(["r", "s"]);
    return io.to("r").except("s").emit("x");
  },
  "broadcast": (_, socket) => socket.broadcast.emit("x"),
  "to an own room": (_, socket) => {
    socket.join("r");
    return socket.to("r").emit("x");
  },
  "to oneself by id": (io, socket) => io.to(socket.id).emit("x"),
  "leave": (io, socket) => {
    socket.join("r");
    socket.leave("r");
    io.to("r").emit("x");
    return [...socket.rooms].length;
  },
  "socketsJoin": async (io) => {
    io.socketsJoin(["r", "s"]);
    io.in("r").socketsLeave("s");
    const [socket] = await io.fetchSockets();
    return [socket.rooms.has("r"), socket.rooms.has("s")];
  },
  "fetchSockets": async (io, socket) => {
    socket.data.x = 1;
    const [it] = await io.in(socket.id).fetchSockets();
    return [it.id === socket.id, it.data, it.rooms.size, Object.keys(it.handshake).sort()];
  },
  "allSockets": async (io) => (await io.allSockets()).size,
  "serverSideEmit a reserved name": (io) => io.serverSideEmit("connection"),
  "fetchSockets of a parent": (io) => io.of(/^\/never$/).fetchSockets(),
  "a stateful pattern": (io) => io.of(/x/g),
  "parent emit": (io) => io.of(/^\/other-never$/).emit("x"),
  "disconnect": (_, socket) => socket.disconnect() === socket,
  "disconnect for good": (_, socket) => socket.disconnect(true) === socket,
  "disconnectSockets": (io) => io.disconnectSockets(),
  "disconnectSockets for good": (io) => io.disconnectSockets(true),
  "close the connection": (_, socket) => void socket.conn.close(),
  "drop the connection": (_, socket) => void socket.conn.close(true),
  "emit, then disconnect": (_, socket) => {
    socket.emit("x");
    socket.disconnect(true);
  },
  "emit after disconnect": (_, socket) => {
    socket.disconnect();
    return socket.emit("x");
  },
  "join after disconnect": (_, socket) => {
    socket.disconnect();
    socket.join("r");
    return socket.rooms.size;
  },
  "rooms in disconnect": (_, socket) => {
    let rooms;
    socket.once("disconnect", () => rooms = socket.rooms.size);
    socket.disconnect();
    return rooms;
  },
  "engine properties": (io, { conn }) => [
    conn.readyState,
    conn.protocol,
    conn.upgrading ?? false,
    conn.upgraded,
    conn.transport.name,
    conn.transport.writable,
    typeof conn.id,
    typeof conn.remoteAddress,
    io.engine.clientsCount,
    io.engine.upgrades("polling").filter((name) => name !== "webtransport"),
    io.engine.upgrades("websocket"),
  ],
  "server properties": (io, socket) => [
    io.path(),
    io.serveClient(),
    io.connectTimeout(),
    io.sockets.name,
    io.of("/") === io.sockets,
    socket.nsp.server === io,
    socket.client.conn === socket.conn,
    socket.adapter === socket.nsp.adapter,
    socket.nsp.sockets.size,
  ],
  "listener properties": (_, socket) => [
    socket.listenersAny().length,
    socket.listenersAnyOutgoing().length,
    socket.listenerCount("do"),
    socket.eventNames().includes("do"),
  ],
};

/** A value as JSON has it, bytes included. */
function plain(value) {
  if (typeof value === "function") return "function";
  if (value === undefined) return "undefined";
  return JSON.parse(JSON.stringify(value, (_key, it) => {
    if (it?.type === "Buffer") return { bytes: it.data };
    return ArrayBuffer.isView(it) ? { bytes: [...it] } : it;
  }));
}
