import type { EventsMap, Untyped } from "./base/events.ts";
import type { DurableObjects } from "./durable_objects.ts";
import type { Listener } from "./engine/channel.ts";
import { ownsPath, setPath } from "./engine/engine.ts";
import { pathOf } from "./engine/handshake.ts";
import { type Handler, handlerOf } from "./engine/http/handler.ts";
import type { Server as Engine } from "./engine/mod.ts";
import { listen, type Place } from "./listen.ts";
import type { ResolvedServerOptions } from "./options.ts";
import type {
  DurableObjectClass,
  DurableObjectOptions,
} from "./runtimes/workerd/durable_object.ts";
import type { HibernatingObjectClass } from "./runtimes/workerd/hibernating_object.ts";
import type { BunWebSocketHandler } from "./runtimes/types.ts";
import { Broadcaster } from "./socket/broadcaster.ts";
import { clientFile } from "./socket/client_files.ts";

type AnyMountable = Mountable<Untyped, Untyped, Untyped, Untyped>;

/** Sets the Durable Objects that serve a server on Workers. */
export let setObjects: (server: AnyMountable, objects: DurableObjects) => void;
/** Takes from a server what it listens on, to be closed. */
export let takeListeners: (server: AnyMountable) => readonly Listener[];

/** How requests get to a server: it is mounted as a fetch handler, or listens, or is in a Durable Object. */
export abstract class Mountable<
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  ReservedEvents extends EventsMap,
> extends Broadcaster<EmitEvents, ServerSideEvents, SocketData, ReservedEvents> {
  /** The Engine.IO server under it. */
  abstract readonly engine: Engine;
  /** The options in force; those of the engine are at `engine.opts`. */
  abstract readonly opts: ResolvedServerOptions;
  /** The WebSocket handlers for `Bun.serve`. Other runtimes have no need of them. */
  abstract readonly websocket: BunWebSocketHandler;

  readonly #listeners: Listener[] = [];
  #objects!: DurableObjects;

  /**
   * Answers requests of this server's path, and all others with 404. It is bound, so it can be handed around.
   *
   * @param request the request as it came from the runtime; a copy of it cannot become a WebSocket
   * @param context what the runtime gave beside it: Deno's `info`, Bun's `server`, Hono's `c.env`, the
   *   `env` of a Worker, `this` in a Durable Object
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * const response = await io.fetch(new Request("http://localhost/elsewhere"));
   * assertEquals(response.status, 404);
   * ```
   */
  readonly fetch = (request: Request, context?: unknown): Promise<Response> => {
    const path = pathOf(request);
    return ownsPath(this.engine, path)
      ? this.#answer(request, path, context)
      : Promise.resolve(new Response("Not Found", { status: 404 }));
  };

  /** Whether a request's path is this server's. */
  handles(request: Pick<Request, "url">): boolean {
    return this.engine.handles(request);
  }

  /**
   * Makes a fetch handler that answers this server's requests, and leaves the others to another one.
   *
   * @param next answers the other requests; without it, they are answered with 404
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * const handler = io.handler(() => new Response("home"));
   * const response = await handler(new Request("http://localhost/"));
   * assertEquals(await response.text(), "home");
   * ```
   */
  handler(next?: Handler): (request: Request, ...context: Untyped[]) => Promise<Response> {
    return handlerOf(this, next);
  }

  /**
   * Listens on a port with the server of the runtime, or takes the requests of its path that come to a server of
   * `node:http`. `close()` ends either.
   *
   * @param place the port, 0 for any that is free, see {@link Mountable.httpServer}; or a server of `node:http` or
   * `node:https`, whose other requests are left to those who listen there
   * @param hostname the interface, for a port; by default all of them, on Deno those of IP version 4 alone
   * @throws {TypeError} if the place is none, or the runtime has no server
   */
  listen(place: Place, hostname?: string): this {
    this.#listeners.push(listen(this, place, hostname, this.engine.opts));
    return this;
  }

  /** Same as {@link Mountable.listen}. */
  attach(place: Place, hostname?: string): this {
    return this.listen(place, hostname);
  }

  /** The path under which it answers. */
  path(): string;
  /** Sets the path under which it answers. */
  path(path: string): this;
  path(path?: string): string | this {
    if (path === undefined) return this.engine.opts.path;
    setPath(this.engine, path);
    return this;
  }

  /** Where {@link Mountable.listen} listens; of several places, the last. */
  get httpServer(): Listener | undefined {
    return this.#listeners.at(-1);
  }

  /**
   * Makes a class of Durable Objects, for Cloudflare Workers: requests of the Worker meet nowhere else. The Worker sends
   * this server's requests to them. Elsewhere, it is a class that nobody uses.
   *
   * @param options which object serves a request; by default there is one
   * @throws {TypeError} if there are several objects, and `create` is not given, or an option is of the wrong kind
   *
   * @example
   * ```ts
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => socket.emit("hello"));
   *
   * export const Room = io.durableObject();
   * export default io;
   * ```
   */
  durableObject(options?: DurableObjectOptions & { hibernate?: false }): DurableObjectClass;
  /**
   * Makes a class of Durable Objects that hibernate: they are put away while nothing happens, and their clients stay
   * connected.
   *
   * @param options which object serves a request; by default there is one
   * @throws {TypeError} if there are several objects, and `create` is not given, or an option is of the wrong kind
   *
   * @example
   * ```ts
   * import { Server } from "@fetchio/server";
   *
   * const io = new Server({ pingInterval: 600_000 });
   * io.on("connection", (socket) => {
   *   if (!socket.recovered) socket.join("lobby");
   * });
   *
   * export class Room extends io.durableObject({ hibernate: true }) {
   *   override onAlarm() {
   *     io.to("lobby").emit("tick");
   *   }
   * }
   * export default io;
   * ```
   */
  durableObject(options: DurableObjectOptions & { hibernate: true }): HibernatingObjectClass;
  /** Same as above, where it is not known whether it hibernates. */
  durableObject(options: DurableObjectOptions): DurableObjectClass;
  durableObject(options: DurableObjectOptions = {}): DurableObjectClass {
    return this.#objects.classOf(options);
  }

  #answer(request: Request, path: string, context: unknown): Promise<Response> {
    if (this.opts.serveClient) {
      const file = clientFile(path.slice(this.engine.opts.path.length + 1), request);
      if (file !== undefined) return this.engine.share(request, file);
    }
    return this.#objects.answer(request, context) ?? this.engine.handleRequest(request, context);
  }

  static {
    setObjects = (server, objects) => server.#objects = objects;
    takeListeners = (server) => server.#listeners.splice(0);
  }
}
