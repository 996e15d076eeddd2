/** A response whose body is encoded as its headers say; workerd would encode it once more, unless told. */
export function encodedResponse(
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  headers: HeadersInit,
): Response {
  const init: ResponseInit & { encodeBody: "manual" } = { headers, encodeBody: "manual" };
  return new Response(body, init);
}
