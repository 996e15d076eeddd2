import type { Channel, Receiver, Sleeper } from "../engine/channel.ts";
import { restoreSession, type SavedSession, saveSession } from "../engine/saved_session.ts";
import type { Auth } from "./handshake.ts";
import type { Connection, ConnectionHost } from "./connection.ts";
import { announce, type AnyNamespace, resumeClient } from "./namespace.ts";
import { type AnySocket, stateOf } from "./socket.ts";
import type { SocketState } from "./recovery/socket_state.ts";

/** What is written with each connection, so that what an older version has written is not misread. */
const FORM = 1;

/** A connection, as it is kept. */
interface SavedConnection {
  readonly form: typeof FORM;
  readonly session: SavedSession;
  readonly sockets: readonly SavedSocket[];
}

interface SavedSocket extends SocketState {
  readonly nsp: string;
}

/** What of a server is needed here. */
export interface HibernationHost {
  readonly server: AnyNamespace["server"];
  /** Forgets the connections of an earlier life. */
  begin(): void;
  /** Finds a namespace, or makes it. */
  readonly find: ConnectionHost["find"];
  /** Something has failed. */
  report(error: unknown, socket?: AnySocket): void;
}

/**
 * Lets a server be put away while its WebSockets stay open. Each connection is kept whenever something of it may have
 * changed, since nobody says when the server is put away: its namespaces, the ids, rooms, handshake and `data` of its
 * sockets.
 */
export class Hibernation implements Sleeper {
  readonly websocket = undefined;
  readonly #host: HibernationHost;
  /** Those to be kept at the end of this turn. */
  readonly #changed = new Set<Connection>();
  /** Sockets that go on, to be announced when all of them do. */
  #resumed: AnySocket[] = [];
  readonly #watched = new WeakSet<AnyNamespace["adapter"]>();

  constructor(host: HibernationHost) {
    this.#host = host;
    for (const nsp of host.server.namespaces.values()) this.watch(nsp);
    host.server.on("new_namespace", (nsp) => this.watch(nsp));
  }

  get pingInterval(): number {
    return this.#host.server.engine.opts.pingInterval;
  }

  // There can be only one. Old clients send pings on their own, each at another time; the answers of others come while
  // the server is awake, since it has just asked.
  get autoResponse(): readonly [string, string] {
    return this.#host.server.engine.opts.allowEIO3 ? ["2", "3"] : ["3", "6"];
  }

  handles(request: Pick<Request, "url">): boolean {
    return this.#host.server.handles(request);
  }

  fetch(request: Request, context: unknown): Promise<Response> {
    return this.#host.server.fetch(request, context);
  }

  begin(): void {
    this.#changed.clear();
    this.#resumed = [];
    this.#host.begin();
  }

  async resume(state: unknown, channel: Channel): Promise<Receiver | undefined> {
    const saved = state as Partial<SavedConnection> | undefined;
    if (saved?.form !== FORM) return undefined;
    const { session: { consumer }, receiver } = restoreSession(
      this.#host.server.engine,
      saved.session!,
      channel,
    );
    const connection = consumer as Connection;
    try {
      await Promise.all(saved.sockets!.map((it) => this.#resumeSocket(connection, it)));
      connection.resumed();
    } catch (error) {
      this.#host.report(error);
      connection.conn.close(true);
    }
    return receiver;
  }

  resumed(): void {
    for (const socket of this.#resumed.splice(0)) {
      if (socket.connected) announce(socket.nsp, socket);
    }
  }

  report(error: unknown): void {
    this.#host.report(error);
  }

  /** Keeps a connection as it will be at the end of this turn. */
  changed(connection: Connection): void {
    if (!connection.conn.transport.lasting) return;
    if (this.#changed.size === 0) queueMicrotask(() => this.#keepAll());
    this.#changed.add(connection);
  }

  /** Keeps connections when their rooms in a namespace change, by the adapter that it has now. */
  watch(nsp: AnyNamespace): void {
    const { adapter, sockets } = nsp;
    if (this.#watched.has(adapter)) return;
    this.#watched.add(adapter);
    adapter.on("join-room", (room, id) => {
      const socket = sockets.get(id);
      if (socket === undefined) return;
      if (room === id) this.#watchData(socket);
      this.#touch(socket);
    });
    adapter.on("leave-room", (_, id) => {
      const socket = sockets.get(id);
      if (socket !== undefined) this.#touch(socket);
    });
  }

  async #resumeSocket(connection: Connection, { nsp: name, ...state }: SavedSocket): Promise<void> {
    const auth: Auth | undefined = state.auth && Object.setPrototypeOf(state.auth, null);
    const isWanted = () => connection.conn.readyState === "open";
    const nsp = await new Promise<AnyNamespace | undefined>((found) => {
      this.#host.find(name, auth, isWanted, found);
    });
    if (nsp === undefined) return connection.dismiss(name);
    const socket = resumeClient(nsp, connection, auth, state);
    this.#watchData(socket);
    this.#resumed.push(socket);
  }

  // Who reads `data` may change something in it: it is kept as it is at the end of the turn.
  #watchData(socket: AnySocket): void {
    let { data } = socket;
    const touch = () => this.#touch(socket);
    Object.defineProperty(socket, "data", {
      configurable: true,
      enumerable: true,
      get() {
        touch();
        return data;
      },
      set(value: unknown) {
        touch();
        data = value;
      },
    });
  }

  #touch(socket: AnySocket): void {
    this.changed(socket.client as Connection);
  }

  #keepAll(): void {
    // Cleared afterwards, since reading `data` counts as a change.
    for (const connection of [...this.#changed]) this.#keep(connection);
    this.#changed.clear();
  }

  #keep(connection: Connection): void {
    const { conn, sockets } = connection;
    if (conn.readyState !== "open") return;
    const session = saveSession(conn);
    const saved = sockets.map((it) => ({ nsp: it.nsp.name, ...stateOf(it) }));
    try {
      conn.transport.keep?.({ form: FORM, session, sockets: saved });
    } catch {
      this.#keepCopyable(connection, session, saved);
    }
  }

  // Without what cannot be copied: functions in `data`, for example.
  #keepCopyable(
    { conn, sockets }: Connection,
    session: SavedSession,
    saved: readonly SavedSocket[],
  ): void {
    const copy = <Value>(value: Value, instead: Value, socket?: AnySocket): Value => {
      try {
        return structuredClone(value);
      } catch (error) {
        this.#host.report(error, socket);
        return instead;
      }
    };
    const locals = copy(session.locals, undefined, sockets[0]);
    const plain = saved.map((it, index) => ({ ...it, data: copy(it.data, {}, sockets[index]) }));
    try {
      conn.transport.keep?.({ form: FORM, session: { ...session, locals }, sockets: plain });
    } catch (error) {
      this.#host.report(error, sockets[0]);
    }
  }
}
