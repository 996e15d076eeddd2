/** Typed events of servers, namespaces and sockets. Compiled, never run. */
import {
  type BroadcastOperator,
  type DisconnectReason,
  type Namespace,
  type RemoteSocket,
  Server,
  type Socket,
} from "../../mod.ts";
import { expectType, type Same } from "./expect.ts";

interface ClientToServer {
  ping: () => void;
  say: (text: string, urgent: boolean) => void;
  ask: (question: string, ack: (answer: number) => void) => void;
}
interface ServerToClient {
  hello: (name: string, age: number) => void;
  noArguments: () => void;
  question: (text: string, ack: (answer: string, sure: boolean) => void) => void;
  careful: (text: string, ack: (error: Error, answer: string) => void) => void;
}
interface BetweenServers {
  sync: (id: number) => void;
  count: (ack: (count: number) => void) => void;
}
interface Data {
  name: string;
}

type TypedServer = Server<ClientToServer, ServerToClient, BetweenServers, Data>;
type TypedSocket = Socket<ClientToServer, ServerToClient, BetweenServers, Data>;

/** Listening: arguments are those of the map, of the reserved events their own. */
export function listening(io: TypedServer): void {
  io.on("connection", (socket) => {
    expectType<Same<typeof socket, TypedSocket>>();
    socket.on("ping", () => {});
    socket.on("say", (text, urgent) => {
      expectType<Same<[typeof text, typeof urgent], [string, boolean]>>();
    });
    socket.on("ask", async (question, ack) => {
      expectType<Same<typeof question, string>>();
      ack(await Promise.resolve(1));
      // @ts-expect-error the acknowledgement takes a number
      ack("1");
    });
    socket.once("disconnect", (reason) => {
      expectType<Same<typeof reason, DisconnectReason>>();
    });
    socket.on("disconnecting", (reason, details) => {
      expectType<Same<typeof reason, DisconnectReason>>();
      expectType<
        Same<typeof details, { readonly code?: number; readonly description: string } | undefined>
      >;
    });
    socket.on("error", (error) => expectType<Same<typeof error, Error>>());
    // @ts-expect-error no such event
    socket.on("unknown", () => {});
    // @ts-expect-error the first argument is text
    socket.on("say", (text: number) => text);
    expectType<Same<typeof socket.data, Data>>();
    // @ts-expect-error the data has no such member
    socket.data.age;
  });
  io.on("connect", (socket) => expectType<Same<typeof socket, TypedSocket>>());
  io.on("new_namespace", (nsp) => {
    expectType<
      Same<typeof nsp, Namespace<ClientToServer, ServerToClient, BetweenServers, Data>>
    >();
  });
  io.on("error", (error, socket) => {
    expectType<Same<typeof error, unknown>>();
    expectType<Same<typeof socket, TypedSocket | undefined>>();
  });
  io.on("sync", (id) => expectType<Same<typeof id, number>>());
  // @ts-expect-error an event of clients, not of servers
  io.on("say", () => {});
}

/** Sending to one client. */
export async function sending(socket: TypedSocket): Promise<void> {
  expectType<Same<ReturnType<typeof socket.emit>, boolean>>();
  socket.emit("hello", "a", 1);
  socket.emit("noArguments");
  socket.emit("question", "why", (answer, sure) => {
    expectType<Same<[typeof answer, typeof sure], [string, boolean]>>();
  });
  socket.timeout(1).emit("question", "why", (error, answer, sure) => {
    expectType<Same<[typeof error, typeof answer, typeof sure], [Error, string, boolean]>>();
  });
  const answer = await socket.emitWithAck("question", "why");
  expectType<Same<typeof answer, string>>();
  const inTime = await socket.timeout(1).emitWithAck("question", "why");
  expectType<Same<typeof inTime, string>>();
  socket.volatile.compress(false).emit("noArguments");
  // @ts-expect-error no such event
  socket.emit("unknown");
  // @ts-expect-error the age is missing
  socket.emit("hello", "a");
  // @ts-expect-error the name is text
  socket.emit("hello", 1, 1);
  // @ts-expect-error events without acknowledgement have nothing to wait for
  await socket.emitWithAck("hello", "a", 1);
}

