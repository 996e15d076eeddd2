import {
  type Channel,
  CLOSE_GRACE,
  type Listener,
  type Peer,
  type Receiver,
  type Runtime,
  type Service,
} from "../engine/channel.ts";
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

  upgrade(request: Request, _context: unknown, receiver: Receiver, headers: Headers): Response {
    // Read before the upgrade, which may take the request away.
    const protocol = request.headers.get("sec-websocket-protocol")?.split(",")[0]?.trim();
    // Idle clients are the heartbeat's business.
    const { socket, response } = this.#deno.upgradeWebSocket(request, { idleTimeout: 0 });
    // Not by Deno's own option, which sees no second protocol behind a comma without a space.
    if (protocol) response.headers.set("sec-websocket-protocol", protocol);
    for (const [name, value] of headers) response.headers.append(name, value);
    const channel = new DenoChannel(socket);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      socket.onopen = null;
      receiver.open(channel);
    };
    socket.onmessage = ({ data }) =>
      receiver.message(typeof data === "string" ? data : new Uint8Array(data));
    socket.onclose = ({ code, reason }) => receiver.close(code, reason);
    // What follows is a close event.
    socket.onerror = (event) => event.preventDefault();
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

class DenoChannel implements Channel {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }
}
