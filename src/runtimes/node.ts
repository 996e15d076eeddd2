import type {
  ChannelOptions,
  Listener,
  Peer,
  Receiver,
  Runtime,
  Service,
} from "../engine/channel.ts";
import { attach } from "./node/server.ts";
import { NodeContext } from "./node/context.ts";
import { LightRequest, LightResponse } from "./node/light.ts";
import { upgradeByHono } from "./node/hono.ts";
import type { NodeProcess, WsServer } from "./node/types.ts";
import { createWsServer, findWsEngine, openWebSocket } from "./node/websocket.ts";

/** Node, and servers of `node:http` wherever there are some. */
export class NodeRuntime implements Runtime {
  readonly checksLength = true;
  readonly noticesLoss = true;
  readonly #wsServers = new WeakMap<ChannelOptions, WsServer>();

  whole(request: Request): Request {
    return request instanceof LightRequest ? request.real : request;
  }

  textResponse(context: unknown, text: string, type: string): Response | undefined {
    return context instanceof NodeContext ? new LightResponse(text, type) : undefined;
  }

  peer(_request: Request, context: unknown): Peer {
    const { incoming } = (context ?? {}) as Partial<NodeContext>;
    return { address: incoming?.socket.remoteAddress ?? "" };
  }

  hold(): void {}

  upgrade(
    _request: Request,
    context: unknown,
    receiver: Receiver,
    headers = new Headers(),
  ): Response | undefined | Promise<Response | undefined> {
    if (!(context instanceof NodeContext)) return upgradeByHono(context, receiver, headers);
    if (context.upgrade === undefined) return undefined;
    const server = this.#wsServers.get(receiver.options);
    return server === undefined
      ? this.#upgradeFirst(context, receiver, headers)
      : openWebSocket(server, context, receiver, headers);
  }

  listen(service: Service, port: number, hostname: string | undefined): Listener {
    const { process } = globalThis as { process?: NodeProcess };
    const http = process?.getBuiltinModule?.("node:http");
    if (http === undefined) {
      throw new TypeError("listen(port) needs Node 20.16; give listen() a server of node:http");
    }
    const server = http.createServer((_, outgoing) => {
      outgoing.statusCode = 404;
      outgoing.end();
    });
    const listener = attach(server, service, 0);
    server.listen(port, hostname);
    return listener;
  }

  async #upgradeFirst(
    context: NodeContext,
    receiver: Receiver,
    headers = new Headers(),
  ): Promise<Response | undefined> {
    const { options } = receiver;
    const server = createWsServer(await findWsEngine(options.wsEngine), options);
    this.#wsServers.set(options, server);
    return openWebSocket(server, context, receiver, headers);
  }
}
