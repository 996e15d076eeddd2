import type { ChannelOptions, Receiver, WsEngine } from "../../engine/channel.ts";
import { NodeChannel } from "./channel.ts";
import type { NodeContext } from "./context.ts";
import type { NodeSocket, WsServer, WsServerConstructor, WsWebSocket } from "./types.ts";

/** Finds the class that makes WebSockets: what the option `wsEngine` names, or that of the package `ws`. */
export async function findWsEngine(given: WsEngine | undefined): Promise<WsServerConstructor> {
  if (given !== undefined) return given as WsServerConstructor;
  // Not written where bundlers and package managers would see it: it is for Node alone.
  const name = "ws";
  try {
    const { WebSocketServer } = await import(name);
    return WebSocketServer;
  } catch (cause) {
    throw new TypeError(
      'WebSockets on Node need the package ws, version 8.23 or newer: "npm install ws", or give its class WebSocketServer as wsEngine',
      { cause },
    );
  }
}

/** Makes a server of the package `ws` that listens to nothing by itself. */
export function createWsServer(
  WsEngine: WsServerConstructor,
  { maxHttpBufferSize, perMessageDeflate }: ChannelOptions,
): WsServer {
  const server = new WsEngine({
    noServer: true,
    clientTracking: false,
    maxPayload: maxHttpBufferSize,
    perMessageDeflate: perMessageDeflate !== undefined && {
      threshold: perMessageDeflate.threshold,
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
    },
  });
  // Without a listener for it, it would answer by itself.
  server.on("wsClientError", () => {});
  return server;
}

/**
 * Makes an upgrade a WebSocket.
 *
 * @param headers for the answer
 * @returns what stands for the answer, which `ws` writes itself; nothing if it is no request for a WebSocket
 */
export function openWebSocket(
  server: WsServer,
  context: NodeContext,
  receiver: Receiver,
  headers: Headers,
): Response | undefined {
  const { incoming, socket, head } = context.upgrade!;
  const addHeaders = (lines: string[]) => {
    for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  };
  server.on("headers", addHeaders);
  try {
    server.handleUpgrade(incoming, socket, head, (ws) => {
      context.upgraded = true;
      connect(ws, receiver, socket);
    });
  } finally {
    server.off("headers", addHeaders);
  }
  // It may also have found that the client has gone.
  context.upgraded ||= !socket.writable;
  return context.upgraded ? new Response(null) : undefined;
}

const NO_CODE = 1005;

/**
 * Connects an open WebSocket with the engine.
 *
 * @param socket its connection, if that is known
 */
export function connect(ws: WsWebSocket, receiver: Receiver, socket?: NodeSocket): void {
  // What is binary does not share its memory with others then.
  ws.binaryType = "arraybuffer";
  ws.on("message", (data: { toString(): string } | ArrayBuffer, binary: boolean) => {
    receiver.message(binary ? new Uint8Array(data as ArrayBuffer) : data.toString());
  });
  ws.on("close", (code: number, reason: { toString(): string }) => {
    receiver.close(code, reason.toString());
  });
  // What follows is a close.
  ws.on("error", () => {});
  // By this, ws answers close frames and errors. It tells of them when the connection ends: half a minute later, if the
  // client does not end it.
  const { close } = ws;
  ws.close = (code, reason) => {
    close.call(ws, code, reason);
    receiver.close(code ?? NO_CODE, reason?.toString() ?? "");
  };
  receiver.open(new NodeChannel(ws, socket));
}
