import { joinBytes } from "../wire/bytes.ts";

/** A body that was not read to its end. */
export type UnreadBody = "too large" | "aborted";

/**
 * Reads the body of a request as text.
 *
 * @param limit bytes to read at the most; a declared length above it is not read at all
 * @param signal gives up when aborted
 */
export async function readText(
  request: Request,
  limit: number,
  signal: AbortSignal,
): Promise<{ content: string } | UnreadBody> {
  // Bytes that are no UTF-8 become replacement characters, and fail as packets if they matter.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  const unread = await readChunks(request, limit, signal, (chunk) => {
    text += decoder.decode(chunk, { stream: true });
  });
  return unread ?? { content: text + decoder.decode() };
}

/** Reads the body of a request as bytes; see {@linkcode readText}. */
export async function readBytes(
  request: Request,
  limit: number,
  signal: AbortSignal,
): Promise<{ content: Uint8Array } | UnreadBody> {
  const chunks: Uint8Array[] = [];
  const unread = await readChunks(request, limit, signal, (chunk) => void chunks.push(chunk));
  return unread ?? { content: joinBytes(chunks) };
}

// Counts the bytes as they come.
async function readChunks(
  request: Request,
  limit: number,
  signal: AbortSignal,
  take: (chunk: Uint8Array) => void,
): Promise<UnreadBody | undefined> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > limit) {
    // Not awaited: a runtime may wait for the client here, and the client for the answer.
    request.body?.cancel().catch(() => {});
    return "too large";
  }
  if (request.body === null) return undefined;
  const reader = request.body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  let length = 0;
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      length += chunk.value.byteLength;
      if (length > limit) {
        cancel();
        return "too large";
      }
      take(chunk.value);
    }
  } catch {
    return "aborted"; // The client went, or sent less than it had declared.
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  return signal.aborted ? "aborted" : undefined;
}
