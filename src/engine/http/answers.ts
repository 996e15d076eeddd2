import { type AnyEmitter, fire } from "../../base/emitter.ts";
import { log } from "../../base/log.ts";
import type { Receiver, Runtime } from "../channel.ts";
import { corsHeaders } from "./cors.ts";
import type { ConnectionError } from "../engine_events.ts";
import { appendCors, HeaderEdits } from "./header_edits.ts";
import type { ResolvedEngineOptions } from "../options.ts";
import { ERROR_MESSAGES, type Refusal, refusalResponse } from "./refusal.ts";
import { Reply, type ReplyHost } from "./reply.ts";
import { toWebSocket, type UpgradeHost } from "./to_websocket.ts";

/** What an engine answers, with the headers that its options and the listeners of its events ask for. */
export class Answers implements ReplyHost, UpgradeHost {
  readonly options: ResolvedEngineOptions;
  readonly runtimeOf: (context: unknown) => Runtime;
  readonly fault: (error: unknown) => void;
  readonly #events: AnyEmitter;

  /**
   * @param runtimeOf finds the runtime of a request by what `fetch` was given beside it
   * @param events the engine's: those of refused requests, and of headers
   * @param fault told of what fails that is not the client's fault
   */
  constructor(
    options: ResolvedEngineOptions,
    runtimeOf: (context: unknown) => Runtime,
    events: AnyEmitter,
    fault: (error: unknown) => void,
  ) {
    this.options = options;
    this.runtimeOf = runtimeOf;
    this.#events = events;
    this.fault = fault;
  }

  /** The request as the hooks of users see it. */
  whole(request: Request, context: unknown): Request {
    return this.runtimeOf(context).whole?.(request) ?? request;
  }

  /**
   * Answers a request over HTTP.
   *
   * @param newId the id of the session that it opens, if it does
   */
  reply(request: Request, context: unknown, newId?: string): Reply {
    return new Reply(this, request, context, this.#edits(request, context, newId));
  }

  /**
   * Makes a request a WebSocket.
   *
   * @param newId the id of the session that it opens, if it does
   * @param inside whether middlewares may change the headers of the answer
   */
  upgrade(
    request: Request,
    context: unknown,
    receiver: Receiver,
    newId: string | undefined,
    inside: boolean,
  ): Response | Promise<Response> {
    const edits = this.#edits(request, context, newId);
    return toWebSocket(this, { request, context, receiver, edits, inside });
  }

  /** Refuses a request; `upgrade` tells whether it asks to become a WebSocket. */
  async refuse(
    request: Request,
    context: unknown,
    refusal: Refusal,
    upgrade = true,
  ): Promise<Response> {
    const { code, context: details } = refusal;
    const message = ERROR_MESSAGES[code];
    log("engine", "request refused: %s", message, details.limit ?? details.name);
    const whole = () => this.whole(request, context);
    const error: ConnectionError = {
      // Made when it is looked at: whoever is flooded with bad requests pays for none.
      get req() {
        return whole();
      },
      code,
      message,
      context: details,
    };
    fire(this.#events, "connection_error", [error], (_, error) => this.fault(error));
    return await this.share(request, refusalResponse(refusal, upgrade));
  }

  /** Refuses a request since the server goes; another one may be there after some milliseconds. */
  unavailable(request: Request, after: number): Promise<Response> {
    log("engine", "request refused: the server is closed");
    const headers = { "retry-after": `${Math.max(1, Math.ceil(after / 1000))}` };
    return this.share(request, new Response("The server is closed", { status: 503, headers }));
  }

  /** Says that something has failed: a hook of the options, most likely, whose words are not for the client. */
  readonly failed = (error: unknown): Response => {
    this.fault(error);
    return new Response("Internal Server Error", { status: 500 });
  };

  /** Gives a response the headers that let other origins read it, as far as the options say so. */
  async share(request: Request, response: Response | Promise<Response>): Promise<Response> {
    const { cors } = this.options;
    try {
      const shared = await response;
      if (cors !== undefined) appendCors(shared.headers, await corsHeaders(cors, request));
      return shared;
    } catch (error) {
      return this.failed(error);
    }
  }

  #edits(request: Request, context: unknown, newId: string | undefined): HeaderEdits | undefined {
    if (!HeaderEdits.needed(this.options, this.#events)) return undefined;
    const shown = this.whole(request, context);
    return new HeaderEdits(this.options, this.#events, this.fault, shown, context, newId);
  }
}
