/** Plays the server's part of a program, on whichever server; plain JavaScript, so that Node takes it as it is. */
import { make, show } from "./values.mjs";

/** The event by which the test finds out that all before it was handled. */
const BARRIER = "~";
/** Events that nobody notes on their way out: one may get lost, the other cannot be written and is told of before or not. */
const UNCERTAIN = ["volatile", "bad"];

/** The servers of the programs that run. */
const stages = new Map();

/**
 * Answers what the test asks of this side.
 *
 * @param create makes a server with options, and says how it is closed
 */
export async function control({ id, kind, program, ops, patience }, create) {
  switch (kind) {
    case "begin":
      stages.set(id, new Stage(create({ path: `/${id}`, ...program.options }), program, patience));
      return {};
    case "do":
      return stages.get(id).perform(ops);
    case "look":
      return stages.get(id).look();
    case "end": {
      const stage = stages.get(id);
      stages.delete(id);
      await stage.close();
      return {};
    }
  }
}

class Stage {
  #io;
  #close;
  #patience;
  #entries = [];
  #listeners = new WeakMap();
  /** How much is under way that ends by itself. */
  #pending = 0;

  constructor({ io, close }, { namespaces }, patience) {
    this.#io = io;
    this.#close = close;
    this.#patience = patience;
    for (const plan of namespaces) this.#add(plan);
  }

  async close() {
    await this.#close();
  }

  perform(ops) {
    for (const op of ops) this.#perform(op, undefined, []);
    return {};
  }

  look() {
    const nsps = [...this.#io._nsps.values()].sort((a, b) => a.name < b.name ? -1 : 1);
    return {
      entries: this.#entries.splice(0),
      pending: this.#pending,
      clients: this.#io.engine.clientsCount,
      live: nsps.flatMap((nsp) => [...nsp.sockets.values()].map(label)),
      state: nsps.map((nsp) => [nsp.name, this.#rooms(nsp)]),
    };
  }

  #rooms({ sockets, adapter }) {
    const name = (id) => sockets.has(id) ? label(sockets.get(id)) : `lost`;
    const text = (room) => sockets.has(room) ? label(sockets.get(room)) : `${room}`;
    return [...adapter.rooms].map(([room, ids]) => [text(room), [...ids].map(name).sort()]).sort();
  }

  #log(lane, ...parts) {
    this.#entries.push([lane, parts.map((it) => typeof it === "string" ? it : show(it)).join(" ")]);
  }

  #later(ms, then) {
    this.#pending++;
    setTimeout(() => {
      this.#pending--;
      then();
    }, ms);
  }

  #add(plan) {
    const io = this.#io;
    const nsp = plan.pattern !== undefined
      ? io.of(new RegExp(plan.pattern))
      : plan.asked !== undefined
      ? io.of((name, auth, next) => {
        const answer = () => next(null, plan.asked === name && auth.may !== false);
        plan.waits === undefined ? answer() : this.#later(plan.waits, answer);
      })
      : io.of(plan.name);
    for (const middleware of plan.middlewares) {
      nsp.use((socket, next) => this.#admit(middleware, socket, next));
    }
    nsp.on("connection", (socket) => this.#serve(plan, socket));
  }

  #admit({ waits, does, refuses }, socket, next) {
    const { auth } = socket.handshake;
    this.#log(`${label(socket)} middleware`, secretless(auth), socket.connected, socket.recovered);
    for (const op of does ?? []) this.#perform(op, socket, []);
    const error = refuses !== undefined && auth.refuse === true
      ? Object.assign(new Error(refuses.message), make(refuses.more, () => {}))
      : undefined;
    if (waits === undefined) next(error);
    else this.#later(waits, () => next(error));
  }

