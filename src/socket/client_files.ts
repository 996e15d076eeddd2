/** Stub until the bundles are there. */
export function clientFile(_name: string, _request: Request): Promise<Response> | undefined {
  return undefined;
}
