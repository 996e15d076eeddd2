import { LONGEST_WAIT } from "../base/checks.ts";
import type { Untyped } from "../base/events.ts";
import { randomHex } from "../base/ids.ts";
import { log } from "../base/log.ts";
import {
  Adapter,
  type AnyNamespace,
  type BroadcastOptions,
  receiveServerSideEvent,
  type Room,
  type SocketDetails,
  type SocketId,
} from "../socket/adapter.ts";
import { type Packet, PacketType } from "../wire/socket_packet.ts";
import {
  type ClusterMessage,
  type ClusterMessageBody,
  type ClusterResponse,
  type ClusterResponseBody,
  decodeOptions,
  encodeOptions,
  MessageType,
  type Offset,
  readMessage,
  type ServerId,
} from "./cluster_message.ts";
import { type Expected, Requests } from "./requests.ts";

const REQUEST_TIMEOUT = 5_000;

/** A broadcast whose acknowledgements other servers send. */
interface AckRequest {
  readonly count: (clientCount: number) => void;
  readonly ack: (response: unknown) => void;
  readonly counted: Set<ServerId>;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * An adapter of a cluster of servers. What extends it brings the bus: it gives {@link ClusterAdapter.doPublish} and
 * {@link ClusterAdapter.doPublishResponse}, and calls {@link ClusterAdapter.onMessage} and
 * {@link ClusterAdapter.onResponse} with what comes. The messages are those of the official adapters.
 */
export abstract class ClusterAdapter extends Adapter {
  /** The id of this adapter in the cluster. */
  protected readonly uid: ServerId = randomHex();
  readonly #requests = new Requests();
  readonly #ackRequests = new Map<string, AckRequest>();
  /** What ends the waiting for acknowledgements that other servers have asked for. */
  readonly #asked = new Set<() => void>();
  /** Whether events end with an offset, which is known when they are published. */
  readonly #hasOffsets: boolean;
  #lastOffset: Offset | undefined;
  /** Settles when what was sent before has been delivered here. */
  #tail: Promise<void> = Promise.resolve();

  /**
   * Made for each namespace.
   *
   * @param nsp the namespace that it serves
   */
  constructor(nsp: AnyNamespace) {
    super(nsp);
    this.#hasOffsets = nsp.server.opts.connectionStateRecovery !== undefined;
  }

  /**
   * Sends a message to the other servers.
   *
   * @returns where it is in the log of the cluster, `""` if there is no log
   */
  protected abstract doPublish(message: ClusterMessage): Promise<Offset>;

  /** Sends an answer to the server that has asked. */
  protected abstract doPublishResponse(
    requesterUid: ServerId,
    response: ClusterResponse,
  ): Promise<void>;

  /** Whose answers a request waits for. */
  protected async expected(): Promise<Expected> {
    return await this.serverCount() - 1;
  }

  /** Waits for a server's answers no more. */
  protected forget(server: ServerId): void {
    this.#requests.forget(server);
  }

  /**
   * Takes a message from the bus. It need not be one: what does not fit is ignored.
   *
   * @param message the message
   * @param offset where it is in the log of the cluster, if there is one
   */
  protected onMessage(message: ClusterMessage, offset?: Offset): void {
    const read = this.#read(message);
    if (read === undefined) return;
    try {
      this.#receive(read, offset);
    } catch (error) {
      log("socket.io:adapter", "a message of type %d failed: %s", read.type, error);
    }
  }

