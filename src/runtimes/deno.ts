import {
  type Channel,
  CLOSE_GRACE,
  type Listener,
  type Peer,
  type Receiver,
  type Runtime,
  type Service,
} from "../engine/channel.ts";
import { callAtEndOfTurn } from "./end_of_turn.ts";
import type { DenoGlobal, DenoInfo } from "./types.ts";

/** Deno. */
export class DenoRuntime implements Runtime {
  readonly checksLength = true;
  readonly noticesLoss = true;
  readonly #deno: DenoGlobal;

  constructor(deno: DenoGlobal) {
    this.#deno = deno;
  }

  peer(_request: Request, context: unknown): Peer {
    const { remoteAddr } = (context ?? {}) as DenoInfo;
    return { address: remoteAddr?.hostname ?? "" };
  }

  hold(): void {}

  upgrade(
    request: Request,
    _context: unknown,
    receiver: Receiver,
    headers?: Headers,
  ): Response | undefined {
    // Deno throws, and it is the client's fault.
    if (!request.headers.has("connection")) return undefined;
    // Read before the upgrade, which may take the request away.
    const protocol = request.headers.get("sec-websocket-protocol")?.split(",")[0]?.trim();
    // Idle clients are the heartbeat's business.
    const { socket, response } = this.#deno.upgradeWebSocket(request, { idleTimeout: 0 });
    // Not by Deno's own option, which sees no second protocol behind a comma without a space.
    if (protocol) response.headers.set("sec-websocket-protocol", protocol);
    headers?.forEach((value, name) => response.headers.append(name, value));
    socket.binaryType = "arraybuffer";
    new DenoChannel(socket, receiver);
    return response;
  }

  listen(service: Service, port: number, hostname: string | undefined): Listener {
    const ending = new AbortController();
    const server = this.#deno.serve(
      {
        port,
        ...(hostname === undefined ? {} : { hostname }),
        signal: ending.signal,
        onListen: () => {},
      },
      (request, info) => service.fetch(request, info),
    );
    const close = async () => {
      const timer = setTimeout(() => ending.abort(), CLOSE_GRACE);
      await server.shutdown();
      clearTimeout(timer);
    };
    return { port: server.addr.port, hostname: server.addr.hostname, close };
  }
}

// One object listens to all of a socket's events: closures behind `onmessage` and the like would take
// twice the memory of everything else that is kept of a quiet connection.
class DenoChannel implements Channel, EventListenerObject {
  readonly #socket: WebSocket;
  readonly #receiver: Receiver;

  constructor(socket: WebSocket, receiver: Receiver) {
    this.#socket = socket;
    this.#receiver = receiver;
    socket.addEventListener("open", this, { once: true });
    socket.addEventListener("message", this);
    socket.addEventListener("close", this);
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  get lingers(): boolean {
    return true;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    // Does nothing once it closes; a channel is nobody's before it is open.
    this.#socket.send(data);
  }

  soon(callback: () => void): void {
    callAtEndOfTurn(callback);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  handleEvent(event: Event): void {
    if (event instanceof MessageEvent) {
      const { data } = event;
      this.#receiver.message(typeof data === "string" ? data : new Uint8Array(data));
    } else if (event instanceof CloseEvent) this.#receiver.close(event.code, event.reason);
    else this.#receiver.open(this);
  }
}
