import type { Service, Sleeper } from "./engine/channel.ts";
import {
  type DurableObjectClass,
  durableObjectClass,
  type DurableObjectOptions,
  isWorker,
  resolveDurableObjectOptions,
  toDurableObject,
} from "./runtimes/workerd/durable_object.ts";
import { hibernatingObjectClass } from "./runtimes/workerd/hibernating_object.ts";

/** What the Durable Objects of a server need of it. */
export interface DurableObjectsHost {
  /** The server itself. */
  readonly service: Service;
  /** The server begins a life in an object; it has lived before, perhaps. */
  begin(): void;
  /** What lets a server be put away; `undefined` if it is none of ours. */
  sleeperOf(service: Service): Sleeper | undefined;
  /** The name of the object if the options give none. */
  path(): string;
  /** Something has failed. */
  report(error: unknown): void;
}

/** The Durable Objects that a server's sockets meet in, on Cloudflare Workers. */
export class DurableObjects {
  readonly #host: DurableObjectsHost;
  #options: DurableObjectOptions | undefined;

  constructor(host: DurableObjectsHost) {
    this.#host = host;
  }

  /**
   * Makes their class.
   *
   * @throws {TypeError} if an option is of the wrong kind, or several objects would share a server
   */
  classOf(options: DurableObjectOptions): DurableObjectClass {
    this.#options = resolveDurableObjectOptions(options);
    const { create, hibernate } = options;
    const host = this.#host;
    if (hibernate) {
      return hibernatingObjectClass((object) => {
        const sleeper = host.sleeperOf(create === undefined ? host.service : create(object));
        if (sleeper !== undefined) return sleeper;
        throw new TypeError("hibernate needs a create that makes a Server");
      });
    }
    return durableObjectClass((object) => {
      if (create !== undefined) return create(object);
      host.begin();
      return host.service;
    });
  }

  /** Sends a request that came to a Worker to the object that serves it; `undefined` if it came elsewhere. */
  answer(request: Request, context: unknown): Promise<Response> | undefined {
    return this.#options !== undefined && isWorker(context)
      ? this.#forward(request, context, this.#options)
      : undefined;
  }

  async #forward(
    request: Request,
    env: unknown,
    { binding, name = this.#host.path() }: DurableObjectOptions,
  ): Promise<Response> {
    try {
      return await toDurableObject(request, env, binding, name);
    } catch (error) {
      this.#host.report(error);
      return new Response("Internal Server Error", { status: 500 });
    }
  }
}