  /** Takes an answer from the bus. It need not be one: what does not fit is ignored. */
  protected onResponse(response: ClusterResponse): void {
    const read = this.#read(response);
    if (read === undefined) return;
    switch (read.type) {
      case MessageType.BROADCAST_CLIENT_COUNT: {
        const request = this.#ackRequests.get(read.data.requestId);
        if (request === undefined || request.counted.has(read.uid)) return;
        request.counted.add(read.uid);
        return request.count(read.data.clientCount);
      }
      case MessageType.BROADCAST_ACK:
        return this.#ackRequests.get(read.data.requestId)?.ack(read.data.packet);
      case MessageType.FETCH_SOCKETS_RESPONSE:
        return this.#requests.answer(read.data.requestId, read.uid, read.data.sockets);
      case MessageType.SERVER_SIDE_EMIT_RESPONSE:
        return this.#requests.answer(read.data.requestId, read.uid, [read.data.packet]);
    }
  }

  /** Sends a message, and logs it if that fails. */
  protected publish(message: ClusterMessageBody): void {
    this.publishAndReturnOffset(message).catch((error) => {
      log("socket.io:adapter", "a message of type %d was not sent: %s", message.type, error);
    });
  }

  /** Sends a message. */
  protected async publishAndReturnOffset(message: ClusterMessageBody): Promise<Offset> {
    return await this.doPublish({ ...message, uid: this.uid, nsp: this.nsp.name });
  }

  /** Sends an answer, and logs it if that fails. */
  protected publishResponse(requesterUid: ServerId, response: ClusterResponseBody): void {
    const send = async () =>
      await this.doPublishResponse(requesterUid, {
        ...response,
        uid: this.uid,
        nsp: this.nsp.name,
      });
    send().catch((error) => {
      log("socket.io:adapter", "an answer of type %d was not sent: %s", response.type, error);
    });
  }

  /** Gives up what waits for answers. */
  override close(): void | Promise<void> {
    this.#requests.close();
    for (const { timer } of this.#ackRequests.values()) clearTimeout(timer);
    this.#ackRequests.clear();
    for (const end of this.#asked) end();
  }

  /** Sends a packet to the sockets of all servers. */
  override broadcast(packet: Packet, opts: BroadcastOptions): void {
    if (opts.flags?.local) return this.#inTurn(() => super.broadcast(packet, opts));
    const data = { packet: { ...packet }, opts: encodeOptions(opts) };
    const message = { type: MessageType.BROADCAST, data };
    if (!this.#hasOffsets) {
      this.publish(message);
      return super.broadcast(packet, opts);
    }
    const published = this.publishAndReturnOffset(message).catch((error) => {
      log("socket.io:adapter", "a broadcast was not sent: %s", error);
      return "";
    });
    this.#inTurn(
      (offset) => super.broadcast(this.#numbered(packet, opts, offset), opts),
      published,
    );
  }

  /** Sends a packet to the sockets of all servers, and collects acknowledgements. */
  override broadcastWithAck(
    packet: Packet,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: (response: unknown, id?: SocketId) => void,
    lost?: () => void,
  ): void | (() => void) {
    const requestId = randomHex();
    if (!opts.flags?.local) {
      // There is no telling here when all have answered.
      const timer = setTimeout(
        () => this.#ackRequests.delete(requestId),
        opts.flags?.timeout ?? this.nsp.server.opts.ackTimeout,
      );
      this.#ackRequests.set(requestId, {
        count: clientCountCallback,
        ack,
        counted: new Set(),
        timer,
      });
      const data = { packet: { ...packet }, requestId, opts: encodeOptions(opts) };
      this.publish({ type: MessageType.BROADCAST, data });
    }
    let stopped = false;
    let stop: void | (() => void);
    this.#inTurn(() => {
      if (stopped) return;
      stop = super.broadcastWithAck(packet, opts, clientCountCallback, ack, lost);
    });
    return () => {
      stopped = true;
      clearTimeout(this.#ackRequests.get(requestId)?.timer);
      this.#ackRequests.delete(requestId);
      stop?.();
    };
  }

  /** Adds the sockets that match to rooms, on all servers. */
  override addSockets(opts: BroadcastOptions, rooms: Room[]): void {
    if (!opts.flags?.local) {
      this.publish({ type: MessageType.SOCKETS_JOIN, data: { opts: encodeOptions(opts), rooms } });
    }
    this.#inTurn(() => super.addSockets(opts, rooms));
  }

