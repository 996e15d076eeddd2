import { type AnyEmitter, fire } from "../../base/emitter.ts";
import { type CookieOptions, serializeCookie } from "./cookie.ts";
import { type CorsHeaders, corsHeaders } from "./cors.ts";
import type { ResolvedEngineOptions } from "../options.ts";

/** The headers of a response as the events `initial_headers` and `headers` show them, to be changed in place. */
export type EventHeaders = Record<string, string | string[]>;

/** What is done to the headers of the answers to one request. */
export class HeaderEdits {
  readonly #options: ResolvedEngineOptions;
  readonly #events: AnyEmitter;
  readonly #fault: (error: unknown) => void;
  readonly #request: Request;
  readonly #context: unknown;
  readonly #newId: string | undefined;

  /**
   * @param events whose listeners of `initial_headers` and `headers` are asked
   * @param newId the id of the session that the request has opened, if it has
   */
  constructor(
    options: ResolvedEngineOptions,
    events: AnyEmitter,
    fault: (error: unknown) => void,
    request: Request,
    context: unknown,
    newId: string | undefined,
  ) {
    this.#options = options;
    this.#events = events;
    this.#fault = fault;
    this.#request = request;
    this.#context = context;
    this.#newId = newId;
  }

  /** Whether these options and listeners change headers at all. */
  static needed(options: ResolvedEngineOptions, events: AnyEmitter): boolean {
    return options.cors !== undefined || options.cookie !== undefined ||
      options.editHandshakeHeaders !== undefined || options.editResponseHeaders !== undefined ||
      events.listenerCount("initial_headers") > 0 || events.listenerCount("headers") > 0;
  }

  /** Changes the headers of an answer. A hook that fails leaves them as they are and is reported. */
  async apply(headers: Headers): Promise<void> {
    const { cors, cookie, editHandshakeHeaders, editResponseHeaders } = this.#options;
    const initial = this.#newId !== undefined;
    if (cors !== undefined) appendCors(headers, await corsHeaders(cors, this.#request));
    if (initial && cookie !== undefined) this.#setCookie(headers, cookie);
    if (initial) this.#ask("initial_headers", headers);
    this.#ask("headers", headers);
    try {
      if (initial) await editHandshakeHeaders?.(headers, this.#request, this.#context);
      await editResponseHeaders?.(headers, this.#request, this.#context);
    } catch (error) {
      this.#fault(error);
    }
  }

  #setCookie(headers: Headers, cookie: CookieOptions): void {
    try {
      headers.append("set-cookie", serializeCookie(this.#newId!, cookie));
    } catch (error) {
      this.#fault(error);
    }
  }

  #ask(event: "initial_headers" | "headers", headers: Headers): void {
    if (this.#events.listenerCount(event) === 0) return;
    const additional: EventHeaders = {};
    fire(this.#events, event, [additional, this.#request], (_, error) => this.#fault(error));
    for (const [name, value] of Object.entries(additional)) {
      try {
        if (!Array.isArray(value)) headers.set(name, String(value));
        else for (const it of value) headers.append(name, it);
      } catch (error) {
        // A line break in a value, for one: refused by Headers, and never sent.
        this.#fault(error);
      }
    }
  }
}

/** Adds the headers of a cross-origin answer to others. */
export function appendCors(headers: Headers, cors: CorsHeaders): void {
  for (const [name, value] of cors) {
    if (name === "vary") headers.append(name, value);
    else headers.set(name, value);
  }
}
