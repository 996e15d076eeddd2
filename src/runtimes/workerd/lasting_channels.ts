import type { Receiver, Sleeper } from "../../engine/channel.ts";
import { LastingChannel, STATE_KEY } from "./lasting_channel.ts";
import { closeWith } from "./socket.ts";
import type { DurableObjectState, WorkerdWebSocket } from "./types.ts";

/** Of all WebSockets that we have accepted: users may accept some of their own. */
const TAG = "socket.io";
const OPEN = 1;
/** The close code that says that the client should come back. */
const SERVICE_RESTART = 1012;

/** The WebSockets of a Durable Object that hibernates. */
export class LastingChannels {
  readonly #ctx: DurableObjectState;
  readonly #report: (error: unknown) => void;
  readonly #known = new Map<string, LastingChannel>();

  /** @param report told of what fails with nobody waiting */
  constructor(ctx: DurableObjectState, report: (error: unknown) => void) {
    this.#ctx = ctx;
    this.#report = report;
  }

  /** The WebSockets that are open, and those whose clients have not noticed yet that they are closed. */
  get sockets(): WorkerdWebSocket[] {
    return this.#ctx.getWebSockets(TAG);
  }

  /** Takes a new one. */
  accept(socket: WorkerdWebSocket, receiver: Receiver): void {
    const id = crypto.randomUUID();
    this.#ctx.acceptWebSocket(socket, [TAG, id]);
    const channel = this.#open(socket, id, false);
    channel.receiver = receiver;
    receiver.open(channel);
  }

  /** What is known of one; `undefined` if it is of the user's. */
  of(socket: WorkerdWebSocket): LastingChannel | undefined {
    return this.#known.get(this.#idOf(socket));
  }

  /** Forgets one that is gone. */
  delete(socket: WorkerdWebSocket): void {
    this.#known.delete(this.#idOf(socket));
  }

  /** Goes on with those that are open. */
  async resume(server: Sleeper): Promise<void> {
    const { storage } = this.#ctx;
    const stored = await storage.list<unknown>({ prefix: STATE_KEY });
    await Promise.all(this.sockets.map((it) => this.#resume(server, it, stored)));
    await Promise.all([...stored.keys()].map((key) => storage.delete(key)));
  }

  // It takes its state out of `stored`; what is left there is of WebSockets that are gone.
  async #resume(
    server: Sleeper,
    socket: WorkerdWebSocket,
    stored: Map<string, unknown>,
  ): Promise<void> {
    if (socket.readyState !== OPEN) return;
    const id = this.#idOf(socket);
    const key = STATE_KEY + id;
    const channel = this.#open(socket, id, stored.has(key));
    const state = stored.get(key) ?? channel.state;
    stored.delete(key);
    try {
      channel.receiver = await server.resume(state, channel);
    } catch (error) {
      this.#report(error);
    }
    if (channel.receiver !== undefined) return;
    this.#known.delete(id);
    closeWith(socket, SERVICE_RESTART);
  }

  #open(socket: WorkerdWebSocket, id: string, isStored: boolean): LastingChannel {
    const channel = new LastingChannel(this.#ctx, socket, id, isStored, this.#report);
    this.#known.set(id, channel);
    return channel;
  }

  #idOf(socket: WorkerdWebSocket): string {
    return this.#ctx.getTags(socket)[1] ?? "";
  }
}