  /** Takes the sockets that match out of rooms, on all servers. */
  override delSockets(opts: BroadcastOptions, rooms: Room[]): void {
    if (!opts.flags?.local) {
      this.publish({ type: MessageType.SOCKETS_LEAVE, data: { opts: encodeOptions(opts), rooms } });
    }
    this.#inTurn(() => super.delSockets(opts, rooms));
  }

  /** Disconnects the sockets that match, on all servers. */
  override disconnectSockets(opts: BroadcastOptions, close: boolean): void {
    if (!opts.flags?.local) {
      const data = { opts: encodeOptions(opts), close };
      this.publish({ type: MessageType.DISCONNECT_SOCKETS, data });
    }
    this.#inTurn(() => super.disconnectSockets(opts, close));
  }

  /**
   * The sockets that match, of all servers.
   *
   * @throws {Error} if a server does not answer in time
   */
  override async fetchSockets(opts: BroadcastOptions): Promise<SocketDetails<Untyped>[]> {
    const own = await super.fetchSockets(opts);
    if (opts.flags?.local) return own;
    const expected = await this.expected();
    if (isNobody(expected)) return own;
    const requestId = randomHex();
    return await new Promise((resolve, reject) => {
      const timeout = opts.flags?.timeout ?? REQUEST_TIMEOUT;
      this.#requests.add(requestId, expected, timeout, own, (error, sockets) => {
        if (error === null) resolve(sockets as SocketDetails<Untyped>[]);
        else reject(error);
      });
      const data = { opts: encodeOptions(opts), requestId };
      this.publish({ type: MessageType.FETCH_SOCKETS, data });
    });
  }

  /** Sends an event to the other servers, and collects their answers if it ends with a function. */
  override async serverSideEmit(packet: unknown[]): Promise<void> {
    const ack = packet.at(-1);
    if (typeof ack !== "function") {
      return this.publish({ type: MessageType.SERVER_SIDE_EMIT, data: { packet } });
    }
    const expected = await this.expected();
    if (isNobody(expected)) return ack(null, []);
    const requestId = randomHex();
    this.#requests.add(
      requestId,
      expected,
      REQUEST_TIMEOUT,
      [],
      (error, responses) => ack(error, responses),
    );
    const data = { packet: packet.slice(0, -1), requestId };
    this.publish({ type: MessageType.SERVER_SIDE_EMIT, data });
  }

  #read(message: unknown): ClusterMessage | ClusterResponse | undefined {
    const read = readMessage(message);
    if (read === undefined) log("socket.io:adapter", "an unreadable message");
    else if (read.uid !== this.uid && read.nsp === this.nsp.name) return read;
    return undefined;
  }

  #receive(message: ClusterMessage | ClusterResponse, offset: Offset | undefined): void {
    const { uid } = message;
    switch (message.type) {
      case MessageType.BROADCAST: {
        const { packet: { data }, requestId } = message.data;
        const packet: Packet = { type: PacketType.EVENT, nsp: this.nsp.name, data };
        const opts = decodeOptions(message.data.opts);
        if (requestId) return this.#broadcastFor(uid, requestId, packet, opts);
        return super.broadcast(this.#numbered(packet, opts, offset), opts);
      }
      case MessageType.SOCKETS_JOIN:
        return super.addSockets(decodeOptions(message.data.opts), message.data.rooms);
      case MessageType.SOCKETS_LEAVE:
        return super.delSockets(decodeOptions(message.data.opts), message.data.rooms);
      case MessageType.DISCONNECT_SOCKETS:
        return super.disconnectSockets(
          decodeOptions(message.data.opts),
          message.data.close === true,
        );
      case MessageType.FETCH_SOCKETS:
        return void this.#fetchFor(uid, message.data.requestId, decodeOptions(message.data.opts));
      case MessageType.SERVER_SIDE_EMIT:
        return this.#emitFor(uid, message.data.requestId, message.data.packet);
      case MessageType.BROADCAST_CLIENT_COUNT:
      case MessageType.BROADCAST_ACK:
      case MessageType.FETCH_SOCKETS_RESPONSE:
      case MessageType.SERVER_SIDE_EMIT_RESPONSE:
        // Not every bus keeps answers apart.
        return this.onResponse(message);
    }
  }

  #broadcastFor(uid: ServerId, requestId: string, packet: Packet, opts: BroadcastOptions): void {
    let stop: void | (() => void) = undefined;
    const end = () => {
      clearTimeout(timer);
      this.#asked.delete(end);
      stop?.();
    };
    // The server that asks has stopped waiting by then.
    const timer = setTimeout(end, this.#ackLimit(opts));
    this.#asked.add(end);
    // Below 0 while clients have answered that are not counted yet.
    let missing = 0;
    const add = (clients: number) => {
      missing += clients;
      if (missing === 0) end();
    };
    stop = super.broadcastWithAck(packet, opts, (clientCount) => {
      const data = { requestId, clientCount };
      this.publishResponse(uid, { type: MessageType.BROADCAST_CLIENT_COUNT, data });
      add(clientCount);
    }, (response) => {
      const data = { requestId, packet: response };
      this.publishResponse(uid, { type: MessageType.BROADCAST_ACK, data });
      add(-1);
    }, () => add(-1));
  }

  #ackLimit({ flags }: BroadcastOptions): number {
    // Other servers, or null where MessagePack has no `undefined`, may say what is no time.
    const timeout: unknown = flags?.timeout;
    return typeof timeout === "number"
      ? Math.min(timeout, LONGEST_WAIT)
      : this.nsp.server.opts.ackTimeout;
  }

  async #fetchFor(uid: ServerId, requestId: string, opts: BroadcastOptions): Promise<void> {
    const sockets = (await super.fetchSockets(opts)).map(({ id, handshake, rooms, data }) => ({
      id,
      handshake,
      rooms: [...rooms],
      data,
    }));
    const data = { requestId, sockets };
    this.publishResponse(uid, { type: MessageType.FETCH_SOCKETS_RESPONSE, data });
  }

  #emitFor(uid: ServerId, requestId: string | undefined, packet: unknown[]): void {
    if (!requestId) return receiveServerSideEvent(this.nsp, packet);
    let sent = false;
    const answer = (response: unknown) => {
      if (sent) return;
      sent = true;
      const data = { requestId, packet: response };
      this.publishResponse(uid, { type: MessageType.SERVER_SIDE_EMIT_RESPONSE, data });
    };
    receiveServerSideEvent(this.nsp, [...packet, answer]);
  }

  /** The packet with the offset that a client comes back with; one that is in no log repeats the last. */
  #numbered(packet: Packet, { flags }: BroadcastOptions, offset: Offset | undefined): Packet {
    if (!this.#hasOffsets || packet.id !== undefined) return packet;
    if (offset && flags?.volatile !== true) this.#lastOffset = offset;
    if (this.#lastOffset === undefined) return packet;
    return { ...packet, data: [...packet.data as unknown[], this.#lastOffset] };
  }

  /** Does something here after what was sent before it: at once, unless offsets have to be waited for. */
  #inTurn(act: (offset: Offset) => void, ready?: Promise<Offset>): void {
    if (!this.#hasOffsets) return act("");
    const previous = this.#tail;
    const turn = async () => {
      const offset = await ready ?? "";
      await previous;
      act(offset);
    };
    this.#tail = turn().catch((error) => {
      log("socket.io:adapter", "a broadcast failed: %s", error);
    });
  }
}

function isNobody(expected: Expected): boolean {
  return (typeof expected === "number" ? expected : expected.size) <= 0;
}
