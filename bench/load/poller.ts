import { TcpClient } from "./tcp_client.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HOST = "Host: 127.0.0.1\r\n";

/** A client over long-polling, on one kept connection. */
export class Poller extends TcpClient {
  #received = "";
  #answered: ((body: string) => void) | undefined;
  #get: Uint8Array = new Uint8Array();
  #url = "/socket.io/?EIO=4&transport=polling";

  /** Connects to a server and to its main namespace. */
  static async connect(port: number): Promise<Poller> {
    const poller = new Poller();
    await poller.open(port);
    const opening = await poller.ask(encoder.encode(`GET ${poller.#url} HTTP/1.1\r\n${HOST}\r\n`));
    const { sid } = JSON.parse(opening.slice(opening.indexOf("{"), opening.lastIndexOf("}") + 1));
    poller.#url += `&sid=${sid}`;
    poller.#get = encoder.encode(`GET ${poller.#url} HTTP/1.1\r\n${HOST}\r\n`);
    await poller.ask(poller.post("40"));
    await poller.poll();
    return poller;
  }

  /** The request that sends a packet. */
  post(packet: string): Uint8Array {
    const headers = `${HOST}Content-Type: text/plain;charset=UTF-8\r\n` +
      `Content-Length: ${packet.length}\r\n`;
    return encoder.encode(`POST ${this.#url} HTTP/1.1\r\n${headers}\r\n${packet}`);
  }

  /** Sends a request and waits for the answer. */
  ask(request: Uint8Array): Promise<string> {
    const answer = new Promise<string>((resolve) => this.#answered = resolve);
    this.send(request);
    return answer;
  }

  /** Waits for packets. */
  poll(): Promise<string> {
    return this.ask(this.#get);
  }

  protected override receive(bytes: Uint8Array): void {
    this.#received += decoder.decode(bytes);
    const head = this.#received.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received)?.[1];
    const body = this.#received.slice(head + 4);
    const complete = length === undefined
      ? body.endsWith("0\r\n\r\n")
      : body.length >= Number(length);
    if (!complete) return;
    if (!this.#received.startsWith("HTTP/1.1 200")) throw new Error(this.#received);
    this.#received = "";
    this.#answered?.(body);
  }
}
