/** Listens on a free port, with the server of the runtime and the side channel in front. */
import { announce, sideChannel } from "./side_channel.mjs";

/**
 * `fetch` is given the request and what the runtime gave beside it; `usage` tells of the process.
 *
 * @param {{ fetch: Function, usage?: () => unknown, [option: string]: unknown }} served
 */
export function listen({ fetch, usage, ...rest }) {
  const handler = (request, context) => {
    const path = request.url.slice(request.url.indexOf("/", 8));
    const answer = path.startsWith("/bench/") ? sideChannel(path, usage) : undefined;
    return answer === undefined ? fetch(request, context) : new Response(answer);
  };
  if (globalThis.Bun) {
    const server = globalThis.Bun.serve({
      ...rest,
      hostname: "127.0.0.1",
      port: 0,
      fetch: handler,
    });
    announce(server.port);
    return server;
  }
  const onListen = ({ port }) => announce(port);
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, handler);
}
