/** Sessions over polling whose requests are written by hand, many to a connection. */
import { assertEquals } from "@std/assert";
import type { RawAnswer, Tcp } from "../kit/tcp.ts";

/** The lines of a request. */
export function requestLines(method: string, path: string, ...headers: string[]): string[] {
  return [`${method} ${path} HTTP/1.1`, "Host: localhost", ...headers];
}

/** The path and query of a session, or of a request for one. */
export function pathTo(base: string, sid?: string, eio = "4"): string {
  const query = `EIO=${eio}&transport=polling`;
  return sid === undefined ? `${base}/?${query}` : `${base}/?${query}&sid=${sid}`;
}

/** Opens a session. */
export async function handshake(tcp: Tcp, base: string, eio = "4"): Promise<string> {
  const { status, body } = await tcp.ask(requestLines("GET", pathTo(base, undefined, eio)));
  assertEquals(status, 200, body);
  return JSON.parse(body.slice(body.indexOf("{"), body.indexOf("}") + 1)).sid;
}

/** Sends a body with its length. */
export function post(
  tcp: Tcp,
  path: string,
  body: string | Uint8Array,
  ...headers: string[]
): Promise<RawAnswer> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return tcp.ask(
    requestLines("POST", path, `Content-Length: ${bytes.length}`, ...headers),
    bytes,
  );
}

/** Does something many times over a few connections at a time. */
export async function many(
  count: number,
  connect: () => Promise<Tcp>,
  each: (tcp: Tcp, n: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 10 }, async () => {
    let tcp = await connect();
    while (next < count) {
      const n = next++;
      if (tcp.ended) {
        tcp.close();
        tcp = await connect();
      }
      await each(tcp, n);
    }
  }));
}
