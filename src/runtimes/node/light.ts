/**
 * The requests and responses of polls. Node's own are slow to make, slower than all the rest of a poll: these have what
 * the engine needs, and all else once somebody looks.
 *
 * @module
 */

import { addressOf, headersOf, requestOf } from "./request.ts";
import type { NodeIncoming } from "./types.ts";

/** A path and query with nothing in them for a parser of URLs to change. */
const PLAIN = /^(?:\/[\w~-][\w.~-]*)+\/?\?[\w.~=&-]*$/;
// Apart from it: one expression would look for the end anew behind each of a thousand `sid`s.
const SID = /[?&]sid=[\w-]/;

/** Whether a request is one of a session, and may be light. */
export function isPoll({ method, url = "" }: NodeIncoming): boolean {
  return (method === "GET" || method === "POST") && PLAIN.test(url) && SID.test(url);
}

// The members that `complete` gives it.
export interface LightRequest extends Request {}

/** A request of a poll. It is as good as any, but that no constructor takes it for one. */
export class LightRequest {
  readonly url: string;
  readonly method: string;
  readonly #incoming: NodeIncoming;
  #headers: Headers | undefined;
  #real: Request | undefined;

  constructor(incoming: NodeIncoming) {
    this.#incoming = incoming;
    this.url = addressOf(incoming);
    this.method = incoming.method!;
  }

  /** The same as Node's own. */
  get real(): Request {
    return this.#real ??= requestOf(this.#incoming);
  }

  get headers(): Headers {
    return this.#headers ??= headersOf(this.#incoming);
  }

  text(): Promise<string> {
    return this.#real === undefined ? textOf(this.#incoming) : this.#real.text();
  }

  static {
    complete(this.prototype, Request.prototype);
  }
}

// The members that `complete` gives it.
export interface LightResponse extends Response {}

/** A response with a text that is not for caches. */
export class LightResponse {
  readonly status = 200;
  readonly #text: string;
  readonly #type: string;
  #headers: Headers | undefined;
  #real: Response | undefined;

  constructor(text: string, type: string) {
    this.#text = text;
    this.#type = type;
  }

  get headers(): Headers {
    return this.#headers ??= new Headers(headOf(this.#type));
  }

  /** The same as Node's own. */
  get real(): Response {
    return this.#real ??= new Response(this.#text, { headers: this.headers });
  }

  /** What to send, if nobody has looked at it since it was made. */
  get untouched(): { head: Record<string, string>; text: string } | undefined {
    return this.#headers === undefined ? { head: headOf(this.#type), text: this.#text } : undefined;
  }

  static {
    complete(this.prototype, Response.prototype);
  }
}

function headOf(type: string): Record<string, string> {
  return { "content-type": type, "cache-control": "no-store" };
}

/** Gives a class that stands for another one what it lacks. */
function complete(light: { readonly real: object }, full: object): void {
  for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(full))) {
    if (name in light) continue;
    Object.defineProperty(light, name, {
      get(this: typeof light) {
        return get === undefined ? value.bind(this.real) : get.call(this.real);
      },
    });
  }
  Object.setPrototypeOf(light, full);
}

function textOf(incoming: NodeIncoming): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    let whole = false;
    const lost = () => {
      if (!whole) reject(new TypeError("The client has gone"));
    };
    incoming.setEncoding("utf8");
    incoming.on("data", (part: string) => text += part);
    incoming.on("end", () => {
      whole = true;
      resolve(text);
    });
    incoming.on("error", lost);
    incoming.on("close", lost);
    if (incoming.destroyed) lost();
  });
}