/** Sending to many clients: acknowledgements only with a timeout, and as lists. */
export async function broadcasting(io: TypedServer, socket: TypedSocket): Promise<void> {
  io.emit("hello", "a", 1);
  io.to("a").in(["b", "c"]).except("d").local.volatile.emit("noArguments");
  // @ts-expect-error a broadcast's acknowledgement needs a timeout
  io.emit("question", "why", () => {});
  io.timeout(1).emit("question", "why", (error, answers) => {
    expectType<Same<typeof error, Error>>();
    expectType<Same<typeof answers, string[]>>();
  });
  const answers = await io.timeout(1).emitWithAck("question", "why");
  expectType<Same<typeof answers, string[]>>();
  const all = await io.emitWithAck("question", "why");
  expectType<Same<typeof all, string[]>>();
  expectType<Same<typeof socket.broadcast, BroadcastOperator<ServerToClient, Data>>>();
  socket.to("a").emit("hello", "a", 1);
  // @ts-expect-error no such event
  socket.broadcast.emit("unknown");
}

/** Other servers, remote sockets, middlewares. */
export async function others(io: TypedServer): Promise<void> {
  io.serverSideEmit("sync", 1);
  // @ts-expect-error no event between servers
  io.serverSideEmit("hello", "a", 1);
  const counts = await io.serverSideEmitWithAck("count");
  expectType<Same<typeof counts, number[]>>();
  const [remote] = await io.fetchSockets();
  expectType<Same<typeof remote, RemoteSocket<ServerToClient, Data> | undefined>>();
  remote?.emit("hello", "a", 1);
  expectType<Same<NonNullable<typeof remote>["data"], Data>>();
  io.use((socket, next) => {
    expectType<Same<typeof socket, TypedSocket>>();
    next(new Error("no"));
    next();
  });
  io.use(async (socket) => {
    socket.data.name = await Promise.resolve("a");
  });
  io.of("/admin", (socket) => expectType<Same<typeof socket, TypedSocket>>())
    .use((_socket, next) => next());
}

/** Without type parameters, everything goes. */
export async function untyped(io: Server): Promise<void> {
  io.on("connection", (socket) => {
    socket.on("anything", (a, b, ack) => ack(a + b));
    socket.on("sync", () => true);
    socket.emit("anything", 1, "2", () => {});
    socket.data.whatever = 1;
    socket.handshake.auth.token.length;
  });
  io.emit("anything", 1);
  await io.emitWithAck("anything", 1);
  await io.timeout(1).emitWithAck("anything", 1);
  io.to("a").emit("anything", () => {});
  io.serverSideEmit("anything", 1);
  io.on("anything between servers", (a, b) => [a, b]);
}

/** With one map, it holds both ways. */
export function oneMap(io: Server<{ both: (text: string) => void }>): void {
  io.on("connection", (socket) => {
    socket.on("both", (text) => expectType<Same<typeof text, string>>());
    socket.emit("both", "a");
    // @ts-expect-error the argument is text
    socket.emit("both", 1);
  });
}

/** A server whose map is still open accepts what its user knows. */
export function generic<Events extends { [event: string]: (text: string) => void }>(
  socket: Socket<Events>,
): void {
  socket.on("disconnect", () => {});
  socket.join("a");
}

/** Options that cannot be are refused. */
export function options(): void {
  new Server({ pingInterval: 1, cors: { origin: ["a", /b/] }, cookie: true });
  new Server(3000, { transports: ["websocket"] });
  new Server("3000");
  // @ts-expect-error no such transport
  new Server({ transports: ["pigeon"] });
  // @ts-expect-error no such option
  new Server({ pingIntervall: 1 });
}
