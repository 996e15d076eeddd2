/** A body that was not read to its end. */
export type UnreadBody = "too large" | "aborted";

/**
 * Reads the body of a request as text, counting its bytes as they come.
 *
 * @param limit bytes to read at the most; a declared length above it is not read at all
 * @param signal gives up when aborted
 */
export async function readBody(
  request: Request,
  limit: number,
  signal: AbortSignal,
): Promise<{ text: string } | UnreadBody> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > limit) {
    // Not awaited: a runtime may wait for the client here, and the client for the answer.
    request.body?.cancel().catch(() => {});
    return "too large";
  }
  if (request.body === null) return { text: "" };
  const reader = request.body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  // Bytes that are no UTF-8 become replacement characters, and fail as packets if they matter.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let length = 0;
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      length += chunk.value.byteLength;
      if (length > limit) {
        cancel();
        return "too large";
      }
      text += decoder.decode(chunk.value, { stream: true });
    }
  } catch {
    return "aborted"; // The client went, or sent less than it had declared.
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  return signal.aborted ? "aborted" : { text: text + decoder.decode() };
}
