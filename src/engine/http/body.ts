import { joinBytes } from "../../wire/bytes.ts";

/** A body that was not read to its end. */
export type UnreadBody = "too large" | "aborted";

/**
 * A body that is being read.
 *
 * There is no closure in its fields: with one, V8 freed nothing of a POST before it collected the whole heap, and Deno
 * took a fifth longer for each.
 */
export class Reading {
  /** Ends the wait for the text. */
  resolve: ((body: "aborted") => void) | undefined;
  /** Where chunks come from. */
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #stopped = false;

  /** Whether it was given up. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Gives up: the body is of no use any more. */
  abort(): void {
    this.#stopped = true;
    this.resolve?.("aborted");
    this.reader?.cancel().catch(() => {});
  }
}

/** How many bytes are read at once, at the most: what is, Deno keeps until the client goes, also if it is given up. */
const WHOLE = 64 * 1024;

/**
 * Reads the body of a request as text.
 *
 * @param limit bytes to read at the most; a declared length above it is not read at all
 * @param reading gives up when aborted
 * @param checksLength whether it cannot be longer than its `Content-Length`
 */
export function readText(
  request: Request,
  limit: number,
  reading: Reading,
  checksLength: boolean,
): Promise<{ content: string } | UnreadBody> {
  const declared = request.headers.get("content-length");
  // Then it need not be counted chunk by chunk, which takes several times as long.
  return checksLength && declared !== null && Number(declared) <= Math.min(limit, WHOLE)
    ? readWhole(request, reading)
    : readCounted(request, limit, reading);
}

async function readCounted(
  request: Request,
  limit: number,
  reading: Reading,
): Promise<{ content: string } | UnreadBody> {
  // Bytes that are no UTF-8 become replacement characters, and fail as packets if they matter.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  const unread = await readChunks(request, limit, reading, (chunk) => {
    text += decoder.decode(chunk, { stream: true });
  });
  return unread ?? { content: text + decoder.decode() };
}

function readWhole(
  request: Request,
  reading: Reading,
): Promise<{ content: string } | UnreadBody> {
  return new Promise((resolve) => {
    reading.resolve = resolve;
    request.text().then(
      (content) => resolve({ content }),
      () => resolve("aborted"),
    );
  });
}

/** Reads the body of a request as bytes; see {@linkcode readText}. */
export async function readBytes(
  request: Request,
  limit: number,
  reading: Reading,
): Promise<{ content: Uint8Array } | UnreadBody> {
  const chunks: Uint8Array[] = [];
  const unread = await readChunks(request, limit, reading, (chunk) => void chunks.push(chunk));
  return unread ?? { content: joinBytes(chunks) };
}

// Counts the bytes as they come.
async function readChunks(
  request: Request,
  limit: number,
  reading: Reading,
  take: (chunk: Uint8Array) => void,
): Promise<UnreadBody | undefined> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > limit) {
    // Not awaited: a runtime may wait for the client here, and the client for the answer.
    request.body?.cancel().catch(() => {});
    return "too large";
  }
  if (request.body === null) return undefined;
  const reader = reading.reader = request.body.getReader();
  let length = 0;
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      length += chunk.value.byteLength;
      if (length > limit) {
        reader.cancel().catch(() => {});
        return "too large";
      }
      take(chunk.value);
    }
  } catch {
    return "aborted"; // The client went, or sent less than it had declared.
  }
  return reading.stopped ? "aborted" : undefined;
}
