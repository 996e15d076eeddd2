import type { AllowRequest } from "../options.ts";
import { ERRORS, type Refusal, refuse } from "../http/refusal.ts";

/** Asks `allowRequest` about a request; `undefined` if it may open a session. */
export async function admit(
  request: Request,
  allowRequest: AllowRequest | undefined,
): Promise<Refusal | undefined> {
  if (allowRequest === undefined) return undefined;
  try {
    const takesCallback = allowRequest.length > 1;
    const allowed = takesCallback
      ? await called(allowRequest, request)
      : await allowRequest(request, () => {});
    // Nothing returned is a yes, as in the official Deno server; null, "" or 0 come of a condition that failed.
    return allowed === undefined || allowed ? undefined : refuse(ERRORS.FORBIDDEN, {});
  } catch (error) {
    const message = error instanceof Error ? error.message : error;
    return refuse(ERRORS.FORBIDDEN, { message });
  }
}

async function called(allowRequest: AllowRequest, request: Request): Promise<boolean> {
  return await new Promise<boolean>((resolve, reject) => {
    const result = allowRequest(request, (message, success) => {
      if (success) resolve(true);
      else if (message) reject(message);
      else resolve(false);
    });
    // An async function that takes a callback may still reject instead of calling it.
    Promise.resolve(result).catch(reject);
  });
}
