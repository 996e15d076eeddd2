/** Packets of every kind and in every order into a server, beside a client in good order that must not notice. */
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Server, type ServerOptions, type Socket } from "../../mod.ts";
import { MemoryRuntime, type MemorySocket } from "../../src/runtimes/memory.ts";
import { Encoder } from "../../src/wire/parser.ts";
import { PacketType } from "../../src/wire/socket_packet.ts";
import type { Random } from "../kit/random.ts";
import vectors from "../wire/vectors/socket_packets.json" with { type: "json" };
import type { Fuzzer } from "./fuzzer.ts";
import { turn } from "./model_client.ts";
import { mutate } from "./mutate.ts";
import { prototypes } from "./wire.ts";

const BASE = "http://localhost/socket.io/";
const TEXTS = vectors.map((it) => it.text);
const NAMESPACES = [
  "/",
  "/",
  "/chat",
  "/slow",
  "/closed",
  "/room-1",
  "/room-2",
  "/late",
  "/nowhere",
  "/__proto__",
];
const EVENTS = [
  "disconnect",
  "echo",
  "join",
  "leave",
  "tell",
  "ask",
  "go",
  "other",
  "error",
  "__proto__",
  7,
];

/** The fuzzer. */
export const packets: Fuzzer = {
  name: "packets",
  async round(random, trace) {
    using time = new FakeTime();
    const before = prototypes();
    const faults: unknown[] = [];
    const io = new Server(optionsOf(random));
    io.on("error", (error) => faults.push(error));
    install(io);
    const runtime = new MemoryRuntime();
    try {
      await attack(random, trace, io, runtime, time);
    } finally {
      await io.close();
    }
    await turn();
    // Those of the application.
    time.tick(40);
    await turn();
    assertEquals(faults, []);
    assertEquals(prototypes(), before);
    assertEquals(io.engine.clientsCount, 0, "a session is left");
    const sockets = [...io.namespaces.values()].map((it) => it.sockets.size);
    assert(sockets.every((it) => it === 0), "a socket is left");
    if (io.opts.connectionStateRecovery === undefined) {
      assertEquals(time.next(), false, "a timer is left");
    }
  },
};

function optionsOf(random: Random): ServerOptions {
  return {
    pingInterval: 500,
    pingTimeout: 400,
    connectTimeout: 300,
    ...(random.below(2) === 0 ? { connectionStateRecovery: {} } : {}),
    ...(random.below(2) === 0 ? { cleanupEmptyChildNamespaces: true } : {}),
    ...(random.below(2) === 0 ? { allowEIO3: true } : {}),
    ...(random.below(3) === 0
      ? { maxNamespaces: 3, maxPendingConnects: 1, maxPendingAcks: 2 }
      : {}),
  };
}

function install(io: Server): void {
  for (
    const nsp of [
      io.sockets,
      io.of("/chat"),
      io.of("/slow"),
      io.of("/closed"),
      io.of(/^\/room-\d$/),
    ]
  ) {
    nsp.on("connection", converse);
  }
  const late = io.of((name, _auth, next) => void setTimeout(next, 30, null, name === "/late"));
  late.on("connection", converse);
  io.of("/slow").use(() => new Promise((resolve) => setTimeout(resolve, 20)));
  io.of("/closed").use((_socket, next) => next(new Error("closed")));
}

function converse(socket: Socket): void {
  if (socket.nsp.name === "/chat") socket.use(() => Promise.resolve());
  socket.on("echo", (...args) => {
    const ack = args.at(-1);
    if (typeof ack === "function") ack(...args.slice(0, -1));
    else socket.emit("echo", ...args);
  });
  socket.on("join", (room) => socket.join(String(room)));
  socket.on("leave", (room) => socket.leave(String(room)));
  socket.on(
    "tell",
    (room, ...args) => socket.to(String(room)).emit("told", ...args.filter(isData)),
  );
  socket.on("ask", (...args) => {
    socket.emit("question", ...args.filter(isData), once("an acknowledgement"));
    socket.timeout(200).emit("question", once("an acknowledgement in time"));
    socket.emitWithAck("question").catch(() => {});
  });
  socket.on("disconnect", once("disconnect"));
  const others = [...socket.nsp.sockets.values()].filter(({ conn }) => conn === socket.conn);
  if (others.length !== 1) throw new Error("in a namespace twice");
  if (socket.conn.readyState !== "open") throw new Error("connected after its end");
  socket.on("go", (close) => socket.disconnect(close === true));
}