  #serve(plan, socket) {
    const name = label(socket);
    const { auth, query, xdomain, secure } = socket.handshake;
    const { EIO: _1, transport: _2, t: _3, ...rest } = query;
    this.#log(
      `${name} life`,
      "connection",
      { auth: secretless(auth), rest, xdomain, secure },
      socket.recovered,
    );
    this.#log(`${name} life`, socket.rooms.size, socket.data, socket.connected);
    socket.onAny((...args) => args[0] === BARRIER || this.#log(`${name} any`, args));
    socket.onAnyOutgoing((...args) =>
      UNCERTAIN.includes(args[0]) || this.#log(`${name} out`, sent(args))
    );
    socket.on("error", (error) => this.#log(`${name} in`, "error", error));
    for (const event of ["disconnecting", "disconnect"]) {
      socket.on(event, (reason) => {
        this.#log(`${name} life`, event, reason, socket.connected);
        for (const op of plan[event]) this.#perform(op, socket, []);
      });
    }
    socket.on(BARRIER, (ack) => ack());
    for (const middleware of plan.packets) {
      socket.use((event, next) => this.#filter(middleware, socket, event, next));
    }
    for (const [event, ops] of plan.listeners) {
      socket.on(event, (...args) => {
        this.#log(`${name} in`, event, args);
        for (const op of ops) this.#perform(op, socket, args);
        const ack = args.at(-1);
        if (typeof ack === "function" && event !== "mute") ack(event, ...args.slice(0, -1));
      });
    }
    for (const op of plan.connection) this.#perform(op, socket, []);
  }

  #filter({ waits, refuses, adds }, socket, event, next) {
    if (event[0] !== BARRIER) this.#log(`${label(socket)} filter`, event);
    const refused = refuses !== undefined && event[0] === refuses;
    if (adds && event.length > 1 && event[0] !== BARRIER) event[1] = ["changed", event[1]];
    const done = () => next(refused ? new Error("refused") : undefined);
    if (waits === undefined) done();
    else this.#later(waits, done);
  }

  #perform(op, self, args) {
    if (op.later) queueMicrotask(() => this.#performNow(op, self, args));
    else this.#performNow(op, self, args);
  }

  /** Walks a chain of members, and notes where it leads. */
  #performNow({ on, chain, each }, self, args) {
    const where = self === undefined ? "server" : `${label(self)} does`;
    const says = `${chain.map(([name]) => String(name)).join(".")} ${show(chain.at(-1).slice(1))}`;
    const timed = chain.some(([name]) => name === "timeout");
    let waiting = false;
    const callback = () => {
      waiting = timed;
      if (timed) this.#pending++;
      return (...answer) => {
        if (timed) this.#pending--;
        this.#log("answers", says, outcome(answer));
      };
    };
    const target = this.#find(on, self);
    if (target === undefined) return this.#log(where, says, "nobody");
    let value = target;
    try {
      value = this.#walk(target, chain, callback, args);
    } catch (error) {
      if (waiting) this.#pending--;
      return this.#log(where, says, "throws", error instanceof Error);
    }
    // Ours tells of the rooms that a socket was in, too.
    if (chain.at(-1)[0] === "rooms" && !target.connected) return;
    if (typeof value?.then !== "function") return this.#log(where, says, this.#describe(value));
    if (timed || chain.at(-1)[0] !== "emitWithAck") {
      this.#pending++;
      value.then(() => {}, () => {}).then(() => this.#pending--);
    }
    value.then(
      (result) => {
        this.#log("answers", says, this.#describe(result));
        for (const it of each === undefined ? [] : result) {
          this.#log("each", this.#describe(this.#walk(it, each, callback, args)));
        }
      },
      (error) => {
        // Officially, a question without time limit is never answered when the client has left.
        if (timed) this.#log("answers", says, "failed", error.responses?.map(show).sort());
      },
    );
  }

  #walk(target, chain, callback, args) {
    let value = target;
    for (const [name, ...recipes] of chain) {
      if (name === "set") {
        Object.assign(value.data, make(recipes[0], callback));
        continue;
      }
      const member = value[name];
      const given = recipes.map((it) =>
        it?.$ === "args"
          ? args.filter((arg) => typeof arg !== "function")
          : it?.$ === "time"
          ? it.v * this.#patience
          : it?.$ === "listener"
          ? this.#listener(value, name, it.v)
          : make(it, callback)
      );
      value = typeof member === "function" ? member.apply(value, given) : member;
    }
    return value;
  }

  /** The listener of a socket that has a name, for what a method listens to: the same each time. */
  #listener(socket, method, name) {
    const lane = method.endsWith("Outgoing") ? "out" : method.endsWith("Any") ? "any" : "in";
    const key = `${lane} ${name}`;
    const own = this.#listeners.get(socket) ?? new Map();
    this.#listeners.set(socket, own);
    if (!own.has(key)) {
      own.set(key, (...args) => {
        if (args[0] === BARRIER || UNCERTAIN.includes(args[0])) return;
        this.#log(`${label(socket)} ${lane}`, name, sent(args));
      });
    }
    return own.get(key);
  }

  #find(on, self) {
    if (on.self) return self;
    if (on.who === undefined) return on.nsp === "/" ? this.#io : this.#io.of(on.nsp);
    const sockets = this.#io._nsps.get(on.nsp)?.sockets.values() ?? [];
    return [...sockets].find((it) => label(it) === `${on.who}${on.nsp}`);
  }

  #describe(value) {
    if (Array.isArray(value) && value.some((it) => it?.handshake !== undefined)) {
      return value.map((it) => this.#describe(it)).sort();
    }
    if (value?.handshake !== undefined && value.id !== undefined) {
      // In a socket that is gone, ours still has the rooms that it was in.
      const rooms = [...value.connected === false ? [] : value.rooms].filter((room) =>
        room !== value.id
      ).map(show).sort();
      return `<${value.handshake.query.who} ${rooms} ${show(value.data)}>`;
    }
    if (value instanceof Set) return `${value.size} of a set`;
    if (Array.isArray(value)) return value.map(show).sort();
    return typeof value === "object" && value !== null &&
        Object.getPrototypeOf(value) !== Object.prototype
      ? "an object"
      : show(value);
  }
}

/** What a client says of itself, without what it comes back with. */
function secretless({ pid: _1, offset: _2, ...auth }) {
  return auth;
}

function label({ handshake, nsp }) {
  return `${handshake.query.who}${nsp.name}`;
}

/** What an acknowledgement brought; an error is one, whether time is over or the client is gone. */
function outcome([first, ...rest]) {
  if (first instanceof Error) {
    return ["failed", Array.isArray(rest[0]) ? rest[0].map(show).sort() : []];
  }
  return [first, rest.map((it) => Array.isArray(it) ? it.map(show).sort() : it)];
}

/** An event without the offset that clients come back with, of which it is noted that it is there. */
export function sent(args) {
  const end = args.lastIndexOf("|");
  return end >= 0 && end === args.length - 2 && typeof args.at(-1) === "string"
    ? [...args.slice(0, -1), "and an offset"]
    : args;
}
