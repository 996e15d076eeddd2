import type { Service } from "../../engine/channel.ts";
import type { DurableObjectNamespace, DurableObjectState } from "./types.ts";

/** Which Durable Object of a Worker's serves a request. */
export interface DurableObjectOptions {
  /**
   * The name of the binding that leads to the objects.
   *
   * @default the only one that the Worker has
   */
  binding?: string;
  /**
   * The name of the object, or what finds it for a request: one object for each tenant or document, for example. Sockets
   * of different objects know nothing of each other. A function asks for `create`.
   *
   * @default the path of the server
   */
  name?: string | ((request: Request) => string | Promise<string>);
  /**
   * Whether the object may be put away while its clients are connected and nothing happens. WebSocket sessions go on
   * when it wakes: sockets have their ids, rooms, handshakes and `data`, and `connection` comes for each of them once
   * more, with `socket.recovered`. Acknowledgements without `timeout()` are awaited no longer than `ackTimeout`. With
   * `create`, that must make a server of this package.
   *
   * @default false
   */
  hibernate?: boolean;
  /**
   * Makes the server of an object that begins: objects may share the memory of a process, and must not share a server.
   *
   * @default the server itself serves the one object
   */
  create?: (object: DurableObject) => Service;
}

/** A class of Durable Objects. */
export type DurableObjectClass = new (ctx: DurableObjectState, env: unknown) => DurableObject;

/** A Durable Object that is a server. */
export interface DurableObject {
  /** Within which it lives. */
  readonly ctx: DurableObjectState;
  /** The bindings of the Worker. */
  readonly env: unknown;
  /** Answers a request. */
  fetch(request: Request): Promise<Response>;
}

/**
 * Makes a class of Durable Objects.
 *
 * @param serve gives the server of an object that begins; an object that was put away begins anew
 */
export function durableObjectClass(serve: (object: DurableObject) => Service): DurableObjectClass {
  return class implements DurableObject {
    readonly ctx: DurableObjectState;
    readonly env: unknown;
    readonly #service: Service;

    constructor(ctx: DurableObjectState, env: unknown) {
      this.ctx = ctx;
      this.env = env;
      this.#service = serve(this);
    }

    fetch(request: Request): Promise<Response> {
      return this.#service.fetch(request, this);
    }
  };
}

/**
 * Checks the options.
 *
 * @throws {TypeError} if one is of the wrong kind, or several objects would share a server
 */
export function resolveDurableObjectOptions(options: DurableObjectOptions): DurableObjectOptions {
  const { name, create, hibernate } = options;
  if (typeof name === "function" && create === undefined) {
    throw new TypeError("name as a function needs create: each object has a server of its own");
  }
  if (create !== undefined && typeof create !== "function") {
    throw new TypeError("create must be a function that makes a server");
  }
  if (hibernate !== undefined && typeof hibernate !== "boolean") {
    throw new TypeError(`hibernate must be true or false, got ${String(hibernate)}`);
  }
  return options;
}

/** Whether what came beside a request is a Durable Object that got it. */
export function isDurableObject(context: unknown): boolean {
  const { ctx } = (context ?? {}) as Partial<DurableObject>;
  return typeof ctx?.acceptWebSocket === "function";
}

/** Whether this is a Worker, and no Durable Object. */
export function isWorker(context: unknown): boolean {
  return "WebSocketPair" in globalThis && !isDurableObject(context);
}

/** Sends a request of a Worker's to the object that serves it. */
export async function toDurableObject(
  request: Request,
  env: unknown,
  binding: string | undefined,
  name: NonNullable<DurableObjectOptions["name"]>,
): Promise<Response> {
  const namespace = findNamespace(env, binding);
  const chosen = typeof name === "function" ? await name(request) : name;
  if (typeof chosen !== "string" || chosen === "") {
    throw new TypeError(`name must give the name of a Durable Object, got ${String(chosen)}`);
  }
  return await namespace.get(namespace.idFromName(chosen)).fetch(request);
}

function findNamespace(env: unknown, binding: string | undefined): DurableObjectNamespace {
  const bindings = (env ?? {}) as Record<string, unknown>;
  const found = binding === undefined
    ? Object.values(bindings).filter(isNamespace)
    : [bindings[binding]].filter(isNamespace);
  if (found.length === 1) return found[0]!;
  throw new TypeError(
    binding === undefined
      ? `binding must name one of ${found.length} bindings of Durable Objects`
      : `binding must name a binding of Durable Objects, got ${JSON.stringify(binding)}`,
  );
}

function isNamespace(value: unknown): value is DurableObjectNamespace {
  const { idFromName, get } = (value ?? {}) as Partial<DurableObjectNamespace>;
  return typeof idFromName === "function" && typeof get === "function";
}