async function attack(
  random: Random,
  trace: string[],
  io: Server,
  runtime: MemoryRuntime,
  time: FakeTime,
): Promise<void> {
  const witness = await runtime.connect(io, `${BASE}?EIO=4&transport=websocket`);
  witness.send("40");
  let count = 0;
  const check = () => {
    witness.send(`42${count}["echo",${count}]`);
    const came = witness.received.splice(0);
    if (came.includes("2")) witness.send("3");
    assert(came.includes(`43${count}[${count}]`), `the witness got ${came}`);
    count++;
  };
  for (let clients = 1 + random.below(3); clients > 0; clients--) {
    const eio = random.below(8) === 0 && io.engine.opts.allowEIO3 ? 3 : 4;
    const ws = await runtime.connect(io, `${BASE}?EIO=${eio}&transport=websocket`);
    const client = new Attacker(ws, random, trace);
    for (let n = random.below(50); n > 0 && ws.closed === undefined; n--) {
      client.act();
      if (random.below(4) === 0) await turn();
      if (random.below(6) === 0) {
        const ms = random.below(60);
        trace.push(`${ms} ms`);
        time.tick(ms);
      }
      client.read();
      check();
    }
    if (random.below(2) === 0) ws.close();
    await turn();
    check();
  }
}

/** A client that knows how to behave, and sometimes does not. */
class Attacker {
  readonly #ws: MemorySocket;
  readonly #random: Random;
  readonly #trace: string[];
  /** Where it is, as far as it knows. */
  readonly #joined = new Set<string>();
  /** Questions that it may answer. */
  readonly #asked: string[] = [];
  /** One in how many packets is wild. */
  readonly #wild: number;

  constructor(ws: MemorySocket, random: Random, trace: string[]) {
    this.#ws = ws;
    this.#random = random;
    this.#trace = trace;
    this.#wild = random.pick([3, 10, 50, Infinity]);
  }

  /** Sends a packet. */
  act(): void {
    const random = this.#random;
    if (random.next() < 1 / this.#wild) return this.#goWild();
    const [here] = [...this.#joined].toSorted(() => random.next() - 0.5);
    if (here === undefined || random.below(8) === 0) {
      const name = random.pick(NAMESPACES.filter((it) => !this.#joined.has(it)));
      return this.#say(address("0", name) + (random.below(3) === 0 ? random.pick(AUTHS) : ""));
    }
    if (random.below(10) === 0) {
      this.#joined.delete(here);
      return this.#say(address("1", here));
    }
    if (random.below(4) === 0 && this.#asked.length > 0) {
      return this.#say(`${random.pick(this.#asked)}[1]`);
    }
    this.#emit(here);
  }

  /** Reads what came. */
  read(): void {
    for (const frame of this.#ws.received.splice(0)) {
      if (frame === "2") this.#ws.send("3");
      const [, type, name = "/", id] = /^4([0-2])(?:(\/[^,]*),)?(\d+)?/.exec(String(frame)) ?? [];
      if (type === "0") this.#joined.add(name);
      if (type === "1") this.#joined.delete(name);
      if (type === "2" && id !== undefined) this.#asked.push(address("3", name) + id);
    }
  }

  #goWild(): void {
    const random = this.#random;
    switch (random.below(4)) {
      case 0:
        return this.#say(mutate(random.pick(TEXTS), TEXTS, random));
      case 1:
        return this.#say(random.below(2) === 0 ? random.text() : random.bytes());
      case 2:
        return this.#say(address(random.pick(["0", "1", "40"]), random.pick(NAMESPACES)));
      default:
        this.#emit(random.pick(NAMESPACES), true);
    }
  }

  #emit(nsp: string, damaged = false): void {
    const random = this.#random;
    const data = [random.pick(EVENTS), random.pick(["a", "b"]), random.value("bytes", 2)];
    const id = random.below(2) === 0 ? { id: random.below(5) } : {};
    const packet = { type: PacketType.EVENT, nsp, data, ...id };
    const [text, ...attachments] = new Encoder().encode(packet) as (string | Uint8Array)[];
    this.#say(damaged ? mutate(text as string, TEXTS, random) : text!);
    for (const it of attachments) this.#say(it);
  }

  #say(message: string | Uint8Array): void {
    this.#trace.push(typeof message === "string" ? message : `${message.length} bytes`);
    this.#ws.send(typeof message === "string" ? `4${message}` : message);
  }
}

function address(type: string, nsp: string): string {
  return nsp === "/" ? type : `${type}${nsp},`;
}

const AUTHS = [
  '{"token":1}',
  '{"__proto__":1}',
  '{"pid":"x","offset":"y"}',
  '{"pid":1,"offset":[]}',
];

/** Throws when it is called again. */
function once(what: string): () => void {
  let times = 0;
  return () => {
    if (++times > 1) throw new Error(`${what} came ${times} times`);
  };
}

function isData(value: unknown): boolean {
  return typeof value !== "function";
}
