import { storeAsGzip } from "../../wire/gzip.ts";
import { utf8Length } from "../../wire/utf8.ts";
import { chooseEncoding } from "./accept_encoding.ts";

/** An encoding of an answer. */
export type Encoding = "gzip" | "deflate";

/** The options `httpCompression` and `perMessageDeflate` as objects. */
export interface CompressionOptions {
  /**
   * How many bytes are worth compressing, at least.
   *
   * @default 1024
   */
  threshold?: number;
}

const encoder = new TextEncoder();

/**
 * How the answer to one GET is compressed. Nothing is looked at before there is something to compress: once the headers
 * of a request are touched, Deno copies all of them.
 */
export class Compression {
  readonly #request: Request;
  readonly #threshold: number;

  constructor(request: Request, threshold: number) {
    this.#request = request;
    this.#threshold = threshold;
  }

  /** The encoding of a body that is known. */
  ofBody(body: string | Uint8Array): Encoding | undefined {
    if (!this.#pays(body)) return undefined;
    return chooseEncoding(this.#request.headers.get("accept-encoding"), ["gzip", "deflate"]);
  }

  /** The encoding of a stream that has nothing in it yet: gzip only, which can also hold what is not compressed. */
  ofStream(): Encoding | undefined {
    return chooseEncoding(this.#request.headers.get("accept-encoding"), ["gzip"]);
  }

  /**
   * The bytes of a stream that was announced as gzip.
   *
   * @param compress whether the sender of it wants it compressed
   */
  streamed(
    body: string | Uint8Array<ArrayBuffer>,
    compress: boolean,
  ): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
    return compress && this.#pays(body) ? compressed(body, "gzip") : storeAsGzip(bytesOf(body));
  }

  #pays(body: string | Uint8Array): boolean {
    const threshold = this.#threshold;
    if (typeof body !== "string" || body.length >= threshold) return body.length >= threshold;
    // No unit of UTF-16 takes more than three bytes.
    return body.length * 3 >= threshold && utf8Length(body) >= threshold;
  }
}

/** Compresses the body of an answer. */
export async function compressed(
  body: string | Uint8Array<ArrayBuffer>,
  encoding: Encoding,
): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new CompressionStream(encoding);
  const writer = writable.getWriter();
  // What fails here fails the reader, too.
  writer.write(bytesOf(body)).catch(() => {});
  writer.close().catch(() => {});
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

function bytesOf(body: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? encoder.encode(body) : body;
}
