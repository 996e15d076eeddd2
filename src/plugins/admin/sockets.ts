import type {
  Adapter,
  AnyNamespace,
  AnySocket,
  EngineSocket,
  Server,
  Untyped,
} from "../../../mod.ts";

/** A socket as front ends know it. */
export type ShownSocket = Record<string, unknown>;

/** Headers that let whoever reads them be somebody else. */
const SECRET_HEADERS = ["authorization", "cookie", "proxy-authorization"];

/** Tells of the sockets of a server, their rooms and events, as they come and go. */
export class SocketWatch {
  readonly #io: Server<Untyped, Untyped, Untyped, Untyped>;
  readonly #admin: AnyNamespace;
  readonly #tell: (event: string, ...args: unknown[]) => void;
  /** What connections are called here: their own ids are secret. */
  readonly #clientIds = new WeakMap<EngineSocket, string>();
  /** The data of sockets, as it was told last. */
  readonly #data = new WeakMap<AnySocket, string>();
  /** What ends the listening to a namespace, its adapter or a socket. */
  readonly #ends = new WeakMap<AnyNamespace | Adapter | AnySocket, () => void>();

  /**
   * @param admin the namespace of the front ends, whose events are not told of
   * @param tell tells them
   */
  constructor(
    io: Server<Untyped, Untyped, Untyped, Untyped>,
    admin: AnyNamespace,
    tell: (event: string, ...args: unknown[]) => void,
  ) {
    this.#io = io;
    this.#admin = admin;
    this.#tell = tell;
    for (const nsp of io.namespaces.values()) this.#watch(nsp);
    io.on("new_namespace", this.#watch);
  }

  /** The sockets that there are. */
  all(): ShownSocket[] {
    return this.#sockets().map((it) => this.#shown(it));
  }

  /** Listens to adapters that have replaced others, and says whether there are any: rooms may have changed unheard. */
  watchNewAdapters(): boolean {
    const unheard = [...this.#io.namespaces.values()].filter((nsp) => !this.#ends.has(nsp.adapter));
    for (const nsp of unheard) this.#watchRooms(nsp);
    return unheard.length > 0;
  }

  /** Tells of data that has changed. */
  tellChanges(): void {
    for (const socket of this.#sockets()) {
      const text = dataOf(socket);
      if (this.#data.get(socket) === text) continue;
      this.#data.set(socket, text);
      const data = JSON.parse(text);
      this.#tell("socket_updated", { id: socket.id, nsp: socket.nsp.name, data });
    }
  }

  /** Tells no more. */
  stop(): void {
    this.#io.off("new_namespace", this.#watch);
    for (const nsp of this.#io.namespaces.values()) {
      for (const it of [nsp, nsp.adapter, ...nsp.sockets.values()]) this.#ends.get(it)?.();
    }
  }

  #sockets(): AnySocket[] {
    return [...this.#io.namespaces.values()].flatMap(({ sockets }) => [...sockets.values()]);
  }

  readonly #watch = (nsp: AnyNamespace): void => {
    this.#watchRooms(nsp);
    nsp.prependListener("connect", this.#connected);
    for (const socket of nsp.sockets.values()) this.#follow(socket);
    this.#ends.set(nsp, () => nsp.off("connect", this.#connected));
  };

  // Nobody tells when an adapter is replaced.
  #watchRooms({ name, adapter }: AnyNamespace): void {
    const joined = (room: string, id: string) =>
      this.#tell("room_joined", name, room, id, new Date());
    // A socket that is gone is told of first.
    const left = (room: string, id: string) =>
      queueMicrotask(() => this.#tell("room_left", name, room, id, new Date()));
    adapter.on("join-room", joined).on("leave-room", left);
    this.#ends.set(adapter, () => {
      adapter.off("join-room", joined).off("leave-room", left);
    });
  }

  readonly #connected = (socket: AnySocket): void => {
    this.#tell("socket_connected", this.#shown(socket), new Date());
    this.#follow(socket);
  };

  #follow(socket: AnySocket): void {
    this.#data.set(socket, dataOf(socket));
    const { id, conn, nsp: { name } } = socket;
    const moved = (transport: { name: string }) =>
      this.#tell("socket_updated", { id, nsp: name, transport: transport.name });
    const received = (...event: unknown[]) =>
      this.#tell("event_received", name, id, withoutAck(event), new Date());
    const sent = (...event: unknown[]) =>
      this.#tell("event_sent", name, id, withoutAck(event), new Date());
    const gone = (reason: string) => {
      end();
      this.#tell("socket_disconnected", name, id, reason, new Date());
    };
    const end = () => {
      conn.off("upgrade", moved);
      socket.offAny(received).offAnyOutgoing(sent).off("disconnect", gone);
    };
    conn.on("upgrade", moved);
    socket.on("disconnect", gone);
    if (socket.nsp !== this.#admin) socket.prependAny(received).prependAnyOutgoing(sent);
    this.#ends.set(socket, end);
  }

  #shown(socket: AnySocket): ShownSocket {
    const { id, conn, nsp, rooms, handshake: { auth: _secret, headers, ...handshake } } = socket;
    let clientId = this.#clientIds.get(conn);
    if (clientId === undefined) {
      clientId = crypto.randomUUID().slice(0, 13);
      this.#clientIds.set(conn, clientId);
    }
    const shown = Object.entries(headers).filter(([name]) => !SECRET_HEADERS.includes(name));
    return {
      id,
      clientId,
      transport: conn.transport.name,
      nsp: nsp.name,
      data: JSON.parse(dataOf(socket)),
      handshake: { ...handshake, headers: Object.fromEntries(shown) },
      rooms: [...rooms],
    };
  }
}

/** The data of a socket as JSON, as far as it can be. */
function dataOf({ data }: AnySocket): string {
  try {
    return JSON.stringify(data) ?? "{}";
  } catch (error) {
    return JSON.stringify({ error: String(error) });
  }
}

function withoutAck(event: unknown[]): unknown[] {
  return typeof event.at(-1) === "function" ? event.slice(0, -1) : event;
}
