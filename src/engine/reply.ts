import { compressed, type Compression, type Encoding } from "./compression.ts";
import type { HeaderEdits } from "./header_edits.ts";
import type { PollBody } from "./poll.ts";

const PACKETS = {
  headers: { "content-type": "text/plain; charset=UTF-8", "cache-control": "no-store" },
};
const BYTES = {
  headers: { "content-type": "application/octet-stream", "cache-control": "no-store" },
};
// As HTML, since some browsers offer plain text as a download.
const OK = { headers: { "content-type": "text/html", "cache-control": "no-store" } };

/** Makes the answers to one request, with the headers that the options ask for. */
export class Reply {
  /** How an answer to a GET may be compressed. */
  readonly compression: Compression | undefined;
  readonly #edits: HeaderEdits | undefined;

  constructor(edits: HeaderEdits | undefined, compression: Compression | undefined) {
    this.#edits = edits;
    this.compression = compression;
  }

  /**
   * An answer to a GET.
   *
   * @param encoding how it is to be encoded; a stream is already
   * @param binary whether a stream is of bytes
   */
  packets(body: PollBody, encoding: Encoding | undefined, binary = false): Promise<Response> {
    const form = binary || body instanceof Uint8Array ? BYTES : PACKETS;
    if (encoding !== undefined) return this.#encoded(body, form.headers, encoding);
    return this.#edited(new Response(body, form));
  }

  /** The answer to a POST. */
  ok(): Promise<Response> {
    return this.#edited(new Response("ok", OK));
  }

  /** An answer without body. */
  empty(status: number): Promise<Response> {
    return this.#edited(new Response(null, { status }));
  }

  async #encoded(
    body: PollBody,
    headers: Record<string, string>,
    encoding: Encoding,
  ): Promise<Response> {
    const encoded = body instanceof ReadableStream ? body : await compressed(body, encoding);
    return this.#edited(
      new Response(encoded, { headers: { ...headers, "content-encoding": encoding } }),
    );
  }

  async #edited(response: Response): Promise<Response> {
    await this.#edits?.apply(response.headers);
    return response;
  }
}
