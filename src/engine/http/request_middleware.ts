/**
 * Stands before every request of the engine's path, also before those that become a WebSocket.
 *
 * It answers with what `next()` gives, to whose headers it may add, or with a response of its own. What it throws
 * refuses the request with status 400. `request` must go on as it is, so `next` takes none; what is found out about it
 * is handed on by `localsOf(request)`.
 */
export type RequestMiddleware = (
  request: Request,
  next: () => Promise<Response>,
) => Response | Promise<Response>;

/**
 * Checks that a function can be a middleware.
 *
 * @throws {TypeError} if it is none, or one of Express
 */
export function checkMiddleware(middleware: RequestMiddleware): void {
  if (typeof middleware === "function" && middleware.length <= 2) return;
  throw new TypeError(
    "engine.use() needs a function (request, next) that returns a Response; (req, res, next) cannot run here",
  );
}

/** What came out of the middlewares. */
export interface Answered {
  /** The answer. */
  readonly response: Response;
  /** Whether a middleware has answered by itself. */
  readonly foreign: boolean;
}

/**
 * Answers a request behind middlewares.
 *
 * @param handle answers if all of them let it pass
 * @throws whatever a middleware throws, and a `TypeError` if one of them gives no response
 */
export async function answerBehind(
  middlewares: readonly RequestMiddleware[],
  request: Request,
  handle: () => Promise<Response>,
): Promise<Answered> {
  let own: Response | undefined;
  const response = await runMiddlewares(middlewares, request, async () => own = await handle());
  // An answer of theirs may have headers that cannot be changed.
  if (own === undefined) return { response: new Response(response.body, response), foreign: true };
  const upgrade = response.ok && own instanceof PendingUpgrade ? own : undefined;
  return { response: await upgrade?.complete(response.headers) ?? response, foreign: false };
}

/**
 * Sends a request through middlewares.
 *
 * @param last answers if all of them let it pass
 * @throws whatever a middleware throws, and a `TypeError` if one of them gives no response
 */
async function runMiddlewares(
  middlewares: readonly RequestMiddleware[],
  request: Request,
  last: () => Promise<Response>,
): Promise<Response> {
  const [first, ...others] = middlewares;
  if (first === undefined) return await last();
  let called = false;
  const response: unknown = await first(request, async () => {
    if (called) throw new TypeError("next() was called twice");
    called = true;
    return await runMiddlewares(others, request, last);
  });
  if (response instanceof Response) return response;
  throw new TypeError("A middleware must return a Response: what next() gives, or its own");
}

/**
 * Stands for the answer that becomes a WebSocket until the middlewares have added their headers: some runtimes take none
 * afterwards, and a status of 101 is not for users to make.
 */
export class PendingUpgrade extends Response {
  /** Makes the request a WebSocket. */
  readonly complete: (headers: Headers) => Response | Promise<Response>;

  /** @param headers what is known of the headers by now */
  constructor(headers: Headers, complete: (headers: Headers) => Response | Promise<Response>) {
    super(null, { headers });
    this.complete = complete;
  }
}
