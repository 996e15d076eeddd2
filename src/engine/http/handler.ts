import type { Untyped } from "../../base/events.ts";

/** Answers a request; what follows the request is what the runtime gave. */
export type Handler = (
  request: Request,
  ...context: Untyped[]
) => Response | Promise<Response>;

/** Answers requests of its path. */
export interface PathServer {
  /** Whether a request's path is its own. */
  handles(request: Pick<Request, "url">): boolean;
  /** Answers a request, of any other path with 404. */
  fetch(request: Request, context?: unknown): Promise<Response>;
}

/** Makes a fetch handler of a server, and of what answers the other requests. */
export function handlerOf(
  server: PathServer,
  next: Handler | undefined,
): (request: Request, ...context: Untyped[]) => Promise<Response> {
  return async (request, ...context) =>
    next === undefined || server.handles(request)
      ? await server.fetch(request, context[0])
      : await next(request, ...context);
}
