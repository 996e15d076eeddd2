/** What users of the official package know is here, under the same names. Compiled, never run. */
import type * as official from "socket.io";
import type * as own from "../../mod.ts";
import { expectType, type Same } from "./expect.ts";

type Any = own.Untyped;

/** The members that are there officially and not here, internal ones apart. */
type Missing<Official, Own> = Exclude<keyof Official & string, keyof Own | `_${string}`>;

/** Emitters of the engine and adapters are fired by their owners only. */
type Fired = "emit";

/** Values, classes included. */
export function values(): void {
  // The package is CommonJS: as a module it has these, too.
  expectType<Same<Missing<typeof official, typeof own>, "default">>();
}

/** Servers: what adapters read of them is there, in no type. */
export function servers(): void {
  type Missed = Missing<official.Server, own.Server>;
  // For the server of another kind; and for adapters.
  expectType<Same<Missed, "attachApp" | "encoder">>();
}

/** Namespaces; parents are typed as such here. */
export function namespaces(io: own.Server): void {
  expectType<Same<Missing<official.Namespace, own.Namespace>, never>>();
  expectType<Same<Missing<official.Namespace, own.ParentNamespace>, never>>();
  const parent = io.of(/a/);
  expectType<Same<typeof parent, own.ParentNamespace>>();
  const child: own.Namespace = parent.createChild("/a");
  expectType<Same<typeof parent.children, ReadonlySet<own.Namespace>>>();
  io.of((name, auth, next) => next(null, name === auth.name));
  io.of((name) => name === "/a");
  io.of(async (name, auth) => await Promise.resolve(name === auth.name));
  // @ts-expect-error neither a name, nor what decides about names
  io.of(["/a"]);
  void child;
}

/** The names in paths are typed. */
export function paths(io: own.Server): void {
  io.of("/org/:org/room/:room", (socket) => {
    expectType<Same<typeof socket.nsp.params.org, string>>();
    expectType<Same<typeof socket.nsp.params.room, string>>();
    // @ts-expect-error a parameter that the path has not is perhaps not there
    const other: string = socket.nsp.params.other;
    void other;
  });
  const parent = io.of("/org/:org");
  expectType<Same<typeof parent, own.ParentNamespace>>();
  const plain = io.of("/org", (socket) => expectType<Same<typeof socket, own.Socket>>());
  expectType<Same<typeof plain, own.Namespace>>();
  expectType<Same<typeof io.namespaces, ReadonlyMap<string, own.Namespace>>>();
}

/** Sockets, local and remote, and their connections. */
export function sockets(): void {
  expectType<Same<Missing<official.Socket, own.Socket>, never>>();
  expectType<Same<Missing<official.Socket["handshake"], own.Handshake>, never>>();
  expectType<Same<Missing<official.Socket["client"], own.Client>, never>>();
  expectType<Same<Missing<official.Socket["conn"], own.EngineSocket>, Fired>>();
  expectType<
    Same<Missing<official.RemoteSocket<Any, Any>, own.RemoteSocket<Any, Any>>, never>
  >();
}

/** Operators. */
export function operators(): void {
  expectType<
    Same<Missing<official.BroadcastOperator<Any, Any>, own.BroadcastOperator<Any, Any>>, never>
  >();
}

/** The engine's server. */
export function engines(): void {
  expectType<
    Same<
      Missing<official.Server["engine"], own.EngineServer>,
      "httpServer" | "onWebTransportSession" | Fired
    >
  >();
}

/** Adapters. */
export function adapters(): void {
  expectType<Same<Missing<official.Namespace["adapter"], own.Adapter>, Fired>>();
}

/** Options: all of them. */
export function options(): void {
  type Missed = Missing<official.ServerOptions, own.ServerOptions>;
  expectType<Same<Missed, never>>();
}

/** Getters that set, as officially. */
export function settings(io: own.Server): void {
  const path: string = io.path("/a").path();
  const serveClient: boolean = io.serveClient(true).serveClient();
  const connectTimeout: number = io.connectTimeout(1).connectTimeout();
  const adapter: own.AdapterConstructor | undefined = io.adapter();
  // @ts-expect-error a path is text
  io.path(1);
  // @ts-expect-error nothing that makes adapters
  io.adapter({});
  void [path, serveClient, connectTimeout, adapter];
}

/** The maps of reserved events, and their names. */
export function reservedEvents(): void {
  expectType<
    Same<keyof own.SocketReservedEventsMap, "disconnect" | "disconnecting" | "error">
  >();
  expectType<
    Same<
      keyof own.NamespaceReservedEventsMap<Any, Any, Any, Any>,
      "connect" | "connection"
    >
  >();
  expectType<
    Same<
      keyof own.ServerReservedEventsMap<Any, Any, Any, Any>,
      "connect" | "connection" | "error" | "new_namespace"
    >
  >();
  expectType<
    Same<keyof own.EventEmitterReservedEventsMap, "newListener" | "removeListener">
  >();
  expectType<Same<typeof own.RESERVED_EVENTS, ReadonlySet<string | symbol>>>();
}

/** Why a socket is disconnected, and what refuses it. */
export function reasons(error: own.ExtendedError): void {
  expectType<Same<own.DisconnectReason, official.DisconnectReason>>();
  expectType<Same<own.Event, official.Event>>();
  const officialError: official.ExtendedError = error;
  void officialError;
}

/** Servers, namespaces and sockets are what helpers may ask for by this name. */
export function strictEventEmitters(io: own.Server, socket: own.Socket): void {
  type Events = own.DefaultEventsMap;
  const emitters: own.StrictEventEmitter<Events, Events>[] = [io, io.of("/"), socket];
  for (const emitter of emitters) emitter.on("a", (b) => b).emit("c", 1);
}

/** What the types of events are made of. */
export function tupleHelpers(): void {
  expectType<Same<own.Last<[1, 2, 3]>, 3>>();
  expectType<Same<own.AllButLast<[1, 2, 3]>, [1, 2]>>();
  expectType<Same<own.FirstNonErrorTuple<[Error, 2]>, 2>>();
  expectType<Same<own.FirstNonErrorTuple<[1, 2]>, 1>>();
  expectType<Same<own.FirstNonErrorArg<(error: Error, answer: number) => void>, number>>();
  expectType<Same<own.MultiplyArray<[1, "a"]>, [1[], "a"[]]>>();
}
