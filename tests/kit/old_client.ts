/** Clients of Engine.IO 3 against servers in memory. */
import { assertEquals } from "@std/assert";
import type { Packet } from "../../src/wire/engine_packet.ts";
import { decodeBinaryPayloadV3, decodePayloadV3 } from "../../src/wire/engine_packet_v3.ts";
import type { MemoryRuntime, MemorySocket } from "../../src/runtimes/memory.ts";
import type { Fetcher, OpenPacket } from "./memory_client.ts";

/** Where a server in memory is reached. */
export interface Rig {
  readonly base: string;
  readonly runtime: MemoryRuntime;
}

/** An old client over HTTP long-polling. */
export class OldPoller {
  /** What the server said first. */
  readonly open: OpenPacket;
  /** What came along with it. */
  readonly first: readonly Packet[];
  /** Where the session is. */
  readonly url: string;
  readonly #server: Fetcher;
  readonly #rig: Rig;
  readonly #headers: Record<string, string>;

  private constructor(
    server: Fetcher,
    rig: Rig,
    query: string,
    headers: Record<string, string>,
    packets: Packet[],
  ) {
    const [open, ...first] = packets;
    assertEquals(open?.type, "open");
    this.open = JSON.parse(String(open!.data));
    this.first = first;
    this.url = `${rig.base}?${query}&sid=${this.open.sid}`;
    this.#server = server;
    this.#rig = rig;
    this.#headers = headers;
  }

  /** Opens a session. */
  static async open(
    server: Fetcher,
    rig: Rig,
    query = "",
    headers: Record<string, string> = {},
  ): Promise<OldPoller> {
    const all = `EIO=3&transport=polling${query}`;
    const request = new Request(`${rig.base}?${all}`, { headers });
    const response = await server.fetch(request, rig.runtime);
    assertEquals(response.status, 200);
    return new OldPoller(server, rig, all, headers, await packetsOf(response));
  }

  /** Sends a GET. */
  get(): Promise<Response> {
    const request = new Request(this.url, { headers: this.#headers });
    return this.#server.fetch(request, this.#rig.runtime);
  }

  /** Sends a GET, and reads the packets of its answer. */
  async poll(): Promise<Packet[]> {
    return await packetsOf(await this.get());
  }

  /** Sends a POST. */
  post(body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
    const request = new Request(this.url, {
      method: "POST",
      body,
      headers: { ...this.#headers, ...headers },
    });
    return this.#server.fetch(request, this.#rig.runtime);
  }

  /** Sends text packets, which the server must take. */
  async send(...packets: string[]): Promise<void> {
    const response = await this.post(packets.map((it) => `${it.length}:${it}`).join(""));
    assertEquals([response.status, await response.text()], [200, "ok"]);
  }

  /** Opens a WebSocket to move the session to. */
  candidate(query = ""): Promise<MemorySocket> {
    const url = this.url.replace("transport=polling", "transport=websocket") + query;
    return this.#rig.runtime.connect(this.#server, url);
  }
}

/** Opens a WebSocket as an old client. */
export function oldSocket(server: Fetcher, rig: Rig, query = ""): Promise<MemorySocket> {
  return rig.runtime.connect(server, `${rig.base}?EIO=3&transport=websocket${query}`);
}

async function packetsOf(response: Response): Promise<Packet[]> {
  return response.headers.get("content-type") === "application/octet-stream"
    ? [...decodeBinaryPayloadV3(new Uint8Array(await response.arrayBuffer()))]
    : [...decodePayloadV3(await response.text())];
}
