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
  readonly #edits: HeaderEdits | undefined;

  constructor(edits: HeaderEdits | undefined) {
    this.#edits = edits;
  }

  /** An answer to a GET. */
  packets(body: PollBody): Promise<Response> {
    return this.#edited(new Response(body, body instanceof Uint8Array ? BYTES : PACKETS));
  }

  /** The answer to a POST. */
  ok(): Promise<Response> {
    return this.#edited(new Response("ok", OK));
  }

  /** An answer without body. */
  empty(status: number): Promise<Response> {
    return this.#edited(new Response(null, { status }));
  }

  async #edited(response: Response): Promise<Response> {
    await this.#edits?.apply(response.headers);
    return response;
  }
}
