import type { Receiver, Sleeper } from "../../engine/channel.ts";
import { Alarms } from "./alarms.ts";
import type { DurableObject } from "./durable_object.ts";
import { LastingChannels } from "./lasting_channels.ts";
import type { DurableObjectState, WorkerdGlobal, WorkerdWebSocket } from "./types.ts";

/** A class of Durable Objects that hibernate. */
export type HibernatingObjectClass = new (
  ctx: DurableObjectState,
  env: unknown,
) => HibernatingObject;

/**
 * A Durable Object that is a server, and is put away while nothing happens. An object has one alarm, which the heartbeat
 * needs: in a class that extends this one, use the methods here instead of those of `ctx.storage`.
 */
export interface HibernatingObject extends DurableObject {
  /** When {@link HibernatingObject.onAlarm} will be called, in milliseconds since 1970; `null` if that is not set. */
  getAlarm(): number | null;
  /** Sets when {@link HibernatingObject.onAlarm} is to be called. */
  setAlarm(time: number | Date): Promise<void>;
  /** Lifts that. */
  deleteAlarm(): Promise<void>;
  /** Called at the time that was set. What it throws goes to the server's `error`, and it is called again: 5 times. */
  onAlarm(): void | Promise<void>;
  /** Called by the runtime: the alarm has fired. */
  alarm(): Promise<void>;
  /** Called by the runtime: a frame came in. */
  webSocketMessage(socket: WorkerdWebSocket, data: string | ArrayBuffer): void;
  /** Called by the runtime: a WebSocket is gone. */
  webSocketClose(socket: WorkerdWebSocket, code: number, reason: string): void;
  /** Called by the runtime: a WebSocket has failed. */
  webSocketError(socket: WorkerdWebSocket, error: unknown): void;
}

type Accept = (socket: WorkerdWebSocket, receiver: Receiver) => void;
const accepts = new WeakMap<object, Accept>();

/** Hands a WebSocket to the object that hibernates, if what came beside its request is one: `false` if not. */
export function acceptLasting(
  context: unknown,
  socket: WorkerdWebSocket,
  receiver: Receiver,
): boolean {
  const accept = accepts.get(context as object);
  accept?.(socket, receiver);
  return accept !== undefined;
}

/**
 * Makes a class of Durable Objects that hibernate.
 *
 * @param serve gives the server of an object that begins
 */
export function hibernatingObjectClass(
  serve: (object: DurableObject) => Sleeper,
): HibernatingObjectClass {
  return class implements HibernatingObject {
    readonly ctx: DurableObjectState;
    readonly env: unknown;
    readonly #server: Sleeper;
    readonly #alarms: Alarms;
    readonly #channels: LastingChannels;
    readonly #report = (error: unknown): void => this.#server.report(error);

    constructor(ctx: DurableObjectState, env: unknown) {
      this.ctx = ctx;
      this.env = env;
      this.#server = serve(this);
      this.#alarms = new Alarms(ctx.storage, this.#server.pingInterval);
      const { WebSocketRequestResponsePair } = globalThis as unknown as WorkerdGlobal;
      ctx.setWebSocketAutoResponse(
        new WebSocketRequestResponsePair(...this.#server.autoResponse),
      );
      this.#channels = new LastingChannels(ctx, this.#report);
      accepts.set(this, (socket, receiver) => {
        this.#channels.accept(socket, receiver);
        this.#alarms.start()?.catch(this.#report);
      });
      ctx.blockConcurrencyWhile(() => this.#wake()).catch(this.#report);
    }

    fetch(request: Request): Promise<Response> {
      return this.#server.fetch(request, this);
    }

    webSocketMessage(socket: WorkerdWebSocket, data: string | ArrayBuffer): void {
      this.#channels.of(socket)?.message(socket, data);
    }

    webSocketClose(socket: WorkerdWebSocket, code: number, reason: string): void {
      const channel = this.#channels.of(socket);
      this.#channels.delete(socket);
      channel?.closed(socket, code, reason);
    }

    webSocketError(socket: WorkerdWebSocket, error: unknown): void {
      this.webSocketClose(socket, 1006, String(error));
    }

    async alarm(): Promise<void> {
      const { beatAfter, own } = this.#alarms.take();
      const { sockets } = this.#channels;
      if (beatAfter !== undefined) {
        for (const it of sockets) this.#channels.of(it)?.beat(it, beatAfter);
      }
      let failed = false;
      try {
        if (own) await this.onAlarm();
      } catch (error) {
        failed = true;
        this.#report(error);
      }
      await this.#alarms.settle(sockets.length > 0, failed);
    }

    onAlarm(): void | Promise<void> {}

    getAlarm(): number | null {
      return this.#alarms.own ?? null;
    }

    setAlarm(time: number | Date): Promise<void> {
      return this.#alarms.setOwn(Number(time));
    }

    deleteAlarm(): Promise<void> {
      return this.#alarms.setOwn(undefined);
    }

    async #wake(): Promise<void> {
      this.#server.begin();
      await Promise.all([this.#channels.resume(this.#server), this.#alarms.loaded]);
      this.#server.resumed();
    }
  };
}
