import { closeFrame, textFrame } from "./frame.ts";
import { FrameCounter } from "./frame_counter.ts";
import { TcpClient } from "./tcp_client.ts";

const PONG = textFrame("3");
const CONNECT = textFrame("40");
const CLOSE = closeFrame();
const REQUEST = new TextEncoder().encode(
  "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n" +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
);

/** A client over WebSocket. It sends bytes made before, and counts what comes. */
export class Client extends TcpClient {
  /** Told how many messages came. */
  onMessages: (count: number) => void = () => {};
  /** Heartbeats that were answered. */
  heartbeats = 0;
  readonly #frames = new FrameCounter();
  #head: string | undefined = "";
  #expected = 0;
  #arrived: (() => void) | undefined;

  /** Connects to a server and to its main namespace. */
  static async connect(port: number): Promise<Client> {
    const client = new Client();
    const opened = client.#expect(1);
    await client.open(port);
    client.send(REQUEST);
    await opened;
    await client.ask(CONNECT);
    return client;
  }

  /** Sends a frame and waits for one message. */
  ask(frame: Uint8Array): Promise<void> {
    const answer = this.#expect(1);
    this.send(frame);
    return answer;
  }

  /** Closes as the protocol wants it. */
  close(): Promise<void> {
    this.leave();
    this.send(CLOSE);
    return this.closed;
  }

  protected override receive(bytes: Uint8Array): void {
    if (this.#head !== undefined) {
      const rest = this.#readHead(bytes);
      if (rest === undefined) return;
      bytes = rest;
    }
    const frames = this.#frames;
    const count = frames.count(bytes);
    if (frames.pings > 0) this.#answerPings();
    if (frames.closed) this.end();
    if (count === 0) return;
    if (this.#arrived === undefined) return this.onMessages(count);
    this.#expected -= count;
    if (this.#expected > 0) return;
    this.#arrived();
    this.#arrived = undefined;
  }

  #readHead(bytes: Uint8Array): Uint8Array | undefined {
    const before = this.#head!.length;
    // Latin 1: one character for each byte, so that indices are the same.
    this.#head += String.fromCharCode(...bytes);
    const end = this.#head!.indexOf("\r\n\r\n");
    if (end === -1) return undefined;
    if (!this.#head!.startsWith("HTTP/1.1 101")) throw new Error(this.#head);
    this.#head = undefined;
    return bytes.subarray(end + 4 - before);
  }

  #answerPings(): void {
    for (; this.#frames.pings > 0; this.#frames.pings--) {
      this.heartbeats++;
      this.send(PONG);
    }
  }

  #expect(count: number): Promise<void> {
    this.#expected = count;
    return new Promise((resolve) => this.#arrived = resolve);
  }
}

/** Connects many clients, some at a time. */
export async function connectMany(port: number, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const some = Math.min(100, count - clients.length);
    clients.push(...await Promise.all(Array.from({ length: some }, () => Client.connect(port))));
  }
  return clients;
}
