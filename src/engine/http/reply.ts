import type { Runtime } from "../channel.ts";
import { compressed, Compression, type Encoding } from "./compression.ts";
import { encodedResponse } from "./encoded_response.ts";
import type { HeaderEdits } from "./header_edits.ts";
import type { ResolvedEngineOptions } from "../options.ts";
import type { PollBody } from "../transports/poll.ts";

const TEXT = "text/plain; charset=UTF-8";
const BYTES = "application/octet-stream";
// What a POST is answered with: some browsers offer plain text as a download.
const HTML = "text/html";

/** What replies need of their engine. */
export interface ReplyHost {
  /** The engine's options. */
  readonly options: ResolvedEngineOptions;
  /** Finds the runtime of a request. */
  runtimeOf(context: unknown): Runtime;
  /** Told of what fails that is not the client's fault. */
  readonly fault: (error: unknown) => void;
}

/** Makes the answers to one request, with the headers that the options ask for. */
export class Reply {
  readonly #host: ReplyHost;
  readonly #runtime: Runtime;
  readonly #request: Request;
  readonly #context: unknown;
  readonly #edits: HeaderEdits | undefined;

  constructor(
    host: ReplyHost,
    request: Request,
    context: unknown,
    edits: HeaderEdits | undefined,
  ) {
    this.#host = host;
    this.#runtime = host.runtimeOf(context);
    this.#request = request;
    this.#context = context;
    this.#edits = edits;
  }

  /** How an answer to a GET may be compressed. */
  get compression(): Compression | undefined {
    const { httpCompression } = this.#host.options;
    return httpCompression && new Compression(this.#request, httpCompression.threshold);
  }

  /** Whether the request's body cannot be longer than its `Content-Length`. */
  get checksLength(): boolean {
    return this.#runtime.checksLength;
  }

  /** Whether the runtime tells when the client goes that waits for the answer. */
  get noticesLoss(): boolean {
    return this.#runtime.noticesLoss;
  }

  /** Lets the runtime wait long for the answer. */
  hold(): void {
    this.#runtime.hold(this.#request, this.#context);
  }

  /** Reports that an answer failed that was begun already. */
  failed(error: unknown): void {
    this.#host.fault(error);
  }

  /**
   * An answer to a GET.
   *
   * @param encoding how it is to be encoded; a stream is already
   * @param binary whether a stream is of bytes
   */
  packets(
    body: PollBody,
    encoding: Encoding | undefined,
    binary = false,
  ): Response | Promise<Response> {
    const type = binary || body instanceof Uint8Array ? BYTES : TEXT;
    if (encoding !== undefined) return this.#encoded(body, type, encoding);
    return this.#edited(this.#response(body, type));
  }

  /** The answer to a POST. */
  ok(): Response | Promise<Response> {
    return this.#edited(this.#response("ok", HTML));
  }

  /** An answer without body. */
  empty(status: number): Response | Promise<Response> {
    return this.#edited(new Response(null, { status }));
  }

  async #encoded(body: PollBody, type: string, encoding: Encoding): Promise<Response> {
    const encoded = body instanceof ReadableStream ? body : await compressed(body, encoding);
    const headers = {
      "content-type": type,
      "cache-control": "no-store",
      "content-encoding": encoding,
    };
    return this.#edited(encodedResponse(encoded, headers));
  }

  #edited(response: Response): Response | Promise<Response> {
    return this.#edits === undefined
      ? response
      : this.#edits.apply(response.headers).then(() => response);
  }

  #response(body: PollBody, type: string): Response {
    const light = typeof body === "string"
      ? this.#runtime.textResponse?.(this.#context, body, type)
      : undefined;
    if (light !== undefined) return light;
    const response = new Response(body);
    const { headers } = response;
    // One by one: given to the constructor, more headers than one have Deno make a native object with a finalizer, which
    // takes longer than all the rest of an answer. Bun is quicker this way, too.
    headers.set("content-type", type);
    headers.set("cache-control", "no-store");
    return response;
  }
}
