/**
 * Shows a server to the admin UI of Socket.IO: its clients, rooms and events as they come and go. The front end is the
 * official one: the folder `ui/dist` of the package `@socket.io/admin-ui`, from wherever that is served.
 *
 * @module
 */

import type { AnyNamespace, AnySocket, Server, Untyped } from "../../mod.ts";
import {
  admit,
  type CheckCredentials,
  type Credentials,
  credentialsCheck,
  Sessions,
  type SessionStore,
} from "./admin/access.ts";
import { COMMANDS, obey } from "./admin/commands.ts";
import { Numbers } from "./admin/numbers.ts";
import { type ShownSocket, SocketWatch } from "./admin/sockets.ts";

export type { CheckCredentials, Credentials, SessionStore };

/** A server, whatever its events. */
export type AnyServer = Server<Untyped, Untyped, Untyped, Untyped>;

/** Options of {@link instrument}. */
export interface InstrumentOptions {
  /** Who may open the admin UI: who knows a password, whom a function accepts, or, if `false`, everybody. */
  auth: false | Credentials | CheckCredentials;
  /**
   * The namespace of the admin UI.
   *
   * @default "/admin"
   */
  namespaceName?: string;
  /**
   * Whether it can only look.
   *
   * @default false
   */
  readonly?: boolean;
  /** The name of this server among others; a random one by default. */
  serverId?: string;
  /**
   * `production` shows numbers alone, no sockets and events.
   *
   * @default "development"
   */
  mode?: "development" | "production";
  /** Where sessions are; by default the last 100 in memory. Servers of a cluster need one that they share. */
  store?: SessionStore;
}

/** A server that is open to the admin UI. */
export interface Instrument extends AsyncDisposable {
  /** Ends that: the admin UI is disconnected, its namespace deleted. */
  stop(): Promise<void>;
}

/** How often numbers and changes are told, in milliseconds: without them for ten seconds, the UI takes a server for dead. */
const INTERVAL = 2_000;
/** What the servers of a cluster ask of each other. */
const STATS = "fetchio:admin:stats";
const SOCKETS = "fetchio:admin:sockets";

/**
 * Opens a server to the admin UI. While nobody looks, there is no timer, and nothing is sent.
 *
 * @param io the server
 * @param options the options
 * @throws {TypeError} if `auth` does not say who may look, or there is no such `mode`
 *
 * @example
 * ```ts
 * import { Server } from "@fetchio/server";
 * import { instrument } from "@fetchio/server/admin";
 *
 * const io = new Server();
 * instrument(io, { auth: { username: "ada", password: crypto.randomUUID() } });
 * ```
 */
export function instrument(io: AnyServer, options: InstrumentOptions): Instrument {
  const check = credentialsCheck(options?.auth);
  const { namespaceName = "/admin", readonly = false, mode = "development", store } = options;
  if (mode !== "development" && mode !== "production") {
    throw new TypeError(`mode must be "development" or "production", got ${JSON.stringify(mode)}`);
  }
  const admin = io.of(namespaceName);
  if (check !== undefined) {
    const sessions = store ?? new Sessions();
    admin.use((socket: AnySocket) => admit(socket, check, sessions));
  }

  // Of the front ends that other servers have, this one learns by being asked.
  let watchedUntil = 0;
  const tell = (event: string, ...args: unknown[]): void => {
    if (admin.sockets.size > 0 || Date.now() < watchedUntil) admin.emit(event, ...args);
  };
  const numbers = new Numbers(io, options.serverId);
  const sockets = mode === "production" ? undefined : new SocketWatch(io, admin, tell);
  // To a front end, a list of sockets is all that there are: at once what is known here, then what others know.
  const tellAll = async (to: AnyNamespace | AnySocket): Promise<void> => {
    if (sockets === undefined) return;
    to.emit("all_sockets", sockets.all());
    const others = await socketsElsewhere(admin);
    if (others.length > 0) to.emit("all_sockets", [...sockets.all(), ...others]);
  };
  const report = (): void => {
    tell("server_stats", numbers.take());
    sockets?.tellChanges();
  };
  const features = [
    ...readonly ? [] : COMMANDS,
    "AGGREGATED_EVENTS",
    ...sockets === undefined ? [] : ["ALL_EVENTS"],
  ];

  let timer: ReturnType<typeof setInterval> | undefined;
  const rest = (): void => {
    if (admin.sockets.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  const tick = async (): Promise<void> => {
    report();
    admin.serverSideEmit(STATS);
    if (sockets?.watchNewAdapters()) await tellAll(admin);
  };
  admin.on("connect", async (socket: AnySocket) => {
    // Another listener may have disconnected it.
    if (!socket.connected) return;
    socket.on("disconnect", rest);
    // Before it is told anything, which may be too much for it, and end its connection.
    timer ??= setInterval(tick, INTERVAL);
    if (!readonly) obey(io, socket);
    socket.emit("config", { supportedFeatures: features });
    sockets?.watchNewAdapters();
    await Promise.all([tellAll(socket), tick()]);
  });

  admin.on(SOCKETS, (answer: (sockets: ShownSocket[]) => void) => answer(sockets?.all() ?? []));
  admin.on(STATS, () => {
    watchedUntil = Date.now() + 2 * INTERVAL;
    report();
  });

  const stop = async (): Promise<void> => {
    numbers.stop();
    sockets?.stop();
    await io.deleteNamespace(namespaceName);
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

/** The sockets of the other servers that answer in time. */
async function socketsElsewhere(admin: AnyNamespace): Promise<ShownSocket[]> {
  try {
    return (await admin.serverSideEmitWithAck(SOCKETS)).flat();
  } catch (error) {
    const { responses = [] } = error as { responses?: ShownSocket[][] };
    return responses.flat();
  }
}
