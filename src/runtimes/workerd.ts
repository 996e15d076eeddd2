import type { Channel, Listener, Peer, Receiver, Runtime } from "../engine/channel.ts";
import { isDurableObject } from "./workerd/durable_object.ts";
import { acceptLasting } from "./workerd/hibernating_object.ts";
import { closeWith, sendTo } from "./workerd/socket.ts";
import type { WorkerdGlobal, WorkerdWebSocket } from "./workerd/types.ts";

/** workerd, the runtime of Cloudflare Workers: within a Durable Object, where sockets of different requests can meet. */
export class WorkerdRuntime implements Runtime {
  readonly checksLength = true;
  readonly noticesLoss = false;
  readonly #workerd: WorkerdGlobal;

  constructor(workerd: WorkerdGlobal) {
    this.#workerd = workerd;
  }

  // Every session begins here.
  peer(request: Request, context: unknown): Peer {
    if (!isDurableObject(context)) {
      throw new TypeError(
        "Sockets need a Durable Object to meet in: export a class from io.durableObject() and bind it; in a class of your own, call io.fetch(request, this)",
      );
    }
    // Cloudflare writes it, whatever the client sends.
    return { address: request.headers.get("cf-connecting-ip") ?? "" };
  }

  hold(): void {}

  upgrade(
    request: Request,
    context: unknown,
    receiver: Receiver,
    headers = new Headers(),
  ): Response | undefined {
    // A WebSocket would hang in the air: with the flags that the README names, workerd tells that the client has gone.
    if (request.signal.aborted) return undefined;
    const protocol = request.headers.get("sec-websocket-protocol")?.split(",")[0]?.trim();
    if (protocol) headers.set("sec-websocket-protocol", protocol);
    const [client, server] = Object.values(new this.#workerd.WebSocketPair());
    if (!acceptLasting(context, server!, receiver)) {
      server!.accept();
      listen(server!, receiver);
      receiver.open(new WorkerdChannel(server!));
    }
    return new Response(null, { status: 101, headers, webSocket: client } as ResponseInit);
  }

  listen(): Listener {
    throw new TypeError("On workerd nothing listens: export the server, and io.durableObject()");
  }
}

function listen(socket: WorkerdWebSocket, receiver: Receiver): void {
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    receiver.message(typeof data === "string" ? data : new Uint8Array(data));
  });
  socket.addEventListener("close", ({ code, reason }) => {
    // Older compatibility dates leave the answer to us.
    closeWith(socket, code, reason);
    receiver.close(code, reason);
  });
  // After frames that are none, this is the only word.
  socket.addEventListener("error", () => {
    closeWith(socket, undefined);
    receiver.close(1006, "");
  });
}

class WorkerdChannel implements Channel {
  readonly #socket: WorkerdWebSocket;

  constructor(socket: WorkerdWebSocket) {
    this.#socket = socket;
  }

  get buffered(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    sendTo(this.#socket, data);
  }

  close(code?: number, reason?: string): void {
    closeWith(this.#socket, code, reason);
  }
}
