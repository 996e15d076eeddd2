/** Typed events of servers, namespaces and sockets. Compiled, never run. */
import {
  type AnyListener,
  type AnyNamespace,
  type AnySocket,
  type BroadcastOperator,
  type CloseDetails,
  type DecorateAcknowledgementsWithMultipleResponses,
  type DefaultEventsMap,
  type DisconnectReason,
  type Event,
  type Namespace,
  type RemoteSocket,
  Server,
  type Socket,
  type TypedEventBroadcaster,
  type Untyped,
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
type TypedNamespace = Namespace<ClientToServer, ServerToClient, BetweenServers, Data>;

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
      expectType<Same<typeof details, CloseDetails | undefined>>();
    });
    socket.on("error", (error) => expectType<Same<typeof error, Error>>());
    // @ts-expect-error no such event
    socket.on("unknown", () => {});
    // @ts-expect-error the first argument is text
    socket.on("say", (text: number) => text);
    // @ts-expect-error a third argument never comes
    socket.on("say", (text, urgent, more) => [text, urgent, more]);
    // @ts-expect-error an event that is sent, not received
    socket.on("hello", () => {});
    // @ts-expect-error an event of the server, not of a socket
    socket.on("connection", () => {});
    expectType<Same<typeof socket.data, Data>>();
    // @ts-expect-error the data has no such member
    socket.data.age;
  });
  io.on("connect", (socket) => expectType<Same<typeof socket, TypedSocket>>());
  io.on("new_namespace", (nsp) => {
    expectType<Same<typeof nsp, TypedNamespace>>();
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

/** Every method that adds and removes listeners has their types. */
export function listeners(socket: TypedSocket): void {
  socket.addListener("say", (text) => expectType<Same<typeof text, string>>());
  socket.prependListener("say", (text) => expectType<Same<typeof text, string>>());
  socket.prependOnceListener("say", (text) => expectType<Same<typeof text, string>>());
  socket.once("say", (text) => expectType<Same<typeof text, string>>());
  socket.off("say", (text) => expectType<Same<typeof text, string>>());
  socket.removeListener("say", (text) => expectType<Same<typeof text, string>>());
  expectType<Same<ReturnType<typeof socket.listeners<"ping">>, (() => void)[]>>();
  socket.on("ping", async () => await Promise.resolve());
  socket.on("disconnect", async () => await Promise.resolve());
  socket.on("say", function (this: unknown, text) {
    expectType<Same<typeof text, string>>();
  }).once("ping", () => {}).removeAllListeners("say");
  // What a listener returns is nobody's business.
  const seen: unknown[] = [];
  socket.on("say", (text) => seen.push(text)).use((_event, next) => seen.push(next()));
  socket.onAny((event, ...args) => seen.push(event, args)).prependAny(() => {}).offAny();
  socket.onAnyOutgoing(async () => await Promise.resolve()).offAnyOutgoing();
  expectType<Same<ReturnType<typeof socket.listenersAny>, AnyListener[]>>();
  // @ts-expect-error no such event
  socket.once("unknown", () => {});
  // @ts-expect-error no such event
  socket.prependListener("unknown", () => {});
  // @ts-expect-error no such event
  socket.listeners("unknown");
}

/** Sending to many clients: acknowledgements only with a timeout, and as lists. */
export async function broadcasting(io: TypedServer, nsp: TypedNamespace): Promise<void> {
  io.emit("hello", "a", 1);
  nsp.emit("noArguments");
  io.to("a").in(["b", "c"]).except("d").local.volatile.emit("noArguments");
  nsp.compress(true).to("a").emit("hello", "a", 1);
  // @ts-expect-error a broadcast's acknowledgement needs a timeout
  io.emit("question", "why", () => {});
  // @ts-expect-error a broadcast's acknowledgement needs a timeout
  nsp.emit("question", "why", () => {});
  // @ts-expect-error no such event
  io.emit("unknown");
  // @ts-expect-error the age is missing
  nsp.emit("hello", "a");
  // @ts-expect-error no such event
  io.to("a").emit("unknown");
  io.timeout(1).emit("question", "why", (error, answers) => {
    expectType<Same<typeof error, Error>>();
    expectType<Same<typeof answers, string[]>>();
  });
  nsp.timeout(1).emit("careful", "why", (error, answers) => {
    expectType<Same<typeof error, Error>>();
    expectType<Same<typeof answers, string[]>>();
  });
  // @ts-expect-error the acknowledgement takes a list
  io.timeout(1).emit("question", "why", (_error, answers: string) => answers);
  const answers = await io.timeout(1).emitWithAck("question", "why");
  expectType<Same<typeof answers, string[]>>();
  const all = await nsp.emitWithAck("question", "why");
  expectType<Same<typeof all, string[]>>();
  // @ts-expect-error events without acknowledgement have nothing to wait for
  await io.timeout(1).emitWithAck("hello", "a", 1);
  // @ts-expect-error the text is missing
  await io.timeout(1).emitWithAck("question");
}

/** What leads to some clients leads to lists of answers, too. */
export async function narrowing(
  io: TypedServer,
  nsp: TypedNamespace,
  socket: TypedSocket,
): Promise<void> {
  type Operator = BroadcastOperator<
    DecorateAcknowledgementsWithMultipleResponses<ServerToClient>,
    Data
  >;
  const operators = [
    [io.to("a"), io.in("a"), io.except("a"), io.volatile, io.local, io.compress(true)],
    [nsp.to("a"), nsp.in("a"), nsp.except("a"), nsp.volatile, nsp.local, nsp.compress(true)],
    [socket.to("a"), socket.in("a"), socket.except("a"), socket.broadcast, socket.local],
  ].flat();
  expectType<Same<(typeof operators)[number], Operator>>();
  for (const operator of operators) {
    operator.timeout(1).emit("question", "why", (error, answers) => {
      expectType<Same<typeof error, Error>>();
      expectType<Same<typeof answers, string[]>>();
    });
    operator.timeout(1).emit("careful", "why", (error, answers) => {
      expectType<Same<typeof error, Error>>();
      expectType<Same<typeof answers, string[]>>();
    });
    const answers = await operator.timeout(1).emitWithAck("question", "why");
    expectType<Same<typeof answers, string[]>>();
    // @ts-expect-error an acknowledgement without a timeout has no error to be told by
    await operator.emitWithAck("question", "why");
    operator.emit("hello", "a", 1);
    // @ts-expect-error no such event
    operator.emit("unknown");
    // @ts-expect-error the age is missing
    operator.emit("hello", "a");
  }
}

/** The event `message` has its own methods, with the arguments of the map. */
export function messages(
  io: Server<ClientToServer, { message: (text: string) => void }>,
  socket: Socket<ClientToServer, { message: (text: string) => void }>,
): void {
  io.send("a").write("b");
  io.of("/").send("a").write("b");
  socket.send("a").write("b");
  // @ts-expect-error the text is missing
  socket.send();
  // @ts-expect-error the message is text
  socket.write(1);
  // @ts-expect-error the message is text
  io.send(1);
  // @ts-expect-error the message is text
  io.of("/").write(1);
}

/** Events between servers. */
export async function serverSide(io: TypedServer, nsp: TypedNamespace): Promise<void> {
  io.serverSideEmit("sync", 1);
  nsp.serverSideEmit("sync", 1);
  io.serverSideEmit("count", (error, counts) => {
    expectType<Same<[typeof error, typeof counts], [Error, number[]]>>();
  });
  // @ts-expect-error an event to clients, not between servers
  io.serverSideEmit("hello", "a", 1);
  // @ts-expect-error the id is a number
  nsp.serverSideEmit("sync", "1");
  const counts = await io.serverSideEmitWithAck("count");
  expectType<Same<typeof counts, number[]>>();
  const same = await nsp.serverSideEmitWithAck("count");
  expectType<Same<typeof same, number[]>>();
  // @ts-expect-error events without acknowledgement have nothing to wait for
  await io.serverSideEmitWithAck("sync", 1);
  nsp.on("sync", (id) => expectType<Same<typeof id, number>>());
  nsp.once("count", (ack) => {
    ack(1);
    // @ts-expect-error the acknowledgement takes a number
    ack("1");
  });
  nsp.on("connection", (socket) => expectType<Same<typeof socket, TypedSocket>>());
  nsp.once("connect", (socket) => expectType<Same<typeof socket, TypedSocket>>());
  // @ts-expect-error namespaces do not tell of namespaces
  nsp.on("new_namespace", () => {});
  // @ts-expect-error an event of clients, not of servers
  nsp.on("say", () => {});
}

/** Sockets of any server. */
export async function remote(io: TypedServer): Promise<void> {
  const [socket] = await io.fetchSockets();
  expectType<Same<typeof socket, RemoteSocket<ServerToClient, Data> | undefined>>();
  if (socket === undefined) return;
  socket.emit("hello", "a", 1);
  socket.join(["a", "b"]);
  socket.leave("a");
  socket.disconnect(true);
  expectType<Same<typeof socket.data, Data>>();
  expectType<Same<typeof socket.rooms, Set<string>>>();
  // One socket, one answer.
  socket.timeout(1).emit("question", "why", (error, answer) => {
    expectType<Same<[typeof error, typeof answer], [Error, string]>>();
  });
  // @ts-expect-error no such event
  socket.emit("unknown");
  // @ts-expect-error the data has no such member
  socket.data.age;
  const some = await io.in("a").fetchSockets();
  expectType<Same<(typeof some)[number]["data"], Data>>();
}

/** Both kinds of middleware, of namespaces and of sockets. */
export function middlewares(io: TypedServer, nsp: TypedNamespace, socket: TypedSocket): void {
  io.use((socket, next) => {
    expectType<Same<typeof socket, TypedSocket>>();
    next(Object.assign(new Error("no"), { data: { code: 1 } }));
    next();
    // @ts-expect-error a reason is an error
    next("no");
  });
  io.use(async (socket) => {
    expectType<Same<typeof socket, TypedSocket>>();
    socket.data.name = await Promise.resolve("a");
  });
  nsp.use((socket, next) => {
    expectType<Same<typeof socket, TypedSocket>>();
    next();
  }).use((socket) => void socket.join("a"));
  socket.use(([event, ...args], next) => {
    expectType<Same<typeof event, string>>();
    next(args.length > 0 ? undefined : new Error("no"));
  });
  socket.use(async (event) => {
    expectType<Same<typeof event, Event>>();
    await Promise.resolve();
  });
  // @ts-expect-error the socket comes first
  io.use((socket: number) => void socket);
}

/** Namespaces are typed as their server is. */
export function namespaces(io: TypedServer): void {
  expectType<Same<ReturnType<typeof io.of>, TypedNamespace>>();
  expectType<Same<typeof io.sockets, TypedNamespace>>();
  io.of("/admin", (socket) => expectType<Same<typeof socket, TypedSocket>>())
    .use((_socket, next) => next());
  for (const [id, socket] of io.of("/admin").sockets) {
    expectType<Same<[typeof id, typeof socket], [string, TypedSocket]>>();
    expectType<Same<typeof socket.nsp, TypedNamespace>>();
  }
}

/** Without type parameters, everything goes. */
export async function untyped(io: Server): Promise<void> {
  io.on("connection", (socket) => {
    expectType<Same<typeof socket, Socket>>();
    socket.on("anything", (a, b, ack) => ack(a + b));
    socket.on("sync", () => true);
    socket.on("later", async (a) => await a);
    socket.emit("anything", 1, "2", () => {});
    socket.emit("anything", (answer: number) => answer);
    socket.timeout(1).emit("anything", (error: Error, answer: number) => [error, answer]);
    socket.data.whatever = 1;
    socket.handshake.auth.token.length;
    socket.send("a", 1);
    socket.broadcast.timeout(1).emit(
      "anything",
      (error: Error, answers: number[]) => [error, answers],
    );
  });
  io.emit("anything", 1);
  const answers: string[] = await io.emitWithAck("anything", 1);
  const answer: number = await io.of("/").sockets.get("a")!.emitWithAck("anything", answers);
  await io.timeout(1).emitWithAck("anything", answer);
  await io.to("a").timeout(1).emitWithAck("anything", 1);
  io.to("a").emit("anything", () => {});
  io.serverSideEmit("anything", 1);
  io.serverSideEmit("anything", (error: Error, answers: number[]) => [error, answers]);
  await io.serverSideEmitWithAck("anything", 1);
  io.on("anything between servers", (a, b) => [a, b]);
  const [socket] = await io.fetchSockets();
  socket?.data.whatever;
}

/** Each parameter has the default it has in the official package. */
export function defaults(): void {
  expectType<
    Same<Server, Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Untyped>>
  >();
  type One = { both: () => void };
  expectType<Same<Server<One>, Server<One, One, DefaultEventsMap, Untyped>>>();
  expectType<Same<Socket<One>, Socket<One, One, DefaultEventsMap, Untyped>>>();
  expectType<Same<Namespace<One>, Namespace<One, One, DefaultEventsMap, Untyped>>>();
}

/** A server is one whatever its events, where that is what is asked for. */
export function anyServer(io: TypedServer, socket: TypedSocket, nsp: TypedNamespace): void {
  const server: Server<Untyped, Untyped, Untyped, Untyped> = io;
  const anySocket: AnySocket = socket;
  const anyNamespace: AnyNamespace = nsp;
  const broadcaster: TypedEventBroadcaster<ServerToClient> = socket;
  void [server, anySocket, anyNamespace, broadcaster];
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

/** Answers one by one are typed as one answer. */
export async function streams(io: TypedServer): Promise<void> {
  for await (const { id, response } of io.timeout(1).emitWithAckStream("question", "?")) {
    expectType<Same<[typeof id, typeof response], [string | undefined, string]>>();
  }
  for await (const { response } of io.emitWithAckStream("question", "?")) {
    expectType<Same<typeof response, string>>();
  }
  // @ts-expect-error an event without acknowledgement
  io.emitWithAckStream("hello", "a", 1);
}
